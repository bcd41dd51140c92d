//! Generates a whole office from a seed.

use chrono::{NaiveDate, NaiveDateTime};

use super::office_records::OfficeRecords;
use super::seeded_rng::SeededRng;
use super::{
    calendar_event, calendar_generator, customer, customer_generator, mail, mail_generator, staff,
    task_generator, visit_generator,
};
use crate::row::Row;
use crate::schema::{TableId, tables};
use crate::world::WorldData;

/// The numbers of rows at scale one: those of WorkBench (arXiv 2405.00823).
const EVENTS: usize = 300;
const MAILS: usize = 500;
const VISITS: usize = 1_000;
const TASKS: usize = 300;
const CUSTOMERS: usize = 200;

/// The largest scale. Larger offices would run out of ids and dates.
pub const MAX_SCALE: usize = 1_000;

/// Generates an office called `name`. The same seed and scale give the same rows on every machine. `scale`, from 1 to [`MAX_SCALE`],
/// multiplies the number of rows.
pub fn generate(name: &str, seed: u64, scale: usize) -> WorldData {
    let scale = scale.clamp(1, MAX_SCALE);
    let clock = clock();
    let staff = staff::generate(&mut SeededRng::new(seed, 1));
    let mut customers = customer_generator::generate(
        &mut SeededRng::new(seed, 2),
        &staff,
        CUSTOMERS * scale,
        clock,
    );
    let events = calendar_generator::generate(
        &mut SeededRng::new(seed, 3),
        &staff,
        &customers,
        EVENTS * scale,
        clock,
    );
    let tasks =
        task_generator::generate(&mut SeededRng::new(seed, 4), &staff, TASKS * scale, clock);
    let visits = visit_generator::generate(&mut SeededRng::new(seed, 5), VISITS * scale, clock);
    let office = OfficeRecords {
        staff: &staff,
        customers: &customers,
        events: &events,
        tasks: &tasks,
        visits: &visits,
        clock,
    };
    let mails = mail_generator::generate(&mut SeededRng::new(seed, 6), &office, MAILS * scale);
    customer_generator::write_history(
        &mut SeededRng::new(seed, 7),
        &mut customers,
        &events,
        &mails,
        clock,
    );

    let mut rows: Vec<Vec<Row>> = vec![Vec::new(); tables().len()];
    let mut put = |database: &str, table: &str, values: Vec<Row>| {
        let id = TableId::find(database, table)
            .expect("the schema has the tables named here: a test reads them");
        rows[id.index()] = values;
    };
    put("calendar", "event", calendar_event::rows(&events));
    put("email", "email", mail::rows(&mails, &staff.owner().email));
    put("analytics", "visit", visit_generator::rows(&visits));
    put("project_management", "task", task_generator::rows(&tasks));
    put(
        "customer_relationship_manager",
        "customer",
        customer::rows(&customers),
    );
    WorldData {
        name: name.to_owned(),
        clock,
        owner: staff.owner().email.clone(),
        directory: staff.directory(),
        tables: rows,
    }
}

/// The office's time: a Thursday morning.
fn clock() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 6, 11)
        .and_then(|day| day.and_hms_opt(9, 0, 0))
        .expect("the date and time are valid")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::office::check::check;
    use crate::world::World;

    #[test]
    fn every_rule_holds_in_offices_of_any_seed_and_size() {
        for (seed, scale) in [(1, 1), (2, 1), (7, 1), (u64::MAX, 1), (3, 5)] {
            let world = World::freeze(generate("office", seed, scale)).unwrap();
            let findings: Vec<String> = check(&world).iter().map(ToString::to_string).collect();
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
