//! The values of a row in a finding.

use std::sync::Arc;

use breakroom_sandbox::Value;
use breakroom_sandbox::row::Row;
use breakroom_sandbox::row::{RowObject, row_to_json};
use breakroom_sandbox::schema::Table;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

/// A row's values by column, in the order of its table. It is serialized as an object. Findings of a judge share the compared row instead of copying it.
#[derive(Clone, Debug)]
pub struct RowValues(RowSource);

#[derive(Clone, Debug)]
enum RowSource {
    Compared(&'static Table, Arc<Row>),
    Deserialized(Map<String, Json>),
}

impl RowValues {
    /// The values of a row.
    pub fn of(table: &'static Table, row: Arc<Row>) -> RowValues {
        RowValues(RowSource::Compared(table, row))
    }

    /// The text in a column. None if the row does not have it or its value is not text.
    pub fn text(&self, column: &str) -> Option<&str> {
        match &self.0 {
            RowSource::Compared(table, row) => match &row[table.column_index(column)?] {
                Value::Text(text) => Some(text),
                _ => None,
            },
            RowSource::Deserialized(row) => row.get(column)?.as_str(),
        }
    }

    /// The row as an object.
    pub fn to_json(&self) -> Json {
        match &self.0 {
            RowSource::Compared(table, row) => row_to_json(table, row),
            RowSource::Deserialized(row) => Json::Object(row.clone()),
        }
    }
}

impl Default for RowValues {
    fn default() -> RowValues {
        RowValues(RowSource::Deserialized(Map::new()))
    }
}

impl PartialEq for RowValues {
    fn eq(&self, other: &RowValues) -> bool {
        self.to_json() == other.to_json()
    }
}

impl Serialize for RowValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            RowSource::Compared(table, row) => RowObject { table, row }.serialize(serializer),
            RowSource::Deserialized(row) => row.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for RowValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RowValues, D::Error> {
        Map::deserialize(deserializer).map(|row| RowValues(RowSource::Deserialized(row)))
    }
}
