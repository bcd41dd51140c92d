//! The explanation of a verdict, for people.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value as Json;

use super::{FindingKind, Outcome, RowFinding, Verdict};

impl fmt::Display for Verdict {
    /// The outcome and the summary, then one line for each finding.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.outcome.label(), self.summary())?;
        for row in &self.rows {
            write!(formatter, "\n  {row}")?;
        }
        for found in &self.forbidden {
            write!(formatter, "\n  forbidden: {found}")?;
        }
        if let Some(answer) = self.answer.as_ref().filter(|answer| !answer.right) {
            let (expected, found) = (&answer.expected, &answer.found);
            write!(
                formatter,
                "\n  wrong answer: expected {expected}, got {found:?}"
            )?;
        }
        Ok(())
    }
}

impl Verdict {
    /// The verdict without its findings: how many of the expected changes were made, and how many others.
    pub fn summary(&self) -> String {
        if let Some(fault) = &self.fault {
            return format!("not caused by the agent: {fault}");
        }
        let mut text = match self.expected {
            0 => "no change was expected".to_owned(),
            1 => format!("{} of 1 expected change made", self.matched),
            expected => format!("{} of {expected} expected changes made", self.matched),
        };
        match self.rows.iter().filter(|row| row.is_harm()).count() {
            0 => {}
            1 => text.push_str(", 1 unwanted change"),
            harm => text.push_str(&format!(", {harm} unwanted changes")),
        }
        if self.outcome == Outcome::Asked {
            text.push_str(", the agent asked the user instead");
        }
        if let Some(why) = &self.accepted {
            text.push_str(&format!(" (accepted: {why})"));
        }
        text
    }
}

impl fmt::Display for RowFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, was) = match self.finding {
            FindingKind::Missing => ("missing", "was not"),
            FindingKind::Extra => ("extra", "was"),
            FindingKind::Wrong => ("wrong", "was"),
        };
        write!(formatter, "{kind}: {} {was} {}", self.title(), self.change)?;
        for (index, cause) in self.calls.iter().enumerate() {
            formatter.write_str(if index == 0 { " by call " } else { ", " })?;
            write!(formatter, "{}", cause.call)?;
            if let Some(tool) = &cause.tool {
                write!(formatter, " ({tool})")?;
            }
        }
        for column in &self.columns {
            let name = &column.name;
            let (found, expected) = (quote(&column.found), quote(&column.expected));
            match self.finding {
                FindingKind::Missing => {
                    write!(formatter, "; {name} is still {found}, expected {expected}")
                }
                FindingKind::Extra => write!(formatter, "; {name}: {expected} -> {found}"),
                FindingKind::Wrong => write!(formatter, "; {name} is {found}, expected {expected}"),
            }?;
        }
        match self.severity {
            Some(severity) => write!(formatter, "; {severity}"),
            None => Ok(()),
        }
    }
}

impl RowFinding {
    /// Which row it is, like `calendar.event 00000250 “Tea”`.
    pub fn title(&self) -> String {
        row_title(&self.table, self.id.as_deref(), |column| {
            self.row.text(column)
        })
    }
}

/// Names a row, like `calendar.event 00000250 “Tea”`. `text_of` returns the text in a column.
pub fn row_title<'a>(
    table: &str,
    id: Option<&str>,
    text_of: impl Fn(&str) -> Option<&'a str>,
) -> String {
    let mut parts = vec![table.to_owned()];
    parts.extend(id.map(str::to_owned));
    let names = ["event_name", "task_name", "customer_name", "subject"];
    let name = names.into_iter().find_map(&text_of);
    parts.extend(name.map(|name| format!("“{}”", shorten(name))));
    let recipient = text_of("recipient").or_else(|| text_of("sender/recipient"));
    parts.extend(recipient.map(|recipient| format!("to {recipient}")));
    parts.extend(text_of("event_start").map(|start| format!("on {start}")));
    if let Some(value) = text_of("value_to_plot") {
        let [kind, first, last] =
            ["plot_type", "time_min", "time_max"].map(|column| text_of(column).unwrap_or_default());
        parts.push(format!("{kind} of {value} from {first} to {last}"));
    }
    parts.extend(text_of("path").map(str::to_owned));
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

fn quote(value: &Json) -> String {
    match value {
        Json::String(text) => format!("“{}”", shorten(text)),
        other => other.to_string(),
    }
}

/// At most sixty characters of a text, on one line.
fn shorten(text: &str) -> Cow<'_, str> {
    let line: Cow<'_, str> = if text.contains('\n') {
        Cow::Owned(text.replace('\n', " "))
    } else {
        Cow::Borrowed(text)
    };
    if line.chars().nth(60).is_none() {
        return line;
    }
    Cow::Owned(line.chars().take(59).chain(['…']).collect())
}
