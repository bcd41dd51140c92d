//! The ids and addresses that the agent was shown before it used them. In case of doubt a value counts as shown, so a guess is a value that the agent
//! cannot have read anywhere.

use std::collections::HashSet;

use breakroom_tools::native;
use serde_json::Value as Json;

use super::evidence::{CallEvent, Evidence, call_event};
use crate::trace::TraceEvent;
use breakroom_model::chat::Message;

/// An argument whose value the agent was never shown.
pub(super) struct GuessedArgument<'a> {
    pub(super) call: u32,
    pub(super) tool: &'a str,
    pub(super) argument: &'a str,
    pub(super) value: String,
}

#[derive(Default)]
struct ShownValues {
    addresses: HashSet<String>,
    /// Without leading zeros.
    numbers: HashSet<String>,
}

/// The arguments of an episode that the agent was never shown.
pub(super) fn guessed_arguments<'a>(evidence: &Evidence<'a>) -> Vec<GuessedArgument<'a>> {
    let mut seen = ShownValues::default();
    seen.text(evidence.owner, 1);
    // A model reads results only with its next request, so calls in one reply do not know each other's results.
    let mut unread: Vec<&Json> = Vec::new();
    let asks = evidence
        .trace
        .iter()
        .any(|event| matches!(event, TraceEvent::Replied { .. }));
    let mut guessed_arguments = Vec::new();
    for event in evidence.trace {
        match event {
            TraceEvent::Episode { prompt, .. } => seen.text(prompt, 1),
            // The task's prompt is read from `Episode`; what remains are instructions and schemas.
            TraceEvent::Began { messages, .. } => {
                messages.iter().for_each(|message| match message {
                    Message::System { text } | Message::User { text } => seen.text(text, LONG),
                    // A conversation does not begin with these.
                    Message::Assistant { .. } | Message::Results { .. } => {}
                });
            }
            TraceEvent::Replied { .. } => {
                unread.drain(..).for_each(|result| seen.json(result, LONG))
            }
            _ => {}
        }
        let Some(call) = call_event(event) else {
            continue;
        };
        guessed_arguments.extend(seen.missing(call));
        if asks {
            unread.push(call.result);
        } else {
            seen.json(call.result, LONG);
        }
    }
    guessed_arguments
}

/// In results and instructions, a run of digits shorter than this is a figure or part of a date rather than an id, unless it is the whole text.
const LONG: usize = 4;

impl ShownValues {
    fn json(&mut self, value: &Json, shortest: usize) {
        match value {
            Json::String(text) if is_number(text) => self.text(text, 1),
            Json::String(text) => self.text(text, shortest),
            Json::Array(values) => values.iter().for_each(|value| self.json(value, shortest)),
            Json::Object(fields) => fields.values().for_each(|value| self.json(value, shortest)),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, shortest: usize) {
        let numbers = text.split(|letter: char| !letter.is_ascii_digit());
        let numbers = numbers.filter(|number| number.len() >= shortest && !number.is_empty());
        self.numbers
            .extend(numbers.map(|number| bare(number).to_owned()));
        let addresses = text.split(|letter: char| !is_address_letter(letter));
        let addresses = addresses.filter(|address| address.contains('@'));
        self.addresses
            .extend(addresses.map(|address| address.trim_end_matches('.').to_lowercase()));
    }

    fn missing<'a>(&self, call: CallEvent<'a>) -> Vec<GuessedArgument<'a>> {
        let writes = native::find(call.tool).is_ok_and(|tool| tool.writes());
        let arguments = call.arguments.as_object().into_iter().flatten();
        let guessed = arguments.filter_map(|(name, value)| {
            let text = match value {
                Json::String(text) => text.trim().to_owned(),
                Json::Number(number) => number.to_string(),
                _ => return None,
            };
            let guessed = if name.ends_with("_id") {
                is_number(&text) && !self.numbers.contains(bare(&text))
            } else {
                writes && is_address(&text) && !self.addresses.contains(&text.to_lowercase())
            };
            guessed.then(|| GuessedArgument {
                call: call.number,
                tool: call.tool,
                argument: name,
                value: text,
            })
        });
        guessed.collect()
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number without leading zeros.
fn bare(number: &str) -> &str {
    match number.trim_start_matches('0') {
        "" => "0",
        bare => bare,
    }
}

fn is_address_letter(letter: char) -> bool {
    letter.is_alphanumeric() || "@._%+-'".contains(letter)
}

fn is_address(text: &str) -> bool {
    text.contains('@') && text.chars().all(is_address_letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_in_texts_and_results_count_as_shown() {
        let mut seen = ShownValues::default();
        seen.text("Mail Ana.Bell@x.example. Event 7, please.", 1);
        seen.json(
            &json!([{"event_id": "00000042", "duration": 30, "note": "3 of 20260611"}]),
            LONG,
        );
        assert!(seen.addresses.contains("ana.bell@x.example"));
        for number in ["7", "42", "20260611"] {
            assert!(seen.numbers.contains(number), "{number}");
        }
        for number in ["30", "3"] {
            assert!(!seen.numbers.contains(number), "{number}");
        }
    }
}
