//! What a session changed: rows before and after, and the calls that touched them.

use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Value as Json, json};

use crate::Fault;
use crate::row::{Row, row_to_json};
use crate::schema::{Table, TableId};

/// One touch of a row by a call, whether or not it left the row different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowTouch {
    pub(crate) call: u32,
    pub(crate) table: TableId,
    pub(crate) id: i64,
}

/// A row that differs from the world's.
#[derive(Clone, Debug, PartialEq)]
pub struct RowChange {
    /// The row's table.
    pub table: &'static Table,
    /// The row's primary key.
    pub id: i64,
    /// The world's row, or `None` if a call created the row.
    pub before: Option<Arc<Row>>,
    /// The session's row, or `None` if a call deleted it.
    pub after: Option<Arc<Row>>,
    /// The numbers of the calls that touched the row, ascending.
    pub calls: Vec<u32>,
}

impl RowChange {
    /// `created`, `updated` or `deleted`.
    pub fn kind(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "created",
            (Some(_), Some(_)) => "updated",
            (Some(_), None) => "deleted",
        }
    }

    /// Names of the columns whose values differ. Empty if the row was created or deleted.
    pub fn columns(&self) -> Vec<&'static str> {
        let (Some(before), Some(after)) = (&self.before, &self.after) else {
            return Vec::new();
        };
        let columns = self
            .table
            .columns
            .iter()
            .zip(before.iter().zip(after.iter()));
        columns
            .filter(|(_, (before, after))| before != after)
            .map(|(column, _)| column.name.as_str())
            .collect()
    }

    /// The change as an object: `table`, `id` (eight digits), `change`, `columns`, `before`, `after`, `calls`.
    pub fn to_json(&self) -> Json {
        let row = |row: &Option<Arc<Row>>| {
            row.as_ref()
                .map_or(Json::Null, |row| row_to_json(self.table, row))
        };
        json!({
            "table": self.table.qualified_name,
            "id": format!("{:08}", self.id),
            "change": self.kind(),
            "columns": self.columns(),
            "before": row(&self.before),
            "after": row(&self.after),
            "calls": self.calls,
        })
    }

    /// The write that makes a connection hold the row as it is after the change.
    pub(crate) fn to_write(&self) -> RowWrite<'_> {
        RowWrite {
            table: self.table,
            id: self.id,
            row: self.after.as_deref(),
        }
    }
}

/// A row to put into a database.
#[derive(Clone, Copy)]
pub(crate) struct RowWrite<'a> {
    pub(crate) table: &'static Table,
    pub(crate) id: i64,
    /// The row's values, or `None` to delete the row.
    pub(crate) row: Option<&'a Row>,
}

/// Applies writes to a connection, whatever rows it held under their ids before.
pub(crate) fn apply_writes<'a>(
    connection: &Connection,
    writes: impl Iterator<Item = RowWrite<'a>> + Clone,
) -> Result<(), Fault> {
    // Delete all old rows first: a new row may take over a unique value from one of them.
    for RowWrite { table, id, .. } in writes.clone() {
        let mut delete = connection.prepare_cached(&table.delete_row_sql)?;
        delete.execute([id])?;
    }
    for RowWrite { table, row, .. } in writes {
        if let Some(row) = row {
            let mut insert = connection.prepare_cached(&table.insert_row_sql)?;
            insert.execute(rusqlite::params_from_iter(row))?;
        }
    }
    Ok(())
}
