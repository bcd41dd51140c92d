//! Reading a conversation back: what was called, and what that came to, in text ReAct and in native calls alike.

use breakroom_tasks::task::Call;
use breakroom_tools::native;
use serde_json::Value as Json;

use super::Exchange;
use super::plan::underscored;
use crate::model::chat::{Message, ToolCall, ToolResult, ToolSpec};
use crate::react::parse::{self, Step};

/// The exchanges of a conversation, in order. What is said without a call, and a call without a result, is none.
pub(super) fn exchanges(messages: &[Message]) -> Vec<Exchange> {
    let mut exchanges = Vec::new();
    for pair in messages.windows(2) {
        match pair {
            [
                Message::Assistant { text, calls },
                Message::User { text: observation },
            ] if calls.is_empty() => {
                exchanges.extend(said(text, observation));
            }
            [
                Message::Assistant { calls, .. },
                Message::Results { results },
            ] => {
                exchanges.extend(results.iter().filter_map(|result| called(calls, result)));
            }
            _ => {}
        }
    }
    exchanges
}

/// The exchange of a text and its observation.
fn said(text: &str, observation: &str) -> Option<Exchange> {
    let observation = observation.trim_start();
    let observation = observation.strip_prefix("Observation:")?.trim_start();
    match parse::step(text) {
        Step::Action(action) => Some(Exchange {
            call: Some(Call {
                tool: known_name(&action.tool),
                arguments: action.arguments,
            }),
            result: read(observation),
        }),
        Step::Unreadable { .. } => Some(Exchange {
            call: None,
            result: Err(observation.to_owned()),
        }),
        Step::Final(_) => None,
    }
}

/// The exchange of a native call and its result.
fn called(calls: &[ToolCall], result: &ToolResult) -> Option<Exchange> {
    let call = calls.iter().find(|call| call.id == result.id)?;
    Some(Exchange {
        call: Some(Call {
            tool: known_name(&call.name),
            arguments: call.arguments.to_json(),
        }),
        result: if result.refused {
            Err(result.text.clone())
        } else {
            read(&result.text)
        },
    })
}

/// A result as data; the text of a refusal is none.
fn read(text: &str) -> Result<Json, String> {
    serde_json::from_str(text).map_err(|_| text.to_owned())
}

/// The tool that a name means. Frameworks put words before it, such as the name of a server.
fn known_name(name: &str) -> String {
    let name = underscored(name);
    let known = native::catalog()
        .iter()
        .find(|tool| name.ends_with(&tool.name));
    known.map_or(name, |tool| tool.name.clone())
}

/// The name under which a tool is offered.
pub(super) fn offered_name(tools: &[ToolSpec], tool: &str) -> String {
    let offered = tools.iter().find(|offered| offered.name.ends_with(tool));
    offered.map_or(tool, |offered| &offered.name).to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::chat::Arguments;
    use serde_json::json;

    fn user(text: &str) -> Message {
        Message::User { text: text.into() }
    }

    fn assistant(text: &str, calls: Vec<ToolCall>) -> Message {
        Message::Assistant {
            text: text.into(),
            calls,
        }
    }

    #[test]
    fn text_is_read_back_as_calls_and_results() {
        let action = "Thought: a\nAction:\n```json\n{\"action\": \"calendar.delete_event\", \"action_input\": {\"event_id\": \"1\"}}\n```";
        let read = exchanges(&[
            user("task"),
            assistant(action, Vec::new()),
            user("Observation: refused: there is no event 1"),
            assistant("Thought: hm", Vec::new()),
            user("Observation: nothing was done, since there is a thought"),
            assistant(action, Vec::new()),
            user("Observation: {\"deleted\": {}}"),
            assistant(action, Vec::new()),
        ]);
        let call = Call {
            tool: "calendar_delete_event".into(),
            arguments: json!({"event_id": "1"}),
        };
        assert_eq!(read.len(), 3);
        assert_eq!(read[0].call, Some(call.clone()));
        assert_eq!(read[0].result, Err("refused: there is no event 1".into()));
        assert_eq!(read[1].call, None);
        assert!(read[2].is_of(&call));
        assert_eq!(read[2].result, Ok(json!({"deleted": {}})));
    }

    #[test]
    fn native_calls_are_read_back_by_their_ids_whatever_stands_before_the_tool() {
        let call = |id: &str, name: &str| ToolCall {
            id: id.into(),
            name: name.into(),
            arguments: Arguments::Object(serde_json::Map::new()),
        };
        let result = |id: &str, refused: bool| ToolResult {
            id: id.into(),
            text: "{}".into(),
            refused,
        };
        let read = exchanges(&[
            user("task"),
            assistant(
                "",
                vec![
                    call("a", "office__email_search_emails"),
                    call("b", "no_such_tool"),
                ],
            ),
            Message::Results {
                results: vec![result("b", true), result("a", false)],
            },
        ]);
        let tools: Vec<&str> = read
            .iter()
            .map(|exchange| exchange.call.as_ref().unwrap().tool.as_str())
            .collect();
        assert_eq!(tools, ["no_such_tool", "email_search_emails"]);
        assert_eq!(read[0].result, Err("{}".into()));
        assert_eq!(read[1].result, Ok(json!({})));
    }
}
