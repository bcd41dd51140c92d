//! What a session changed: rows before and after, and the calls that did it.

use std::sync::Arc;

use rusqlite::Connection;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value as Json, json};

use crate::schema::{Column, Table, TableId};
use crate::world::Row;
use crate::{Fault, Value};

/// A row that a call touched, whether or not it left it different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Touch {
    pub(crate) call: u32,
    pub(crate) table: TableId,
    pub(crate) id: i64,
}

/// A row that differs from the world's.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its table.
    pub table: &'static Table,
    /// Its primary key.
    pub id: i64,
    /// The world's row; none where a call created it.
    pub before: Option<Arc<Row>>,
    /// The session's row; none where a call deleted it.
    pub after: Option<Arc<Row>>,
    /// The numbers of the calls that touched it, ascending.
    pub calls: Vec<u32>,
}

impl Change {
    /// `created`, `updated` or `deleted`.
    pub fn kind(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "created",
            (Some(_), Some(_)) => "updated",
            (Some(_), None) => "deleted",
        }
    }

    /// Names of the columns whose values differ; empty for rows that were created or deleted.
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

    /// The row as a connection is to hold it.
    pub(crate) fn wanted(&self) -> Wanted<'_> {
        (self.table, self.id, self.after.as_deref())
    }
}

/// A row as a connection is to hold it, by its table and id: none where it is to be gone.
pub(crate) type Wanted<'a> = (&'static Table, i64, Option<&'a Row>);

/// Makes a connection hold rows.
pub(crate) fn write<'a>(
    connection: &Connection,
    rows: impl Iterator<Item = Wanted<'a>> + Clone,
) -> Result<(), Fault> {
    // Those that are there go first: a new one may have what only one row can have.
    for (table, id, _) in rows.clone() {
        let mut delete = connection.prepare_cached(&table.delete_row_sql)?;
        delete.execute([id])?;
    }
    for (table, _, row) in rows {
        if let Some(row) = row {
            let mut insert = connection.prepare_cached(&table.insert_row_sql)?;
            insert.execute(rusqlite::params_from_iter(row))?;
        }
    }
    Ok(())
}

/// What [`row_to_json`] returns, to be written without being built.
pub struct RowObject<'a> {
    /// The row's table.
    pub table: &'a Table,
    /// Its values, in the order of the table's columns.
    pub row: &'a Row,
}

impl Serialize for RowObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(Some(self.row.len()))?;
        for (column, value) in self.table.columns.iter().zip(self.row) {
            fields.serialize_entry(&column.name, &Cell { column, value })?;
        }
        fields.end()
    }
}

/// What [`value_to_json`] returns, likewise.
struct Cell<'a> {
    column: &'a Column,
    value: &'a Value,
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Integer(id) if self.column.is_id() => {
                serializer.collect_str(&format_args!("{id:08}"))
            }
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Real(_) | Value::Blob(_) => {
                unreachable!("strict tables of integers and text hold neither")
            }
        }
    }
}

/// A row as an object of its columns, ids with eight digits.
pub fn row_to_json(table: &Table, row: &Row) -> Json {
    serde_json::to_value(RowObject { table, row }).expect("a row is text and numbers")
}

/// A value of a column, ids with eight digits.
pub fn value_to_json(column: &Column, value: &Value) -> Json {
    serde_json::to_value(Cell { column, value }).expect("a value is text or a number")
}
