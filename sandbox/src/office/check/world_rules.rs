//! Rules of the world as a whole: its people, its traffic and its variety.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::office_tables::OfficeTables;
use super::report::CoherenceReport;
use crate::office::calendar_event::CANCELLED_PREFIX;

pub(super) fn directory(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    let people = tables.world.directory();
    report.require(people.len() >= 20, format!("has {} people", people.len()));
    report.require(
        people.len() == tables.colleague_addresses.len(),
        "an address occurs twice",
    );
    report.require(
        tables.colleague_addresses.contains(tables.world.owner()),
        format!("the owner {} is not in it", tables.world.owner()),
    );
}

pub(super) fn visit_rhythm(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    let days: Vec<NaiveDate> = tables
        .visits
        .rows
        .iter()
        .filter_map(|row| tables.visits.day(row, "date_of_visit"))
        .collect();
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
        return report.require(false, "there are no visits");
    };
    let weekend = days
        .iter()
        .filter(|day| day.weekday().num_days_from_monday() > 4)
        .count();
    // At the rate of weekdays, the two weekend days would have two fifths of the visits of the other five.
    report.require(
        weekend * 5 < (days.len() - weekend) * 2,
        format!("{weekend} of {} visits are at weekends", days.len()),
    );
    let middle = *first + (*last - *first) / 2;
    let early = days.iter().filter(|day| **day < middle).count();
    report.require(
        early * 2 < days.len(),
        format!("{early} of {} visits are in the earlier half", days.len()),
    );
}

pub(super) fn variety(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    let counts = [
        (tables.mails.texts("body").len(), 350, "mail bodies"),
        (tables.tasks.texts("task_name").len(), 150, "task names"),
        (tables.events.texts("event_name").len(), 80, "meeting names"),
        (tables.customers.texts("company").len(), 120, "companies"),
    ];
    for (count, least, what) in counts {
        report.require(
            count >= least,
            format!("has {count} different {what}, fewer than {least}"),
        );
    }
}

pub(super) fn life(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    let replies = tables
        .mails
        .rows
        .iter()
        .filter(|row| tables.mails.number(row, "in_reply_to").is_some())
        .count();
    report.require(
        replies * 10 >= tables.mails.rows.len(),
        format!("only {replies} mails answer another"),
    );
    let first: BTreeSet<&str> = tables
        .world
        .directory()
        .iter()
        .filter_map(|colleague| colleague.name.split(' ').next())
        .collect();
    report.require(
        first.len() < tables.world.directory().len(),
        "no two colleagues share a first name",
    );
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for row in tables.events.rows {
        *names
            .entry(tables.events.text(row, "event_name"))
            .or_default() += 1;
    }
    report.require(
        names.keys().any(|name| name.starts_with(CANCELLED_PREFIX)),
        "no meeting is cancelled",
    );
    report.require(
        names.values().any(|count| *count >= 5),
        "no meeting comes back five times",
    );
    let people = tables
        .world
        .directory()
        .iter()
        .map(|colleague| colleague.name.as_str());
    report.require(
        people
            .chain(tables.customers.texts("customer_name"))
            .any(|name| !name.is_ascii()),
        "all names are in ASCII",
    );
    report.require(
        tables
            .mails
            .texts("body")
            .iter()
            .any(|body| body.len() >= 1_500),
        "no mail is longer than 1,500 bytes",
    );
}
