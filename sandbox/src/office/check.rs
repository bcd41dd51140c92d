//! Whether a world holds together: the rules that a made office keeps, each read from the rows alone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use super::calendar::{CANCELLED, FIRST_HOUR, LAST_HOUR};
use super::mentions::{counted_visits, mentions, spoken_day, spoken_time};
use crate::Value;
use crate::schema::TableId;
use crate::world::{Row, World};

/// A row, or the world as a whole, that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name, one of [`RULES`].
    pub rule: &'static str,
    /// The table and id; none where the whole world is meant.
    pub row: Option<(TableId, i64)>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some((table, id)) => write!(
                formatter,
                "{}: {} {id:08}: {}",
                self.rule,
                table.table().qualified_name,
                self.message
            ),
            None => write!(formatter, "{}: {}", self.rule, self.message),
        }
    }
}

/// A rule of coherence.
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What it asks for.
    pub asks: &'static str,
    check: fn(&Facts<'_>, &mut Report),
}

/// Every rule, in the order in which they are checked.
pub const RULES: &[Rule] = &[
    Rule {
        name: "directory",
        asks: "at least 20 people, no address twice, the owner among them",
        check: directory,
    },
    Rule {
        name: "meeting-hours",
        asks: "meetings lie on weekdays between 09:00 and 18:00",
        check: meeting_hours,
    },
    Rule {
        name: "meeting-overlap",
        asks: "the owner's meetings do not overlap",
        check: meeting_overlap,
    },
    Rule {
        name: "meeting-people",
        asks: "meetings are with colleagues or customers",
        check: meeting_people,
    },
    Rule {
        name: "mail-parties",
        asks: "a mail in the outbox is from the owner, one in the inbox to the owner",
        check: mail_parties,
    },
    Rule {
        name: "mail-time",
        asks: "no mail is sent after the world's clock",
        check: mail_time,
    },
    Rule {
        name: "mail-thread",
        asks: "a reply comes after a mail between the same two, under its subject",
        check: mail_thread,
    },
    Rule {
        name: "mail-mentions",
        asks: "what a mail names in “” exists, at the time that it says",
        check: mail_mentions,
    },
    Rule {
        name: "mail-visits",
        asks: "visits that a mail counts are those of the day",
        check: mail_visits,
    },
    Rule {
        name: "task-people",
        asks: "tasks are assigned to colleagues",
        check: task_people,
    },
    Rule {
        name: "task-due",
        asks: "tasks are due on weekdays",
        check: task_due,
    },
    Rule {
        name: "customer-people",
        asks: "customers are looked after by colleagues",
        check: customer_people,
    },
    Rule {
        name: "customer-contact",
        asks: "the last contact is no earlier than any mail or meeting, and not in the future",
        check: customer_contact,
    },
    Rule {
        name: "customer-notes",
        asks: "notes are dated, in order, and end on the last contact",
        check: customer_notes,
    },
    Rule {
        name: "customer-follow-up",
        asks: "a follow-up comes after the last contact",
        check: customer_follow_up,
    },
    Rule {
        name: "visit-engaged",
        asks: "engaged visits look at more than one page",
        check: visit_engaged,
    },
    Rule {
        name: "visit-rhythm",
        asks: "weekends have fewer visits, the later half of the period has more",
        check: visit_rhythm,
    },
    Rule {
        name: "variety",
        asks: "at least 350 mail bodies, 150 task names, 80 meeting names, 120 companies",
        check: variety,
    },
    Rule {
        name: "life",
        asks: "threads, namesakes, cancelled and recurring meetings, letters beyond ASCII and long mails",
        check: life,
    },
];

/// Checks every rule. A world without findings is coherent.
pub fn check(world: &World) -> Vec<Finding> {
    let facts = Facts::new(world);
    let mut report = Report {
        rule: "",
        findings: Vec::new(),
    };
    for rule in RULES {
        report.rule = rule.name;
        (rule.check)(&facts, &mut report);
    }
    report.findings
}

struct Report {
    rule: &'static str,
    findings: Vec<Finding>,
}

impl Report {
    fn row(&mut self, table: TableId, row: &Row, message: impl Into<String>) {
        let id = crate::world::row_id(row);
        self.findings.push(Finding {
            rule: self.rule,
            row: Some((table, id)),
            message: message.into(),
        });
    }

    fn whole(&mut self, holds: bool, message: impl Into<String>) {
        if !holds {
            self.findings.push(Finding {
                rule: self.rule,
                row: None,
                message: message.into(),
            });
        }
    }
}

/// The tables by name, and what rules look up.
struct Facts<'a> {
    world: &'a World,
    events: Rows<'a>,
    mails: Rows<'a>,
    visits: Rows<'a>,
    tasks: Rows<'a>,
    customers: Rows<'a>,
    colleagues: HashSet<&'a str>,
    clients: HashSet<&'a str>,
}

