//! Rules of the mailbox: who, when, and whether what a mail says is so.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Report;
use super::facts::Facts;
use crate::office::mentions::{counted_visits, mentions, spoken_day, spoken_time};

pub(super) fn mail_parties(facts: &Facts<'_>, report: &mut Report) {
    for row in facts.mails.rows {
        let column = if facts.mails.text(row, "folder") == "outbox" {
            "sender"
        } else {
            "recipient"
        };
        let address = facts.mails.text(row, column);
        if address != facts.world.owner() {
            report.row(facts.mails.table, row, format!("its {column} is {address}"));
        }
    }
}

pub(super) fn mail_time(facts: &Facts<'_>, report: &mut Report) {
    for row in facts.mails.rows {
        if facts
            .mails
            .time(row, "sent_datetime")
            .is_none_or(|sent| sent > facts.world.clock())
        {
            report.row(
                facts.mails.table,
                row,
                format!("is sent at {}", facts.mails.text(row, "sent_datetime")),
            );
        }
    }
}

pub(super) fn mail_thread(facts: &Facts<'_>, report: &mut Report) {
    let mails = facts.mails;
    for row in mails.rows {
        let Some(id) = mails.number(row, "in_reply_to") else {
            continue;
        };
        let Some(first) = facts.world.row(mails.table, id) else {
            report.row(
                mails.table,
                row,
                format!("answers {id:08}, which does not exist"),
            );
            continue;
        };
        let base = |row| mails.text(row, "subject").trim_start_matches("Re: ");
        if mails.text(row, "sent_datetime") <= mails.text(first, "sent_datetime") {
            report.row(
                mails.table,
                row,
                format!("is no later than {id:08}, which it answers"),
            );
        } else if base(row) != base(first)
            || mails.text(row, "sender") != mails.text(first, "recipient")
        {
            report.row(
                mails.table,
                row,
                format!("has another subject or sender than an answer to {id:08}"),
            );
        }
    }
}

pub(super) fn mail_mentions(facts: &Facts<'_>, report: &mut Report) {
    let mut starts: HashMap<&str, HashSet<String>> = HashMap::new();
    for row in facts.events.rows {
        let start = facts
            .events
            .time(row, "event_start")
            .map(spoken_time)
            .unwrap_or_default();
        starts
            .entry(facts.events.text(row, "event_name"))
            .or_default()
            .insert(start);
    }
    let mut dues: HashMap<&str, HashSet<String>> = HashMap::new();
    for row in facts.tasks.rows {
        let due = facts
            .tasks
            .day(row, "due_date")
            .map(spoken_day)
            .unwrap_or_default();
        dues.entry(facts.tasks.text(row, "task_name"))
            .or_default()
            .insert(due);
    }
    let mut others = facts.customers.texts("customer_name");
    others.extend(facts.customers.texts("company"));
    for row in facts.mails.rows {
        for mention in mentions(facts.mails.text(row, "body")) {
            let name = mention.name;
            let holds = if let Some(start) = mention.starts() {
                starts.get(name).is_some_and(|known| known.contains(start))
            } else if let Some(due) = mention.due() {
                dues.get(name).is_some_and(|known| known.contains(due))
            } else {
                others.contains(name) || starts.contains_key(name) || dues.contains_key(name)
            };
            if !holds {
                let said: String = mention.rest.chars().take(30).collect();
                report.row(
                    facts.mails.table,
                    row,
                    format!("nothing is as it says of “{name}”{said}"),
                );
            }
        }
    }
}

pub(super) fn mail_visits(facts: &Facts<'_>, report: &mut Report) {
    let mut days: BTreeMap<String, usize> = BTreeMap::new();
    for row in facts.visits.rows {
        if let Some(day) = facts.visits.day(row, "date_of_visit") {
            *days.entry(spoken_day(day)).or_default() += 1;
        }
    }
    for row in facts.mails.rows {
        if let Some((count, day)) = counted_visits(facts.mails.text(row, "body")) {
            let found = days.get(day).copied().unwrap_or_default();
            if found != count {
                report.row(
                    facts.mails.table,
                    row,
                    format!("counts {count} visits on {day}, which had {found}"),
                );
            }
        }
    }
}
