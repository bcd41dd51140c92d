//! The rows of a frozen table in the order of a column: searches need not sort or compare them, and find a span of them by halving.

use std::cmp::Ordering;
use std::sync::OnceLock;

use rusqlite::types::Value;

use crate::row::{Row, row_id};

/// Both directions of one column's order, made when they are first asked for.
#[derive(Debug, Default)]
pub(super) struct Orders([OnceLock<Ranking>; 2]);

/// One direction of it.
#[derive(Debug)]
pub(crate) struct Ranking {
    /// The places of the rows, the first in order first.
    pub(crate) places: Box<[u32]>,
    /// By the place of a row, which one in order it is.
    pub(crate) ranks: Box<[u32]>,
}

impl Orders {
    pub(super) fn of(&self, rows: &[Row], column: usize, descending: bool) -> &Ranking {
        self.0[usize::from(descending)].get_or_init(|| {
            let count = u32::try_from(rows.len()).expect("ids have eight digits");
            let mut places: Vec<u32> = (0..count).collect();
            let row = |place: &u32| &rows[*place as usize];
            places.sort_by(|one, other| by_column(row(one), row(other), column, descending));
            let mut ranks = vec![0; rows.len()];
            for (rank, place) in (0..count).zip(&places) {
                ranks[*place as usize] = rank;
            }
            Ranking {
                places: places.into(),
                ranks: ranks.into(),
            }
        })
    }
}

/// The order of rows by a column; equal ones by id.
pub(crate) fn by_column(one: &Row, other: &Row, column: usize, descending: bool) -> Ordering {
    let order = compare(&one[column], &other[column]);
    let order = if descending { order.reverse() } else { order };
    order.then_with(|| row_id(one).cmp(&row_id(other)))
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
