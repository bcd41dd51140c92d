//! The words of a frozen table, laid out for searches: they need not read a row to know whether it holds a word.
//!
//! What a search looks for has no white space in it, so a row holds it where one of the row's words does. Each of those is kept once, with
//! the rows that have it: a table has far fewer words than text.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use memchr::memmem::Finder;
use rusqlite::types::Value;

use crate::WordMatcher;
use crate::row::Row;

/// The texts of one table, each laid out when words are first looked for in its columns.
#[derive(Debug, Default)]
pub(super) struct Texts(RwLock<Vec<Arc<Text>>>);

impl Texts {
    pub(super) fn of(&self, rows: &[Row], columns: &[usize]) -> Arc<Text> {
        let among = |texts: &[Arc<Text>]| {
            let mut texts = texts.iter();
            texts.find(|text| *text.columns == *columns).cloned()
        };
        let known = among(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        known.unwrap_or_else(|| {
            let mut texts = self.0.write().unwrap_or_else(PoisonError::into_inner);
            among(&texts).unwrap_or_else(|| {
                let text = Arc::new(Text::of(rows, columns));
                texts.push(Arc::clone(&text));
                text
            })
        })
    }
}

/// The words in some columns of a table's rows.
#[derive(Debug)]
pub(crate) struct Text {
    columns: Box<[usize]>,
    /// How many rows the table has.
    rows: usize,
    /// Every word once, in small letters, each with a line's end after it.
    words: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// The places of the rows that have it, ascending.
    places: Vec<Box<[u32]>>,
    /// What was found before: sessions on the same tasks look for the same words.
    asked: RwLock<HashMap<Box<str>, Answer>>,
}

/// The places of the rows that hold what was looked for, in an order.
#[derive(Clone, Debug)]
struct Answer {
    order: OrderedBy,
    places: Arc<[u32]>,
}

/// A column, and whether its greatest comes first.
pub(crate) type OrderedBy = (usize, bool);

/// How many answers are kept, how long what was looked for may be, and how many rows an answer has at most.
const KEPT: usize = 1_024;
const LONGEST: usize = 64;
const MOST: usize = 1_024;

impl Text {
    fn of(rows: &[Row], columns: &[usize]) -> Text {
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let (mut words, mut ends) = (Vec::new(), Vec::new());
        let mut places: Vec<Vec<u32>> = Vec::new();
        for (place, row) in (0..).zip(rows) {
            for column in columns {
                let Value::Text(text) = &row[*column] else {
                    continue;
                };
                for word in text.to_lowercase().split_whitespace() {
                    let number = numbers.get(word).copied().unwrap_or_else(|| {
                        words.extend_from_slice(word.as_bytes());
                        words.push(b'\n');
                        ends.push(words.len());
                        places.push(Vec::new());
                        numbers.insert(word.to_owned(), ends.len() - 1);
                        ends.len() - 1
                    });
                    if places[number].last() != Some(&place) {
                        places[number].push(place);
                    }
                }
            }
        }
        Text {
            columns: columns.into(),
            rows: rows.len(),
            words,
            ends,
            places: places.into_iter().map(Vec::into_boxed_slice).collect(),
            asked: RwLock::default(),
        }
    }

    /// The places of the rows that hold every one of some words, of which there is one at least, in an order: each row's rank in it is given.
    pub(crate) fn holding(&self, words: &str, order: OrderedBy, ranks: &[u32]) -> Arc<[u32]> {
        let asked = self.asked.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = asked.get(words).filter(|answer| answer.order == order) {
            return Arc::clone(&answer.places);
        }
        drop(asked);
        let mut places = self.look_for(&WordMatcher::new(words));
        places.sort_unstable_by_key(|place| ranks[*place as usize]);
        let places: Arc<[u32]> = places.into();
        if words.len() <= LONGEST && places.len() <= MOST {
            let mut asked = self.asked.write().unwrap_or_else(PoisonError::into_inner);
            if asked.len() >= KEPT {
                asked.clear();
            }
            let places = Arc::clone(&places);
            asked.insert(words.into(), Answer { order, places });
        }
        places
    }

    /// The places of the rows that hold every word.
    fn look_for(&self, words: &WordMatcher) -> Vec<u32> {
        let mut sets = words.finders().iter().map(|word| self.look_up(word));
        let mut all = sets.next().unwrap_or_default();
        for set in sets {
            all.iter_mut().zip(set).for_each(|(all, set)| *all &= set);
        }
        let mut places = Vec::new();
        for (first, mut bits) in (0..).step_by(64).zip(all) {
            while bits != 0 {
                places.push(first + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        places
    }

    /// The rows that hold a word, as one bit each.
    fn look_up(&self, word: &Finder<'_>) -> Vec<u64> {
        let mut set = vec![0_u64; self.rows.div_ceil(64)];
        let mut from = 0;
        while let Some(place) = word.find(&self.words[from..]) {
            let number = self.ends.partition_point(|end| *end <= from + place);
            for place in &self.places[number] {
                set[(place / 64) as usize] |= 1 << (place % 64);
            }
            from = self.ends[number];
        }
        set
    }
}
