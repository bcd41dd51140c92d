//! Rules of single tasks, customers and visits.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::office_tables::{OfficeTables, TableRows};
use super::report::CoherenceReport;
use crate::office::calendar_event::CANCELLED_PREFIX;

pub(super) fn task_people(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    assigned(tables, tables.tasks, report);
}

pub(super) fn customer_people(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    assigned(tables, tables.customers, report);
}

fn assigned(tables: &OfficeTables<'_>, rows: TableRows<'_>, report: &mut CoherenceReport) {
    for row in rows.rows {
        let address = rows.text(row, "assigned_to_email");
        if !tables.colleague_addresses.contains(address) {
            report.add_row(
                rows.table,
                row,
                format!("{address} is not in the directory"),
            );
        }
    }
}

pub(super) fn task_due(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    for row in tables.tasks.rows {
        if tables
            .tasks
            .day(row, "due_date")
            .is_none_or(|day| day.weekday().num_days_from_monday() > 4)
        {
            report.add_row(
                tables.tasks.table,
                row,
                format!("is due on {}", tables.tasks.text(row, "due_date")),
            );
        }
    }
}

pub(super) fn customer_contact(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    let mut latest: HashMap<&str, NaiveDate> = HashMap::new();
    let mut note = |address, time: Option<NaiveDateTime>| {
        if let Some(day) = time
            .filter(|time| *time < tables.world.clock())
            .map(|time| time.date())
        {
            let known = latest.entry(address).or_insert(day);
            *known = day.max(*known);
        }
    };
    for row in tables.mails.rows {
        note(
            tables.mails.text(row, "sender"),
            tables.mails.time(row, "sent_datetime"),
        );
        note(
            tables.mails.text(row, "recipient"),
            tables.mails.time(row, "sent_datetime"),
        );
    }
    for row in tables.events.rows.iter().filter(|row| {
        !tables
            .events
            .text(row, "event_name")
            .starts_with(CANCELLED_PREFIX)
    }) {
        note(
            tables.events.text(row, "participant_email"),
            tables.events.time(row, "event_start"),
        );
    }
    let customers = tables.customers;
    for row in customers.rows {
        let Some(contact) = customers.day(row, "last_contact_date") else {
            continue;
        };
        let heard = latest.get(customers.text(row, "customer_email"));
        if contact > tables.world.clock().date() {
            report.add_row(
                customers.table,
                row,
                format!("last contact on {contact} lies in the future"),
            );
        } else if let Some(day) = heard.filter(|day| **day > contact) {
            report.add_row(
                customers.table,
                row,
                format!("last contact on {contact}, but a mail or meeting on {day}"),
            );
        }
    }
}

pub(super) fn customer_notes(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    let customers = tables.customers;
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
            report.add_row(
                customers.table,
                row,
                format!("notes end on {last:?} or are not dated in order"),
            );
        }
    }
}

pub(super) fn customer_follow_up(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    let customers = tables.customers;
    for row in customers.rows {
        if let (Some(contact), Some(next)) = (
            customers.day(row, "last_contact_date"),
            customers.day(row, "follow_up_by"),
        ) && next <= contact
        {
            report.add_row(
                customers.table,
                row,
                format!("follow up by {next}, but last contact on {contact}"),
            );
        }
    }
}

pub(super) fn visit_engaged(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    for row in tables.visits.rows {
        if tables.visits.number(row, "user_engaged") == Some(1)
            && tables.visits.number(row, "page_views") == Some(1)
        {
            report.add_row(tables.visits.table, row, "is engaged after one page");
        }
    }
}
