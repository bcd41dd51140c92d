//! The events of an episode, as text.

use std::fmt::Write;

use breakroom_tasks::verdict::row_title;
use serde_json::{Value as Json, json};

use breakroom_record::record::{EndingKind, EndingRecord};
use breakroom_record::trace::{CallStatus, RowDiff, TraceEvent};

/// How many characters of a text or a result are shown.
const SHORT: usize = 240;

/// How much of texts and results is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// One line of each.
    Short,
    /// All of it.
    Full,
}

/// The events of a trace between the first and the last.
pub fn timeline(trace: &[TraceEvent], length: Length) -> String {
    let mut text = String::new();
    let mut replies = 0;
    for (place, line) in trace.iter().enumerate() {
        match line {
            TraceEvent::Replied { .. } => {
                replies += 1;
                replied(&mut text, replies, line, &trace[place + 1..], length);
            }
            TraceEvent::Mended { marks } => {
                let marks: Vec<String> = marks.iter().map(|mark| words(json!(mark))).collect();
                let _ = writeln!(text, "      repaired: {}", marks.join(", "));
            }
            TraceEvent::Unreadable { reason } => {
                let _ = writeln!(text, "      sent back: {reason}");
            }
            TraceEvent::Called { .. } => called(&mut text, line, length),
            TraceEvent::Wrote {
                output,
                text: wrote,
            } => {
                let _ = writeln!(text, "      {}:", words(json!(output)));
                quote(&mut text, wrote, length);
            }
            TraceEvent::Episode { .. } | TraceEvent::Began { .. } | TraceEvent::Ended { .. } => {}
        }
    }
    text
}

fn replied(
    text: &mut String,
    number: usize,
    line: &TraceEvent,
    after: &[TraceEvent],
    length: Length,
) {
    let TraceEvent::Replied {
        text: said,
        usage,
        took_ms,
        attempts,
        ..
    } = line
    else {
        return;
    };
    let tokens = usage.input + usage.output;
    let parts = [
        (*took_ms >= 50.0).then(|| format!("{:.1} s", took_ms / 1e3)),
        (tokens > 0).then(|| format!("{tokens} tokens")),
        (*attempts > 1).then(|| format!("{attempts} requests")),
    ];
    let parts = parts.into_iter().flatten();
    let head: Vec<String> = std::iter::once("model".to_owned()).chain(parts).collect();
    let _ = writeln!(text, "{number:>4}  {}", head.join(", "));
    // An action is shown as its call, and an answer as the ending.
    let next = after
        .iter()
        .find(|line| !matches!(line, TraceEvent::Mended { .. }));
    let said = match next {
        Some(TraceEvent::Unreadable { .. }) => said,
        _ if length == Length::Full => said,
        Some(TraceEvent::Called { .. }) => thought(said),
        _ => match thought(said) {
            all if all == said.trim() => "",
            thought => thought,
        },
    };
    quote(text, said, length);
}

fn called(text: &mut String, line: &TraceEvent, length: Length) {
    let TraceEvent::Called {
        call,
        tool,
        arguments,
        outcome,
        result,
        changed,
        disturbed,
        ..
    } = line
    else {
        return;
    };
    let _ = writeln!(text, "      call {call}  {tool} {arguments}");
    if let Some(kind) = disturbed {
        let _ = writeln!(text, "        disturbed: {}", kind.name());
    }
    let told = match result {
        Json::String(result) => cut(result, length),
        Json::Array(rows) if rows.len() > 1 => {
            format!(
                "{} results: {}",
                rows.len(),
                cut(&result.to_string(), length)
            )
        }
        result => cut(&result.to_string(), length),
    };
    let word = match outcome {
        CallStatus::Done => "",
        CallStatus::Refused => "refused: ",
        CallStatus::UnknownTool => "unknown tool: ",
    };
    let _ = writeln!(text, "        -> {word}{told}");
    for step in changed {
        let _ = writeln!(text, "        {}", changed_row(step));
    }
}

/// A row that a call created (`+`), deleted (`-`) or updated (`~`).
fn changed_row(step: &RowDiff) -> String {
    let name = |row: &Json| row_title(&step.table, Some(&step.id), |column| row[column].as_str());
    if step.before.is_null() {
        return format!("+ {}", name(&step.after));
    }
    if step.after.is_null() {
        return format!("- {}", name(&step.before));
    }
    let columns = step.after.as_object().into_iter().flatten();
    let columns = columns.filter(|(column, value)| step.before[column.as_str()] != **value);
    let columns: Vec<String> = columns
        .map(|(column, value)| {
            let short = |value: &Json| cut(&value.to_string(), Length::Short);
            format!(
                "{column}: {} to {}",
                short(&step.before[column.as_str()]),
                short(value)
            )
        })
        .collect();
    format!("~ {}; {}", name(&step.before), columns.join(", "))
}

/// How the agent's work ended, as text.
pub fn ending(ending: &EndingRecord, length: Length) -> String {
    let how = match ending.kind {
        EndingKind::Answered => "answered",
        EndingKind::StepLimit => "stopped: out of steps",
        EndingKind::TimeLimit => "stopped: out of time",
        EndingKind::ContextLimit => "stopped: the conversation was too long",
        EndingKind::ModelRefused => "the model refused",
        EndingKind::ProgramFailed => "the program failed",
        EndingKind::ProgramGaveUp => "the program gave up",
        EndingKind::ProviderFault => "the provider failed",
        EndingKind::HarnessFault => "Breakroom failed",
    };
    match &ending.text {
        Some(text) => format!("{how}: {}", cut(text, length)),
        None => how.to_owned(),
    }
}

/// The part of a reply before its action.
fn thought(text: &str) -> &str {
    let end = ["```", "\nAction", "Action:"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min();
    text[..end.unwrap_or(text.len())].trim()
}

fn quote(into: &mut String, text: &str, length: Length) {
    if text.trim().is_empty() {
        return;
    }
    for line in cut(text.trim(), length).lines() {
        let _ = writeln!(into, "      | {line}");
    }
}

/// A text on one line, shortened unless all of it is wanted.
fn cut(text: &str, length: Length) -> String {
    if length == Length::Full {
        return text.to_owned();
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHORT {
        return line;
    }
    line.chars().take(SHORT - 1).chain(['…']).collect()
}

/// An enum's serialized name, in words.
fn words(name: Json) -> String {
    name.as_str().unwrap_or_default().replace('_', " ")
}
