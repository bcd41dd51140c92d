//! A row of a table, its id, and its JSON form.

use rusqlite::types::Value;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value as Json;

use crate::schema::{Column, Table};

/// The values of one row, in the order of its table's columns.
pub type Row = Vec<Value>;

/// The primary key of a row whose shape has been checked.
pub(crate) fn row_id(row: &Row) -> i64 {
    match row.first() {
        Some(Value::Integer(id)) => *id,
        _ => unreachable!("the first column of a checked row is its integer id"),
    }
}

/// Serializes a row as an object of its columns, with ids as eight digits.
pub struct RowObject<'a> {
    /// The row's table.
    pub table: &'a Table,
    /// The row's values, in the order of the table's columns.
    pub row: &'a Row,
}

impl Serialize for RowObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(Some(self.row.len()))?;
        for (column, value) in self.table.columns.iter().zip(self.row) {
            fields.serialize_entry(&column.name, &ColumnValue { column, value })?;
        }
        fields.end()
    }
}

/// Serializes one value of a column, with ids as eight digits.
struct ColumnValue<'a> {
    column: &'a Column,
    value: &'a Value,
}

impl Serialize for ColumnValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Integer(id) if self.column.is_id() => {
                serializer.collect_str(&format_args!("{id:08}"))
            }
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Real(_) | Value::Blob(_) => {
                unreachable!("strict tables of integers and text hold neither reals nor blobs")
            }
        }
    }
}

/// A row as a JSON object of its columns, with ids as eight digits.
pub fn row_to_json(table: &Table, row: &Row) -> Json {
    serde_json::to_value(RowObject { table, row }).expect("a row holds only text and numbers")
}

/// A column's value as JSON, with ids as eight digits.
pub fn value_to_json(column: &Column, value: &Value) -> Json {
    serde_json::to_value(ColumnValue { column, value }).expect("a value is text, a number or NULL")
}