/// A table's rows, read by column name.
#[derive(Clone, Copy)]
struct Rows<'a> {
    table: TableId,
    rows: &'a [Row],
}

impl<'a> Rows<'a> {
    fn new(world: &'a World, database: &str, table: &str) -> Self {
        let table = TableId::find(database, table)
            .expect("the tables named here are those of the schema, a test reads them");
        Rows {
            table,
            rows: world.rows(table),
        }
    }

    /// The text in a column; empty where it is NULL.
    fn text(&self, row: &'a Row, column: &str) -> &'a str {
        match &row[self.column(column)] {
            Value::Text(text) => text,
            _ => "",
        }
    }

    fn number(&self, row: &Row, column: &str) -> Option<i64> {
        match row[self.column(column)] {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }

    fn day(&self, row: &'a Row, column: &str) -> Option<NaiveDate> {
        self.text(row, column).parse().ok()
    }

    fn time(&self, row: &'a Row, column: &str) -> Option<NaiveDateTime> {
        NaiveDateTime::parse_from_str(self.text(row, column), "%Y-%m-%d %H:%M:%S").ok()
    }

    fn texts(&self, column: &str) -> HashSet<&'a str> {
        let column = self.column(column);
        let texts = self.rows.iter().filter_map(|row| match &row[column] {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    fn column(&self, name: &str) -> usize {
        self.table
            .table()
            .column_index(name)
            .expect("the columns named here are those of the schema, a test reads them")
    }
}

impl<'a> Facts<'a> {
    fn new(world: &'a World) -> Self {
        let customers = Rows::new(world, "customer_relationship_manager", "customer");
        Facts {
            world,
            events: Rows::new(world, "calendar", "event"),
            mails: Rows::new(world, "email", "email"),
            visits: Rows::new(world, "analytics", "visit"),
            tasks: Rows::new(world, "project_management", "task"),
            clients: customers.texts("customer_email"),
            customers,
            colleagues: world
                .directory()
                .iter()
                .map(|colleague| colleague.email.as_str())
                .collect(),
        }
    }

    /// The start and end of an event.
    fn span(&self, row: &'a Row) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let start = self.events.time(row, "event_start")?;
        Some((
            start,
            start + TimeDelta::minutes(self.events.number(row, "duration")?),
        ))
    }
}

fn directory(facts: &Facts<'_>, report: &mut Report) {
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

fn meeting_hours(facts: &Facts<'_>, report: &mut Report) {
    for row in facts.events.rows {
        let Some((start, end)) = facts.span(row) else {
            continue;
        };
        let minutes = |time: NaiveDateTime| time.hour() * 60 + time.minute();
        if start.weekday().num_days_from_monday() > 4 {
            report.row(
                facts.events.table,
                row,
                format!("is on a {}", start.format("%A")),
            );
        } else if minutes(start) < FIRST_HOUR * 60
            || minutes(end) > LAST_HOUR * 60
            || end.date() != start.date()
        {
            report.row(
                facts.events.table,
                row,
                format!(
                    "lasts from {} to {}",
                    start.format("%H:%M"),
                    end.format("%H:%M")
                ),
            );
        }
    }
}

fn meeting_overlap(facts: &Facts<'_>, report: &mut Report) {
    let mut spans: Vec<_> = facts
        .events
        .rows
        .iter()
        .filter_map(|row| Some((facts.span(row)?, row)))
        .collect();
    spans.sort_by_key(|(span, _)| *span);
    let mut last: Option<(NaiveDateTime, &Row)> = None;
    for ((start, end), row) in spans {
        if let Some((_, other)) = last.filter(|(until, _)| *until > start) {
            report.row(
                facts.events.table,
                row,
                format!("overlaps {:08}", crate::world::row_id(other)),
            );
        }
        if last.is_none_or(|(until, _)| until < end) {
            last = Some((end, row));
        }
    }
}

fn meeting_people(facts: &Facts<'_>, report: &mut Report) {
    for row in facts.events.rows {
        let address = facts.events.text(row, "participant_email");
        if !facts.colleagues.contains(address) && !facts.clients.contains(address) {
            report.row(
                facts.events.table,
                row,
                format!("{address} is neither a colleague nor a customer"),
            );
        }
    }
}

fn mail_parties(facts: &Facts<'_>, report: &mut Report) {
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

fn mail_time(facts: &Facts<'_>, report: &mut Report) {
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

fn mail_thread(facts: &Facts<'_>, report: &mut Report) {
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

fn mail_mentions(facts: &Facts<'_>, report: &mut Report) {
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

fn mail_visits(facts: &Facts<'_>, report: &mut Report) {
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

fn task_people(facts: &Facts<'_>, report: &mut Report) {
    assigned(facts, facts.tasks, report);
}

fn customer_people(facts: &Facts<'_>, report: &mut Report) {
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

fn task_due(facts: &Facts<'_>, report: &mut Report) {
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

fn customer_contact(facts: &Facts<'_>, report: &mut Report) {
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

fn customer_notes(facts: &Facts<'_>, report: &mut Report) {
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

fn customer_follow_up(facts: &Facts<'_>, report: &mut Report) {
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

fn visit_engaged(facts: &Facts<'_>, report: &mut Report) {
    for row in facts.visits.rows {
        if facts.visits.number(row, "user_engaged") == Some(1)
            && facts.visits.number(row, "page_views") == Some(1)
        {
            report.row(facts.visits.table, row, "is engaged after one page");
        }
    }
}

fn visit_rhythm(facts: &Facts<'_>, report: &mut Report) {
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

fn variety(facts: &Facts<'_>, report: &mut Report) {
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

fn life(facts: &Facts<'_>, report: &mut Report) {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::office::generate;

    /// The rules that an office breaks once a column of a table's first row that passes is rewritten.
    fn broken_by(table: &str, column: &str, value: &str, passes: &str) -> Vec<&'static str> {
        let mut data = generate("office", 1, 1);
        let table = TableId::all().find(|id| id.table().name == table).unwrap();
        let column = table.table().column_index(column).unwrap();
        let holds = |row: &&mut Row| {
            row.iter()
                .any(|cell| matches!(cell, Value::Text(text) if text.contains(passes)))
        };
        data.tables[table.index()].iter_mut().find(holds).unwrap()[column] =
            Value::Text(value.to_owned());
        let mut rules: Vec<_> = check(&World::freeze(data).unwrap())
            .iter()
            .map(|finding| finding.rule)
            .collect();
        rules.dedup();
        rules
    }

    #[test]
    fn a_row_that_breaks_a_rule_is_found() {
        for (table, column, value, passes, rule) in [
            (
                "event",
                "event_start",
                "2026-06-13 10:00:00",
                "",
                "meeting-hours",
            ),
            (
                "event",
                "event_start",
                "2026-06-12 08:30:00",
                "",
                "meeting-hours",
            ),
            (
                "event",
                "participant_email",
                "nobody@else.example",
                "",
                "meeting-people",
            ),
            (
                "email",
                "sender",
                "nobody@else.example",
                "outbox",
                "mail-parties",
            ),
            (
                "email",
                "recipient",
                "nobody@else.example",
                "inbox",
                "mail-parties",
            ),
            (
                "email",
                "sent_datetime",
                "2026-06-11 09:00:01",
                "",
                "mail-time",
            ),
            ("email", "subject", "Something else", "Re: ", "mail-thread"),
            (
                "email",
                "body",
                "See you at “Nothing” then.",
                "",
                "mail-mentions",
            ),
            (
                "email",
                "body",
                "“Design critique” on Friday 12 June at 14:00",
                "",
                "mail-mentions",
            ),
            (
                "email",
                "body",
                "We counted 7000 visits on Monday 1 June.",
                "",
                "mail-visits",
            ),
            (
                "task",
                "assigned_to_email",
                "nobody@else.example",
                "",
                "task-people",
            ),
            ("task", "due_date", "2026-06-13", "", "task-due"),
            (
                "customer",
                "assigned_to_email",
                "nobody@else.example",
                "",
                "customer-people",
            ),
            (
                "customer",
                "last_contact_date",
                "2026-06-12",
                "",
                "customer-contact",
            ),
            (
                "customer",
                "last_contact_date",
                "2024-01-01",
                "",
                "customer-notes",
            ),
            ("customer", "notes", "no date", "", "customer-notes"),
            (
                "customer",
                "follow_up_by",
                "2024-01-01",
                "",
                "customer-follow-up",
            ),
        ] {
            let rules = broken_by(table, column, value, passes);
            assert!(
                rules.contains(&rule),
                "{table}.{column} = {value}: {rules:?}"
            );
        }
    }

    #[test]
    fn an_overlap_a_weekend_rush_and_a_dull_office_are_found() {
        let mut data = generate("office", 1, 1);
        let id = |table: &str| {
            TableId::all()
                .find(|id| id.table().name == table)
                .unwrap()
                .index()
        };
        data.tables[id("event")][3][3] = data.tables[id("event")][4][3].clone();
        for row in &mut data.tables[id("visit")] {
            row[1] = Value::Text("2026-06-06".into());
            row[3] = Value::Integer(1);
            row[6] = Value::Integer(1);
        }
        for row in &mut data.tables[id("email")] {
            row[6] = Value::Text("Hello".into());
            row[7] = Value::Null;
        }
        data.directory.truncate(3);
        let rules: HashSet<_> = check(&World::freeze(data).unwrap())
            .iter()
            .map(|finding| finding.rule)
            .collect();
        for rule in [
            "directory",
            "meeting-overlap",
            "visit-engaged",
            "visit-rhythm",
            "variety",
            "life",
        ] {
            assert!(rules.contains(rule), "{rule}: {rules:?}");
        }
    }
}
