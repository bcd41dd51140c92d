//! A world as plain rows: what generators make, folders hold and images are built from.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::folder::{MANIFEST, WorldError, malformed};
use crate::row::Row;
use crate::schema::is_storable_time;

/// Someone in the company directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// First and last name.
    pub name: String,
    /// The address by which every database knows them.
    pub email: String,
    /// What they do.
    pub role: String,
}

/// A world as plain rows.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldData {
    /// What the world is called.
    pub name: String,
    /// What time it is in the office.
    pub clock: NaiveDateTime,
    /// The address of the person whose office it is.
    pub owner: String,
    /// Everyone in the company, the owner included.
    pub directory: Vec<Colleague>,
    /// Rows by table, in the order of [`schema::tables`](crate::schema::tables).
    pub tables: Vec<Vec<Row>>,
}

impl WorldData {
    /// Refuses an owner and a clock that tools could not write into rows.
    pub(super) fn check(&self) -> Result<(), WorldError> {
        let WorldData { owner, clock, .. } = self;
        let parts = owner.split_once('@');
        if !parts.is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty()) {
            let reason =
                format!("owner {owner:?} is no address: write one like name@company.example");
            return Err(malformed(MANIFEST, reason));
        }
        if !is_storable_time(*clock) {
            let reason = format!(
                "clock {clock} is no time that the databases know: write one like 2026-06-11 09:00:00"
            );
            return Err(malformed(MANIFEST, reason));
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::world::{World, WorldData};

    #[test]
    fn a_world_has_an_owner_and_a_clock_that_mails_can_name() {
        let office = World::office();
        for (owner, clock, taken) in [
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
            assert_eq!(frozen.is_ok(), taken, "{owner} {clock}");
        }
    }
}
