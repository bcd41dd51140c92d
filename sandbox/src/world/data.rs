//! A world as plain rows: the form that generators produce, folders store and database images are built from.

use chrono::NaiveDateTime;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::error::{MANIFEST_FILE, WorldError};
use crate::row::Row;
use crate::schema::{TableId, is_storable_time};

/// A person in the company directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// First and last name.
    pub name: String,
    /// The address that every database uses for them.
    pub email: String,
    /// Their job title.
    pub role: String,
}

/// A world as plain rows.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldData {
    /// The world's name.
    pub name: String,
    /// The current time in the office.
    pub clock: NaiveDateTime,
    /// The address of the person whose office this is.
    pub owner: String,
    /// Everyone in the company, the owner included.
    pub directory: Vec<Colleague>,
    /// Rows by table, in the order of [`schema::tables`](crate::schema::tables).
    pub tables: Vec<Vec<Row>>,
}

impl WorldData {
    /// Refuses an owner or a clock that tools could not write into a row.
    pub(super) fn check_facts(&self) -> Result<(), WorldError> {
        let WorldData { owner, clock, .. } = self;
        let parts = owner.split_once('@');
        if !parts.is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty()) {
            let reason =
                format!("invalid owner {owner:?}: write an address like name@company.example");
            return Err(WorldError::malformed(MANIFEST_FILE, reason));
        }
        if !is_storable_time(*clock) {
            let reason = format!("invalid clock {clock}: write a time like 2026-06-11 09:00:00");
            return Err(WorldError::malformed(MANIFEST_FILE, reason));
        }
        Ok(())
    }

    /// Refuses rows that have the wrong number of values, or an id that is not an integer.
    pub(super) fn check_shape(&self) -> Result<(), WorldError> {
        for (id, rows) in TableId::all().zip(&self.tables) {
            let table = id.table();
            let columns = table.columns.len();
            let has_shape =
                |row: &&Row| row.len() == columns && matches!(row[0], Value::Integer(_));
            if let Some(row) = rows.iter().find(|row| !has_shape(row)) {
                let reason =
                    format!("row {row:?} must have {columns} values, the first an integer id");
                return Err(WorldError::malformed(&table.qualified_name, reason));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::world::{World, WorldData};

    #[test]
    fn an_owner_without_an_address_and_a_clock_that_no_row_can_store_are_refused() {
        let office = World::office();
        for (owner, clock, is_valid) in [
            ("me@halden.example", "2026-06-11T09:00:00", true),
            ("sam", "2026-06-11T09:00:00", false),
            ("@halden.example", "2026-06-11T09:00:00", false),
            ("me@halden.example", "+12026-06-11T09:00:00", false),
            ("me@halden.example", "2026-06-11T09:00:60", false),
        ] {
            let frozen = World::freeze(WorldData {
                owner: owner.to_owned(),
                clock: clock.parse().unwrap(),
                ..office.data().clone()
            });
            assert_eq!(frozen.is_ok(), is_valid, "{owner} {clock}");
        }
    }
}
