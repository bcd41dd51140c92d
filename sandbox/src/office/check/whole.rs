//! Rules that a world keeps as a whole: its people, its traffic, its variety.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::Report;
use super::facts::Facts;
use crate::office::calendar::CANCELLED;

pub(super) fn directory(facts: &Facts<'_>, report: &mut Report) {
    let people = facts.world.directory();
    report.whole(people.len() >= 20, format!("has {} people", people.len()));
    report.whole(
        people.len() == facts.colleagues.len(),
        "an address occurs twice",
    );
    report.whole(
        facts.colleagues.contains(facts.world.owner()),
        format!("the owner {} is not in it", facts.world.owner()),
    );
}

pub(super) fn visit_rhythm(facts: &Facts<'_>, report: &mut Report) {
    let days: Vec<NaiveDate> = facts
        .visits
        .rows
        .iter()
        .filter_map(|row| facts.visits.day(row, "date_of_visit"))
        .collect();
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
        return report.whole(false, "there are no visits");
    };
    let weekend = days
        .iter()
        .filter(|day| day.weekday().num_days_from_monday() > 4)
        .count();
    // Two days of seven, at the weekday's rate, would be two fifths of what the five have.
    report.whole(
        weekend * 5 < (days.len() - weekend) * 2,
        format!("{weekend} of {} visits are at weekends", days.len()),
    );
    let middle = *first + (*last - *first) / 2;
    let early = days.iter().filter(|day| **day < middle).count();
    report.whole(
        early * 2 < days.len(),
        format!("{early} of {} visits are in the earlier half", days.len()),
    );
}

pub(super) fn variety(facts: &Facts<'_>, report: &mut Report) {
    let counts = [
        (facts.mails.texts("body").len(), 350, "mail bodies"),
        (facts.tasks.texts("task_name").len(), 150, "task names"),
        (facts.events.texts("event_name").len(), 80, "meeting names"),
        (facts.customers.texts("company").len(), 120, "companies"),
    ];
    for (count, least, what) in counts {
        report.whole(
            count >= least,
            format!("has {count} different {what}, fewer than {least}"),
        );
    }
}

pub(super) fn life(facts: &Facts<'_>, report: &mut Report) {
    let replies = facts
        .mails
        .rows
        .iter()
        .filter(|row| facts.mails.number(row, "in_reply_to").is_some())
        .count();
    report.whole(
        replies * 10 >= facts.mails.rows.len(),
        format!("only {replies} mails answer another"),
    );
    let first: BTreeSet<&str> = facts
        .world
        .directory()
        .iter()
        .filter_map(|colleague| colleague.name.split(' ').next())
        .collect();
    report.whole(
        first.len() < facts.world.directory().len(),
        "no two colleagues share a first name",
    );
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for row in facts.events.rows {
        *names
            .entry(facts.events.text(row, "event_name"))
            .or_default() += 1;
    }
    report.whole(
        names.keys().any(|name| name.starts_with(CANCELLED)),
        "no meeting is cancelled",
    );
    report.whole(
        names.values().any(|count| *count >= 5),
        "no meeting comes back five times",
    );
    let people = facts
        .world
        .directory()
        .iter()
        .map(|colleague| colleague.name.as_str());
    report.whole(
        people
            .chain(facts.customers.texts("customer_name"))
            .any(|name| !name.is_ascii()),
        "all names are in ASCII",
    );
    report.whole(
        facts
            .mails
            .texts("body")
            .iter()
            .any(|body| body.len() >= 1_500),
        "no mail is longer than 1,500 bytes",
    );
}
