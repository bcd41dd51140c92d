//! An index of the words of a world's table, so that a search does not read the rows.
//!
//! A searched word has no white space in it, so a row contains it if and only if one of the row's own words does. The index
//! stores each distinct word once, with the rows that have it. A table has far fewer distinct words than text.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use memchr::memmem::Finder;
use rusqlite::types::Value;

use crate::WordMatcher;
use crate::row::Row;

/// The word indexes of one table, one for each set of columns, built when those columns are first searched.
#[derive(Debug, Default)]
pub(super) struct WordIndexes(RwLock<Vec<Arc<WordIndex>>>);

impl WordIndexes {
    pub(super) fn get_or_build(&self, rows: &[Row], columns: &[usize]) -> Arc<WordIndex> {
        let find = |indexes: &[Arc<WordIndex>]| {
            let mut indexes = indexes.iter();
            indexes.find(|index| *index.columns == *columns).cloned()
        };
        let built = find(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        built.unwrap_or_else(|| {
            let mut indexes = self.0.write().unwrap_or_else(PoisonError::into_inner);
            // Another thread may have built it since.
            find(&indexes).unwrap_or_else(|| {
                let index = Arc::new(WordIndex::build(rows, columns));
                indexes.push(Arc::clone(&index));
                index
            })
        })
    }
}

/// The distinct words in some columns of a table's rows.
#[derive(Debug)]
pub(crate) struct WordIndex {
    columns: Box<[usize]>,
    row_count: usize,
    /// Every distinct word in lower case, each followed by a line break.
    text: Vec<u8>,
    /// The end of each word in `text`.
    word_ends: Vec<usize>,
    /// For each word, the indexes of the rows that have it, ascending.
    rows_of_word: Vec<Box<[u32]>>,
}

impl WordIndex {
    fn build(rows: &[Row], columns: &[usize]) -> WordIndex {
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let (mut words, mut word_ends) = (Vec::new(), Vec::new());
        let mut rows_of_word: Vec<Vec<u32>> = Vec::new();
        for (index, row) in (0..).zip(rows) {
            for column in columns {
                let Value::Text(text) = &row[*column] else {
                    continue;
                };
                for word in text.to_lowercase().split_whitespace() {
                    let number = numbers.get(word).copied().unwrap_or_else(|| {
                        words.extend_from_slice(word.as_bytes());
                        words.push(b'\n');
                        word_ends.push(words.len());
                        rows_of_word.push(Vec::new());
                        numbers.insert(word.to_owned(), word_ends.len() - 1);
                        word_ends.len() - 1
                    });
                    if rows_of_word[number].last() != Some(&index) {
                        rows_of_word[number].push(index);
                    }
                }
            }
        }
        WordIndex {
            columns: columns.into(),
            row_count: rows.len(),
            text: words,
            word_ends,
            rows_of_word: rows_of_word
                .into_iter()
                .map(Vec::into_boxed_slice)
                .collect(),
        }
    }

    /// The indexes of the rows that contain every word, of which there must be at least one, sorted by `positions`: each row's
    /// position in the order.
    pub(crate) fn matching_rows(&self, words: &WordMatcher, positions: &[u32]) -> Vec<u32> {
        let mut rows = self.rows_with_all(words);
        rows.sort_unstable_by_key(|index| positions[*index as usize]);
        rows
    }

    /// The indexes of the rows that contain every word, ascending.
    fn rows_with_all(&self, words: &WordMatcher) -> Vec<u32> {
        let mut sets = words.finders().iter().map(|word| self.rows_with(word));
        let mut all = sets.next().unwrap_or_default();
        for set in sets {
            all.iter_mut().zip(set).for_each(|(all, set)| *all &= set);
        }
        let mut rows = Vec::new();
        for (first, mut bits) in (0..).step_by(64).zip(all) {
            while bits != 0 {
                rows.push(first + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        rows
    }

    /// The rows that contain a word, as one bit each.
    fn rows_with(&self, word: &Finder<'_>) -> Vec<u64> {
        let mut set = vec![0_u64; self.row_count.div_ceil(64)];
        let mut from = 0;
        while let Some(offset) = word.find(&self.text[from..]) {
            let number = self.word_ends.partition_point(|end| *end <= from + offset);
            for row in &self.rows_of_word[number] {
                set[(row / 64) as usize] |= 1 << (row % 64);
            }
            from = self.word_ends[number];
        }
        set
    }
}
