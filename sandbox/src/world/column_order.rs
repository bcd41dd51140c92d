//! The rows of a world's table, sorted by a column. A search neither sorts nor compares rows, and finds a range of values by
//! binary search.

use std::cmp::Ordering;
use std::sync::OnceLock;

use rusqlite::types::Value;

use crate::row::{Row, row_id};

/// Both sort directions of one column, each computed at its first use.
#[derive(Debug, Default)]
pub(super) struct ColumnOrders([OnceLock<SortedRows>; 2]);

/// A table's rows sorted by one column in one direction.
#[derive(Debug)]
pub(crate) struct SortedRows {
    /// The indexes of the rows, in sorted order.
    pub(crate) indexes: Box<[u32]>,
    /// For each row by its index, its position in the sorted order.
    pub(crate) positions: Box<[u32]>,
}

impl ColumnOrders {
    pub(super) fn get_or_sort(&self, rows: &[Row], column: usize, descending: bool) -> &SortedRows {
        self.0[usize::from(descending)].get_or_init(|| {
            let count = u32::try_from(rows.len()).expect("ids have eight digits");
            let mut indexes: Vec<u32> = (0..count).collect();
            let row = |index: &u32| &rows[*index as usize];
            indexes.sort_by(|a, b| compare_rows(row(a), row(b), column, descending));
            let mut positions = vec![0; rows.len()];
            for (position, index) in (0..count).zip(&indexes) {
                positions[*index as usize] = position;
            }
            SortedRows {
                indexes: indexes.into(),
                positions: positions.into(),
            }
        })
    }
}

/// Compares rows by a column, and equal ones by id.
pub(crate) fn compare_rows(a: &Row, b: &Row, column: usize, descending: bool) -> Ordering {
    let order = compare_values(&a[column], &b[column]);
    let order = if descending { order.reverse() } else { order };
    order.then_with(|| row_id(a).cmp(&row_id(b)))
}

/// Compares stored values as SQLite does: NULL, then numbers, then text by its bytes.
pub(crate) fn compare_values(a: &Value, b: &Value) -> Ordering {
    let type_rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 1,
        Value::Text(_) => 2,
        Value::Blob(_) => 3,
    };
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        _ => type_rank(a).cmp(&type_rank(b)),
    }
}
