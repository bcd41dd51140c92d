//! Whether a world holds together: the rules that a made office keeps, each read from the rows alone.

mod facts;
mod mails;
mod meetings;
mod records;
mod whole;

use std::fmt;

use crate::row::Row;
use crate::schema::TableId;
use crate::world::World;
use facts::Facts;

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
        check: whole::directory,
    },
    Rule {
        name: "meeting-hours",
        asks: "meetings lie on weekdays between 09:00 and 18:00",
        check: meetings::meeting_hours,
    },
    Rule {
        name: "meeting-overlap",
        asks: "the owner's meetings do not overlap",
        check: meetings::meeting_overlap,
    },
    Rule {
        name: "meeting-people",
        asks: "meetings are with colleagues or customers",
        check: meetings::meeting_people,
    },
    Rule {
        name: "mail-parties",
        asks: "a mail in the outbox is from the owner, one in the inbox to the owner",
        check: mails::mail_parties,
    },
    Rule {
        name: "mail-time",
        asks: "no mail is sent after the world's clock",
        check: mails::mail_time,
    },
    Rule {
        name: "mail-thread",
        asks: "a reply comes after a mail between the same two, under its subject",
        check: mails::mail_thread,
    },
    Rule {
        name: "mail-mentions",
        asks: "what a mail names in “” exists, at the time that it says",
        check: mails::mail_mentions,
    },
    Rule {
        name: "mail-visits",
        asks: "visits that a mail counts are those of the day",
        check: mails::mail_visits,
    },
    Rule {
        name: "task-people",
        asks: "tasks are assigned to colleagues",
        check: records::task_people,
    },
    Rule {
        name: "task-due",
        asks: "tasks are due on weekdays",
        check: records::task_due,
    },
    Rule {
        name: "customer-people",
        asks: "customers are looked after by colleagues",
        check: records::customer_people,
    },
    Rule {
        name: "customer-contact",
        asks: "the last contact is no earlier than any mail or meeting, and not in the future",
        check: records::customer_contact,
    },
    Rule {
        name: "customer-notes",
        asks: "notes are dated, in order, and end on the last contact",
        check: records::customer_notes,
    },
    Rule {
        name: "customer-follow-up",
        asks: "a follow-up comes after the last contact",
        check: records::customer_follow_up,
    },
    Rule {
        name: "visit-engaged",
        asks: "engaged visits look at more than one page",
        check: records::visit_engaged,
    },
    Rule {
        name: "visit-rhythm",
        asks: "weekends have fewer visits, the later half of the period has more",
        check: whole::visit_rhythm,
    },
    Rule {
        name: "variety",
        asks: "at least 350 mail bodies, 150 task names, 80 meeting names, 120 companies",
        check: whole::variety,
    },
    Rule {
        name: "life",
        asks: "threads, namesakes, cancelled and recurring meetings, letters beyond ASCII and long mails",
        check: whole::life,
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
    pub(super) fn row(&mut self, table: TableId, row: &Row, message: impl Into<String>) {
        let id = crate::row::row_id(row);
        self.findings.push(Finding {
            rule: self.rule,
            row: Some((table, id)),
            message: message.into(),
        });
    }

    pub(super) fn whole(&mut self, holds: bool, message: impl Into<String>) {
        if !holds {
            self.findings.push(Finding {
                rule: self.rule,
                row: None,
                message: message.into(),
            });
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::Value;
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
