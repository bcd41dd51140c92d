//! The values of a row in a finding.

use std::borrow::Cow;
use std::fmt;

use breakroom_sandbox::changes::value_to_json;
use breakroom_sandbox::schema::Table;
use breakroom_sandbox::world::Row;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

/// A row's values by column, in the order of its table: an object where it is written. Rows have few columns, and every finding of every
/// episode has a row, so it is a list in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowValues(Vec<(Cow<'static, str>, Json)>);

impl RowValues {
    /// The values of a row.
    pub fn of(table: &'static Table, row: &Row) -> RowValues {
        let columns = table.columns.iter().zip(row);
        let values = columns
            .map(|(column, value)| (Cow::Borrowed(&*column.name), value_to_json(column, value)));
        RowValues(values.collect())
    }

    /// The value of a column, where the row has it.
    pub fn get(&self, column: &str) -> Option<&Json> {
        let found = self.0.iter().find(|(name, _)| name == column);
        found.map(|(_, value)| value)
    }

    /// Each column with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }
}

impl Serialize for RowValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.iter() {
            fields.serialize_entry(name, value)?;
        }
        fields.end()
    }
}

impl<'de> Deserialize<'de> for RowValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RowValues, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = RowValues;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a row as an object of its columns")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RowValues, A::Error> {
                let mut values = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Json>()? {
                    values.push((Cow::Owned(name), value));
                }
                Ok(RowValues(values))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
