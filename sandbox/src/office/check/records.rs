//! Rules of tasks, customers and visits, row by row.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::Report;
use super::facts::{Facts, Rows};
use crate::office::calendar::CANCELLED;

pub(super) fn task_people(facts: &Facts<'_>, report: &mut Report) {
    assigned(facts, facts.tasks, report);
}

pub(super) fn customer_people(facts: &Facts<'_>, report: &mut Report) {
    assigned(facts, facts.customers, report);
}

fn assigned(facts: &Facts<'_>, rows: Rows<'_>, report: &mut Report) {
    for row in rows.rows {
        let address = rows.text(row, "assigned_to_email");
        if !facts.colleagues.contains(address) {
            report.row(
                rows.table,
                row,
                format!("{address} is not in the directory"),
            );
        }
    }
}

pub(super) fn task_due(facts: &Facts<'_>, report: &mut Report) {
    for row in facts.tasks.rows {
        if facts
            .tasks
            .day(row, "due_date")
            .is_none_or(|day| day.weekday().num_days_from_monday() > 4)
        {
            report.row(
                facts.tasks.table,
                row,
                format!("is due on {}", facts.tasks.text(row, "due_date")),
            );
        }
    }
}

pub(super) fn customer_contact(facts: &Facts<'_>, report: &mut Report) {
    let mut latest: HashMap<&str, NaiveDate> = HashMap::new();
    let mut note = |address, time: Option<NaiveDateTime>| {
        if let Some(day) = time
            .filter(|time| *time < facts.world.clock())
            .map(|time| time.date())
        {
            let known = latest.entry(address).or_insert(day);
            *known = day.max(*known);
        }
    };
    for row in facts.mails.rows {
        note(
            facts.mails.text(row, "sender"),
            facts.mails.time(row, "sent_datetime"),
        );
        note(
            facts.mails.text(row, "recipient"),
            facts.mails.time(row, "sent_datetime"),
        );
    }
    for row in facts
        .events
        .rows
        .iter()
        .filter(|row| !facts.events.text(row, "event_name").starts_with(CANCELLED))
    {
        note(
            facts.events.text(row, "participant_email"),
            facts.events.time(row, "event_start"),
        );
    }
    let customers = facts.customers;
    for row in customers.rows {
        let Some(contact) = customers.day(row, "last_contact_date") else {
            continue;
        };
        let heard = latest.get(customers.text(row, "customer_email"));
        if contact > facts.world.clock().date() {
            report.row(
                customers.table,
                row,
                format!("last contact on {contact} lies in the future"),
            );
        } else if let Some(day) = heard.filter(|day| **day > contact) {
            report.row(
                customers.table,
                row,
                format!("last contact on {contact}, but a mail or meeting on {day}"),
            );
        }
    }
}

pub(super) fn customer_notes(facts: &Facts<'_>, report: &mut Report) {
    let customers = facts.customers;
    for row in customers.rows {
        let notes = customers.text(row, "notes");
        let days: Vec<Option<NaiveDate>> = notes
            .lines()
            .map(|line| line.get(..10).and_then(|day| day.parse().ok()))
            .collect();
        let last = days.last().copied().flatten();
        if !days.is_sorted()
            || days.contains(&None)
            || last != customers.day(row, "last_contact_date")
        {
            report.row(
                customers.table,
                row,
                format!("notes end on {last:?} or are not dated in order"),
            );
        }
    }
}

pub(super) fn customer_follow_up(facts: &Facts<'_>, report: &mut Report) {
    let customers = facts.customers;
    for row in customers.rows {
        if let (Some(contact), Some(next)) = (
            customers.day(row, "last_contact_date"),
            customers.day(row, "follow_up_by"),
        ) && next <= contact
        {
            report.row(
                customers.table,
                row,
                format!("follow up by {next}, but last contact on {contact}"),
            );
        }
    }
}

pub(super) fn visit_engaged(facts: &Facts<'_>, report: &mut Report) {
    for row in facts.visits.rows {
        if facts.visits.number(row, "user_engaged") == Some(1)
            && facts.visits.number(row, "page_views") == Some(1)
        {
            report.row(facts.visits.table, row, "is engaged after one page");
        }
    }
}
