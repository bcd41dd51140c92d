//! The values of a row in a finding.

use std::sync::Arc;

use breakroom_sandbox::Value;
use breakroom_sandbox::row::Row;
use breakroom_sandbox::row::{RowObject, row_to_json};
use breakroom_sandbox::schema::Table;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

/// A row's values by column, in the order of its table: an object where it is written. A judge's findings share the rows that it compared.
#[derive(Clone, Debug)]
pub struct RowValues(Values);

#[derive(Clone, Debug)]
enum Values {
    Judged(&'static Table, Arc<Row>),
    Read(Map<String, Json>),
}

impl RowValues {
    /// The values of a row.
    pub fn of(table: &'static Table, row: Arc<Row>) -> RowValues {
        RowValues(Values::Judged(table, row))
    }

    /// The text in a column, where the row has one; ids are no text.
    pub fn text(&self, column: &str) -> Option<&str> {
        match &self.0 {
            Values::Judged(table, row) => match &row[table.column_index(column)?] {
                Value::Text(text) => Some(text),
                _ => None,
            },
            Values::Read(row) => row.get(column)?.as_str(),
        }
    }

    /// The row as an object.
    pub fn to_json(&self) -> Json {
        match &self.0 {
            Values::Judged(table, row) => row_to_json(table, row),
            Values::Read(row) => Json::Object(row.clone()),
        }
    }
}

impl Default for RowValues {
    fn default() -> RowValues {
        RowValues(Values::Read(Map::new()))
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
            Values::Judged(table, row) => RowObject { table, row }.serialize(serializer),
            Values::Read(row) => row.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for RowValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RowValues, D::Error> {
        Map::deserialize(deserializer).map(|row| RowValues(Values::Read(row)))
    }
}
