//! Rules of the mailbox: parties, times, threads, and whether the mails' statements are true.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::office_tables::OfficeTables;
use super::report::CoherenceReport;
use crate::office::mentions::{counted_visits, mentions, spoken_day, spoken_time};

pub(super) fn mail_parties(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    for row in tables.mails.rows {
        let column = if tables.mails.text(row, "folder") == "outbox" {
            "sender"
        } else {
            "recipient"
        };
        let address = tables.mails.text(row, column);
        if address != tables.world.owner() {
            report.add_row(
                tables.mails.table,
                row,
                format!("its {column} is {address}"),
            );
        }
    }
}

pub(super) fn mail_time(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    for row in tables.mails.rows {
        if tables
            .mails
            .time(row, "sent_datetime")
            .is_none_or(|sent| sent > tables.world.clock())
        {
            report.add_row(
                tables.mails.table,
                row,
                format!("is sent at {}", tables.mails.text(row, "sent_datetime")),
            );
        }
    }
}

pub(super) fn mail_thread(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    let mails = tables.mails;
    for row in mails.rows {
        let Some(id) = mails.number(row, "in_reply_to") else {
            continue;
        };
        let Some(first) = tables.world.row(mails.table, id) else {
            report.add_row(
                mails.table,
                row,
                format!("answers {id:08}, which does not exist"),
            );
            continue;
        };
        let base = |row| mails.text(row, "subject").trim_start_matches("Re: ");
        if mails.text(row, "sent_datetime") <= mails.text(first, "sent_datetime") {
            report.add_row(
                mails.table,
                row,
                format!("is no later than {id:08}, which it answers"),
            );
        } else if base(row) != base(first)
            || mails.text(row, "sender") != mails.text(first, "recipient")
        {
            report.add_row(
                mails.table,
                row,
                format!("has another subject or sender than an answer to {id:08}"),
            );
        }
    }
}

pub(super) fn mail_mentions(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    let mut starts: HashMap<&str, HashSet<String>> = HashMap::new();
    for row in tables.events.rows {
        let start = tables
            .events
            .time(row, "event_start")
            .map(spoken_time)
            .unwrap_or_default();
        starts
            .entry(tables.events.text(row, "event_name"))
            .or_default()
            .insert(start);
    }
    let mut dues: HashMap<&str, HashSet<String>> = HashMap::new();
    for row in tables.tasks.rows {
        let due = tables
            .tasks
            .day(row, "due_date")
            .map(spoken_day)
            .unwrap_or_default();
        dues.entry(tables.tasks.text(row, "task_name"))
            .or_default()
            .insert(due);
    }
    let mut other_names = tables.customers.texts("customer_name");
    other_names.extend(tables.customers.texts("company"));
    for row in tables.mails.rows {
        for mention in mentions(tables.mails.text(row, "body")) {
            let name = mention.name;
            let holds = if let Some(start) = mention.start() {
                starts.get(name).is_some_and(|known| known.contains(start))
            } else if let Some(due) = mention.due() {
                dues.get(name).is_some_and(|known| known.contains(due))
            } else {
                other_names.contains(name) || starts.contains_key(name) || dues.contains_key(name)
            };
            if !holds {
                let said: String = mention.rest.chars().take(30).collect();
                report.add_row(
                    tables.mails.table,
                    row,
                    format!("nothing is as it says of “{name}”{said}"),
                );
            }
        }
    }
}

pub(super) fn mail_visits(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    let mut days: BTreeMap<String, usize> = BTreeMap::new();
    for row in tables.visits.rows {
        if let Some(day) = tables.visits.day(row, "date_of_visit") {
            *days.entry(spoken_day(day)).or_default() += 1;
        }
    }
    for row in tables.mails.rows {
        if let Some((count, day)) = counted_visits(tables.mails.text(row, "body")) {
            let found = days.get(day).copied().unwrap_or_default();
            if found != count {
                report.add_row(
                    tables.mails.table,
                    row,
                    format!("counts {count} visits on {day}, which had {found}"),
                );
            }
        }
    }
}
