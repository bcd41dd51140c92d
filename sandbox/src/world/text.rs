//! The text of a frozen table, laid out for searches: they need not read a row to know that it does not hold a word.

use memchr::memmem::Finder;
use rusqlite::types::Value;

use crate::world::Row;
use crate::world::frozen::row_id;

/// All text of a table's rows in small letters, one row after the other.
#[derive(Debug)]
pub(crate) struct Text {
    bytes: Vec<u8>,
    /// The id of each row, and where its text ends.
    rows: Vec<(i64, usize)>,
}

impl Text {
    /// Lays out rows in their order. What no word holds parts their columns.
    pub(crate) fn of(rows: &[Row]) -> Text {
        let mut text = Text {
            bytes: Vec::new(),
            rows: Vec::with_capacity(rows.len()),
        };
        for row in rows {
            for value in row {
                if let Value::Text(value) = value {
                    text.bytes
                        .extend_from_slice(value.to_lowercase().as_bytes());
                    text.bytes.push(b'\n');
                }
            }
            text.rows.push((row_id(row), text.bytes.len()));
        }
        text
    }

    /// The ids of the rows that hold every word, in their order. Words are in small letters.
    pub(crate) fn holding(&self, words: &str) -> Vec<i64> {
        let mut words: Vec<&str> = words.split_whitespace().collect();
        // The longest is likely to be the rarest.
        words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        let mut finders = words.into_iter().map(Finder::new);
        let Some(first) = finders.next() else {
            return self.rows.iter().map(|(id, _)| *id).collect();
        };
        let others: Vec<Finder<'_>> = finders.collect();
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(place) = first.find(&self.bytes[from..]) {
            let place = from + place;
            let row = self.rows.partition_point(|(_, end)| *end <= place);
            let (id, end) = self.rows[row];
            let start = row.checked_sub(1).map_or(0, |before| self.rows[before].1);
            let own = &self.bytes[start..end];
            if others.iter().all(|finder| finder.find(own).is_some()) {
                found.push(id);
            }
            from = end;
        }
        found
    }
}
