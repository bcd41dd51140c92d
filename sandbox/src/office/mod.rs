//! Offices made from a seed: plausible people, meetings, mails, visits, tasks and customers that agree with each other.
//!
//! What an office says and does is data in `sandbox/office/*.toml`; the modules here decide who, when and how often. Only whole
//! numbers and a stream cipher are used, so that a seed gives the same bytes on every machine. [`check`] reads the result back.

mod board;
mod calendar;
pub mod check;
mod customers;
mod dice;
mod mail;
mod mentions;
mod people;
mod phrases;
mod traffic;

use chrono::{NaiveDate, NaiveDateTime};

use crate::row::Row;
use crate::schema::{TableId, tables};
use crate::world::WorldData;
use dice::Dice;

/// Rows of one office at scale one: those of WorkBench (arXiv 2405.00823).
const EVENTS: usize = 300;
const MAILS: usize = 500;
const VISITS: usize = 1_000;
const TASKS: usize = 300;
const CUSTOMERS: usize = 200;

/// The largest scale: beyond it ids and dates run out of room.
pub const LARGEST_SCALE: usize = 1_000;

/// Makes an office called `name`. The same seed and scale give the same rows on every machine; `scale` multiplies how many there are,
/// from 1 to [`LARGEST_SCALE`].
pub fn generate(name: &str, seed: u64, scale: usize) -> WorldData {
    let scale = scale.clamp(1, LARGEST_SCALE);
    let clock = clock();
    let staff = people::draw(&mut Dice::new(seed, 1));
    let mut customers = customers::draw(&mut Dice::new(seed, 2), &staff, CUSTOMERS * scale, clock);
    let events = calendar::draw(
        &mut Dice::new(seed, 3),
        &staff,
        &customers,
        EVENTS * scale,
        clock,
    );
    let tasks = board::draw(&mut Dice::new(seed, 4), &staff, TASKS * scale, clock);
    let visits = traffic::draw(&mut Dice::new(seed, 5), VISITS * scale, clock);
    let office = mail::Office {
        staff: &staff,
        customers: &customers,
        events: &events,
        tasks: &tasks,
        visits: &visits,
        clock,
    };
    let mails = mail::draw(&mut Dice::new(seed, 6), &office, MAILS * scale);
    customers::settle(
        &mut Dice::new(seed, 7),
        &mut customers,
        &events,
        &mails,
        clock,
    );

    let mut rows: Vec<Vec<Row>> = vec![Vec::new(); tables().len()];
    let mut put = |database: &str, table: &str, values: Vec<Row>| {
        let id = TableId::find(database, table)
            .expect("the tables named here are those of the schema, a test reads them");
        rows[id.index()] = values;
    };
    put("calendar", "event", calendar::rows(&events));
    put("email", "email", mail::rows(&mails, &staff.owner().email));
    put("analytics", "visit", traffic::rows(&visits));
    put("project_management", "task", board::rows(&tasks));
    put(
        "customer_relationship_manager",
        "customer",
        customers::rows(&customers),
    );
    WorldData {
        name: name.to_owned(),
        clock,
        owner: staff.owner().email.clone(),
        directory: staff.directory(),
        tables: rows,
    }
}

/// A Thursday morning.
fn clock() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 6, 11)
        .and_then(|day| day.and_hms_opt(9, 0, 0))
        .expect("the date and the time exist")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::world::World;

    #[test]
    fn every_rule_holds_in_offices_of_any_seed_and_size() {
        for (seed, scale) in [(1, 1), (2, 1), (7, 1), (u64::MAX, 1), (3, 5)] {
            let world = World::freeze(generate("office", seed, scale)).unwrap();
            let findings: Vec<String> = check::check(&world)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert!(
                findings.is_empty(),
                "seed {seed}, scale {scale}:\n{}",
                findings.join("\n")
            );
        }
    }

    #[test]
    fn a_seed_gives_the_same_office_again_and_another_seed_another() {
        assert_eq!(generate("office", 5, 1), generate("office", 5, 1));
        assert_ne!(generate("office", 5, 1), generate("office", 6, 1));
    }

    #[test]
    fn the_office_has_the_size_of_workbench_times_the_scale() {
        let counts = |scale| {
            generate("office", 1, scale)
                .tables
                .iter()
                .map(Vec::len)
                .collect::<Vec<_>>()
        };
        assert_eq!(counts(1), [300, 500, 1_000, 0, 300, 200]);
        assert_eq!(counts(3), [900, 1_500, 3_000, 0, 900, 600]);
    }
}
