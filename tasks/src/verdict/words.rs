//! A verdict in words that a person reads at a glance.

use std::fmt;

use serde_json::Value as Json;

use super::{Finding, Outcome, RowFinding, Verdict};

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: {}",
            self.outcome.name().replace('_', " "),
            self.summary()
        )?;
        for row in &self.rows {
            write!(formatter, "\n  {row}")?;
        }
        for found in &self.forbidden {
            write!(formatter, "\n  must not be there: {found}")?;
        }
        if let Some(answer) = self.answer.as_ref().filter(|answer| !answer.right) {
            write!(
                formatter,
                "\n  answer: expected {}, found {:?}",
                answer.expected, answer.found
            )?;
        }
        Ok(())
    }
}

impl Verdict {
    /// One line: what was done of what was to be done, and how much too much.
    pub fn summary(&self) -> String {
        if let Some(fault) = &self.fault {
            return format!("ours, not the agent's: {fault}");
        }
        let harm = self.rows.iter().filter(|row| row.is_harm()).count();
        let mut text = match (self.expected, self.matched) {
            (0, _) => "nothing was to be changed".to_owned(),
            (expected, matched) if expected == matched => format!("{} made", changes(expected)),
            (expected, matched) => format!("{matched} of {} made", changes(expected)),
        };
        if harm > 0 {
            text.push_str(&format!(
                ", {} made that should not have been",
                changes(harm)
            ));
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
        format!("{count} changes")
    }
}

impl fmt::Display for RowFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finding = match self.finding {
            Finding::Missing => "missing",
            Finding::Extra => "extra  ",
            Finding::Wrong => "wrong  ",
        };
        write!(formatter, "{finding} {} {}", self.change, self.title())?;
        for column in &self.columns {
            let (found, expected) = (short(&column.found), short(&column.expected));
            let (before, between) = match self.finding {
                Finding::Missing => ("still ", "expected"),
                Finding::Extra => ("", "was"),
                Finding::Wrong => ("", "expected"),
            };
            write!(
                formatter,
                "; {}: {before}{found}, {between} {expected}",
                column.name
            )?;
        }
        if !self.calls.is_empty() {
            let calls: Vec<String> = self
                .calls
                .iter()
                .map(|made| {
                    made.tool.as_ref().map_or_else(
                        || made.call.to_string(),
                        |tool| format!("{} ({tool})", made.call),
                    )
                })
                .collect();
            write!(formatter, "; by call {}", calls.join(", "))?;
        }
        if let Some(severity) = &self.severity {
            write!(formatter, "; {}", severity.words())?;
        }
        Ok(())
    }
}

impl RowFinding {
    /// Which row it is, like `calendar.event 00000250 “Tea”`.
    pub fn title(&self) -> String {
        title(&self.table, self.id.as_deref(), &self.row)
    }
}

/// A row in words, like `calendar.event 00000250 “Tea”`.
pub fn title(table: &str, id: Option<&str>, row: &Json) -> String {
    let name = name(row);
    let parts = [Some(table), id, Some(name.as_str())];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// What a person knows the row by.
fn name(row: &Json) -> String {
    let text = |column: &str| row[column].as_str();
    let quoted = |column: &str| text(column).map(|text| format!("“{}”", cut(text)));
    let to = |column: &str| text(column).map(|text| format!("to {text}"));
    let parts = [
        quoted("event_name")
            .or_else(|| quoted("task_name"))
            .or_else(|| quoted("customer_name"))
            .or_else(|| quoted("subject")),
        to("recipient").or_else(|| to("sender/recipient")),
        text("event_start").map(|start| format!("on {start}")),
        text("value_to_plot").map(|value| {
            let part = |column: &str| text(column).unwrap_or_default();
            format!(
                "{} of {value} from {} to {}",
                part("plot_type"),
                part("time_min"),
                part("time_max")
            )
        }),
        text("path").map(str::to_owned),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn short(value: &Json) -> String {
    match value {
        Json::String(text) => format!("“{}”", cut(text)),
        other => other.to_string(),
    }
}

/// At most sixty letters of a text, on one line.
fn cut(text: &str) -> String {
    let line = text.replace('\n', " ");
    if line.chars().count() <= 60 {
        return line;
    }
    line.chars().take(59).chain(['…']).collect()
}
