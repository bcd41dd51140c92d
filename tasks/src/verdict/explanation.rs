//! A verdict in words that a person reads at a glance.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value as Json;

use super::{FindingKind, Outcome, RowFinding, Verdict};

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.explanation())
    }
}

impl Verdict {
    /// All of it: one line, and one for each finding.
    // Every episode of a server is told in words, so they are put together without the machinery of formats.
    pub fn explanation(&self) -> String {
        let mut text = String::with_capacity(256 * (1 + self.rows.len()));
        text.push_str(match self.outcome {
            Outcome::SideEffects => "side effects",
            outcome => outcome.name(),
        });
        text.push_str(": ");
        text.push_str(&self.summary());
        for row in &self.rows {
            text.push_str("\n  ");
            row.write_explanation(&mut text);
        }
        for found in &self.forbidden {
            text.push_str("\n  must not be there: ");
            text.push_str(found);
        }
        if let Some(answer) = self.answer.as_ref().filter(|answer| !answer.right) {
            let (expected, found) = (&answer.expected, &answer.found);
            text.push_str(&format!("\n  answer: expected {expected}, found {found:?}"));
        }
        text
    }

    /// One line: what was done of what was to be done, and how much too much.
    pub fn summary(&self) -> String {
        if let Some(fault) = &self.fault {
            return format!("ours, not the agent's: {fault}");
        }
        let harm = self.rows.iter().filter(|row| row.is_harm()).count();
        let mut text = match (self.expected, self.matched) {
            (0, _) => "nothing was to be changed".to_owned(),
            (expected, matched) if expected == matched => changes(expected) + " made",
            (expected, matched) => format!("{matched} of {} made", changes(expected)),
        };
        if harm > 0 {
            text.push_str(", ");
            text.push_str(&changes(harm));
            text.push_str(" made that should not have been");
        }
        if self.outcome == Outcome::Asked {
            text.push_str(", and the agent asked the user back");
        }
        if let Some(why) = &self.accepted {
            text.push_str(&format!(" ({why})"));
        }
        text
    }
}

fn changes(count: usize) -> String {
    if count == 1 {
        "one change".to_owned()
    } else {
        count.to_string() + " changes"
    }
}

impl fmt::Display for RowFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write_explanation(&mut text);
        formatter.write_str(&text)
    }
}

impl RowFinding {
    fn write_explanation(&self, text: &mut String) {
        text.push_str(match self.finding {
            FindingKind::Missing => "missing ",
            FindingKind::Extra => "extra   ",
            FindingKind::Wrong => "wrong   ",
        });
        text.push_str(&self.change);
        text.push(' ');
        text.push_str(&self.title());
        for column in &self.columns {
            let (before, between) = match self.finding {
                FindingKind::Missing => ("still ", "expected"),
                FindingKind::Extra => ("", "was"),
                FindingKind::Wrong => ("", "expected"),
            };
            let (found, expected) = (quote(&column.found), quote(&column.expected));
            text.push_str(&format!(
                "; {}: {before}{found}, {between} {expected}",
                column.name
            ));
        }
        for (place, made) in self.calls.iter().enumerate() {
            text.push_str(if place == 0 { "; by call " } else { ", " });
            text.push_str(&made.call.to_string());
            if let Some(tool) = &made.tool {
                text.push_str(" (");
                text.push_str(tool);
                text.push(')');
            }
        }
        if let Some(severity) = &self.severity {
            text.push_str("; ");
            text.push_str(&severity.describe());
        }
    }

    /// Which row it is, like `calendar.event 00000250 “Tea”`.
    pub fn title(&self) -> String {
        row_title(&self.table, self.id.as_deref(), |column| {
            self.row.text(column)
        })
    }
}

/// A row in words, like `calendar.event 00000250 “Tea”`; `part` says what text a column holds.
pub fn row_title<'a>(
    table: &str,
    id: Option<&str>,
    part: impl Fn(&str) -> Option<&'a str>,
) -> String {
    let mut text = table.to_owned();
    let mut add = |part: &[&str]| {
        text.push_str(if text.is_empty() { "" } else { " " });
        text.extend(part.iter().copied());
    };
    if let Some(id) = id.filter(|id| !id.is_empty()) {
        add(&[id]);
    }
    // What a person knows the row by.
    let names = ["event_name", "task_name", "customer_name", "subject"];
    if let Some(name) = names.into_iter().find_map(&part) {
        add(&["“", &shorten(name), "”"]);
    }
    if let Some(whom) = part("recipient").or_else(|| part("sender/recipient")) {
        add(&["to ", whom]);
    }
    if let Some(start) = part("event_start") {
        add(&["on ", start]);
    }
    if let Some(value) = part("value_to_plot") {
        let [kind, first, last] =
            ["plot_type", "time_min", "time_max"].map(|column| part(column).unwrap_or_default());
        add(&[kind, " of ", value, " from ", first, " to ", last]);
    }
    if let Some(path) = part("path") {
        add(&[path]);
    }
    text
}

fn quote(value: &Json) -> String {
    match value {
        Json::String(text) => format!("“{}”", shorten(text)),
        other => other.to_string(),
    }
}

/// At most sixty letters of a text, on one line.
fn shorten(text: &str) -> Cow<'_, str> {
    let fits = text.len() <= 60 || text.chars().nth(60).is_none();
    if fits && !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let line = text.replace('\n', " ");
    if fits {
        return Cow::Owned(line);
    }
    Cow::Owned(line.chars().take(59).chain(['…']).collect())
}
