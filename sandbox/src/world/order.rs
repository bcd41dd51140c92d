//! The rows of a frozen table in the order of a column: searches need not sort them, and find a span of them by halving.

use std::cmp::Ordering;
use std::sync::OnceLock;

use rusqlite::types::Value;

use crate::world::Row;

/// Both directions of one column's order.
#[derive(Debug, Default)]
pub(super) struct Orders([OnceLock<Box<[u32]>>; 2]);

impl Orders {
    /// The places of rows, which lie in the order of their ids.
    pub(super) fn of(&self, rows: &[Row], column: usize, descending: bool) -> &[u32] {
        self.0[usize::from(descending)].get_or_init(|| {
            let count = u32::try_from(rows.len()).expect("ids have eight digits");
            let mut places: Vec<u32> = (0..count).collect();
            let value = |place: &u32| &rows[*place as usize][column];
            places.sort_by(|one, other| {
                let order = compare(value(one), value(other));
                if descending { order.reverse() } else { order }
            });
            places.into()
        })
    }
}

/// The order of stored values as SQLite has it: NULL, then numbers, then text by its bytes.
pub(crate) fn compare(one: &Value, other: &Value) -> Ordering {
    let kind = |value: &Value| match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 1,
        Value::Text(_) => 2,
        Value::Blob(_) => 3,
    };
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        _ => kind(one).cmp(&kind(other)),
    }
}
