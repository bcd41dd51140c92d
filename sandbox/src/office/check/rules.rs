//! The list of rules, and the check of all of them.

use super::office_tables::OfficeTables;
use super::report::{CoherenceFinding, CoherenceReport};
use super::{mail_rules, meeting_rules, record_rules, world_rules};
use crate::world::World;

/// A rule that every generated office obeys.
pub struct CoherenceRule {
    /// The rule's name.
    pub name: &'static str,
    /// What the rule requires.
    pub description: &'static str,
    check: fn(&OfficeTables<'_>, &mut CoherenceReport),
}

/// Every rule, in the order of checking.
pub const RULES: &[CoherenceRule] = &[
    CoherenceRule {
        name: "directory",
        description: "at least 20 people, no address twice, the owner among them",
        check: world_rules::directory,
    },
    CoherenceRule {
        name: "meeting-hours",
        description: "meetings lie on weekdays between 09:00 and 18:00",
        check: meeting_rules::meeting_hours,
    },
    CoherenceRule {
        name: "meeting-overlap",
        description: "the owner's meetings do not overlap",
        check: meeting_rules::meeting_overlap,
    },
    CoherenceRule {
        name: "meeting-people",
        description: "meetings are with colleagues or customers",
        check: meeting_rules::meeting_people,
    },
    CoherenceRule {
        name: "mail-parties",
        description: "a mail in the outbox is from the owner, one in the inbox to the owner",
        check: mail_rules::mail_parties,
    },
    CoherenceRule {
        name: "mail-time",
        description: "no mail is sent after the world's clock",
        check: mail_rules::mail_time,
    },
    CoherenceRule {
        name: "mail-thread",
        description: "a reply comes after a mail between the same two, under its subject",
        check: mail_rules::mail_thread,
    },
    CoherenceRule {
        name: "mail-mentions",
        description: "what a mail names in “” exists, at the time that it says",
        check: mail_rules::mail_mentions,
    },
    CoherenceRule {
        name: "mail-visits",
        description: "visits that a mail counts are those of the day",
        check: mail_rules::mail_visits,
    },
    CoherenceRule {
        name: "task-people",
        description: "tasks are assigned to colleagues",
        check: record_rules::task_people,
    },
    CoherenceRule {
        name: "task-due",
        description: "tasks are due on weekdays",
        check: record_rules::task_due,
    },
    CoherenceRule {
        name: "customer-people",
        description: "customers are looked after by colleagues",
        check: record_rules::customer_people,
    },
    CoherenceRule {
        name: "customer-contact",
        description: "the last contact is no earlier than any mail or meeting, and not in the future",
        check: record_rules::customer_contact,
    },
    CoherenceRule {
        name: "customer-notes",
        description: "notes are dated, in order, and end on the last contact",
        check: record_rules::customer_notes,
    },
    CoherenceRule {
        name: "customer-follow-up",
        description: "a follow-up comes after the last contact",
        check: record_rules::customer_follow_up,
    },
    CoherenceRule {
        name: "visit-engaged",
        description: "engaged visits look at more than one page",
        check: record_rules::visit_engaged,
    },
    CoherenceRule {
        name: "visit-rhythm",
        description: "weekends have fewer visits, the later half of the period has more",
        check: world_rules::visit_rhythm,
    },
    CoherenceRule {
        name: "variety",
        description: "at least 350 mail bodies, 150 task names, 80 meeting names, 120 companies",
        check: world_rules::variety,
    },
    CoherenceRule {
        name: "life",
        description: "threads, namesakes, cancelled and recurring meetings, letters beyond ASCII and long mails",
        check: world_rules::life,
    },
];

/// Checks every rule. A world without findings is coherent.
pub fn check(world: &World) -> Vec<CoherenceFinding> {
    let tables = OfficeTables::new(world);
    let mut report = CoherenceReport {
        rule: "",
        findings: Vec::new(),
    };
    for rule in RULES {
        report.rule = rule.name;
        (rule.check)(&tables, &mut report);
    }
    report.findings
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::Value;
    use crate::office::generate;
    use crate::row::Row;
    use crate::schema::TableId;

    /// The rules that an office breaks after a column of a table's first row that contains `passes` is overwritten.
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
    fn overlaps_weekend_traffic_and_a_lack_of_variety_are_found() {
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
