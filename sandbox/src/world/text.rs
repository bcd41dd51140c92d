//! The text of a frozen table, laid out for searches: they need not read a row to know that it does not hold a word.

use memchr::memmem::Finder;
use rusqlite::types::Value;

use crate::world::Row;

/// All text of a table's rows in small letters, one row after the other.
#[derive(Debug)]
pub(crate) struct Text {
    bytes: Vec<u8>,
    /// Where the text of each row ends.
    ends: Vec<usize>,
}

impl Text {
    /// Lays out rows in their order. What no word holds parts their columns.
    pub(crate) fn of(rows: &[Row]) -> Text {
        let mut text = Text {
            bytes: Vec::new(),
            ends: Vec::with_capacity(rows.len()),
        };
        for row in rows {
            for value in row {
                if let Value::Text(value) = value {
                    text.bytes
                        .extend_from_slice(value.to_lowercase().as_bytes());
                    text.bytes.push(b'\n');
                }
            }
            text.ends.push(text.bytes.len());
        }
        text
    }

    /// The places of the rows that hold every word, ascending. Words are in small letters.
    pub(crate) fn holding(&self, words: &str) -> Vec<u32> {
        let mut words: Vec<&str> = words.split_whitespace().collect();
        // The longest is likely to be the rarest.
        words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        let mut finders = words.into_iter().map(Finder::new);
        let Some(first) = finders.next() else {
            return (0..count(self.ends.len())).collect();
        };
        let others: Vec<Finder<'_>> = finders.collect();
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(place) = first.find(&self.bytes[from..]) {
            let place = from + place;
            let row = self.ends.partition_point(|end| *end <= place);
            let end = self.ends[row];
            let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
            let own = &self.bytes[start..end];
            if others.iter().all(|finder| finder.find(own).is_some()) {
                found.push(count(row));
            }
            from = end;
        }
        found
    }
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).expect("ids have eight digits")
}
