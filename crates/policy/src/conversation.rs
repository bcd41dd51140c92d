//! Parses a conversation into calls and results, for text ReAct and native calls alike.

use breakroom_tasks::task::Call;
use breakroom_tools::native;

use super::plan::underscored;
use super::{Exchange, tool_results};
use breakroom_agent::react::json_repair;
use breakroom_agent::react::parse::{self, ParsedReply};
use breakroom_model::chat::{Message, ToolArguments, ToolCall, ToolResult, ToolSpec};

/// The exchanges of a conversation, in order. Messages without a call, and calls without a result, are ignored.
pub(super) fn exchanges(messages: &[Message]) -> Vec<Exchange> {
    let mut exchanges = Vec::new();
    let mut made: Vec<&ToolCall> = Vec::new();
    let mut spoken = None;
    for message in messages {
        match message {
            Message::Assistant { text, calls } if calls.is_empty() => spoken = Some(text),
            Message::Assistant { calls, .. } => made.extend(calls),
            Message::User { text } => {
                exchanges.extend(
                    spoken
                        .take()
                        .into_iter()
                        .flat_map(|said| text_exchanges(said, text)),
                );
            }
            Message::Results { results } => {
                exchanges.extend(
                    results
                        .iter()
                        .filter_map(|result| native_exchange(&made, result)),
                );
            }
            Message::System { .. } => {}
        }
    }
    exchanges
}

/// The exchanges of a text message and the text that came back.
fn text_exchanges(said: &str, observation: &str) -> Vec<Exchange> {
    let observation = observation.trim();
    let (observation, failed) = match observation.strip_prefix("Observation:") {
        Some(observation) => (observation.trim_start(), false),
        // How smolagents reports that a call failed.
        None if observation.contains("Error:\n") => (observation, true),
        None => return Vec::new(),
    };
    let read = |text: &str| {
        if failed {
            Err(text.to_owned())
        } else {
            tool_results::parse(text)
        }
    };
    let calls = calls_in_text(said);
    if !calls.is_empty() {
        let mut observations = tool_results::split(observation);
        if observations.len() != calls.len() {
            observations = vec![observation; calls.len()];
        }
        return calls
            .into_iter()
            .zip(observations)
            .map(|(call, observation)| Exchange {
                call: Some(call),
                result: read(observation),
            })
            .collect();
    }
    let exchange = match parse::parse_reply(said) {
        ParsedReply::Action(action) => Exchange {
            call: Some(Call {
                tool: known_name(&action.tool),
                arguments: action.arguments,
            }),
            result: read(observation),
        },
        ParsedReply::Unreadable { .. } => Exchange {
            call: None,
            result: Err(observation.to_owned()),
        },
        ParsedReply::FinalAnswer(_) => return Vec::new(),
    };
    vec![exchange]
}

/// The native calls that smolagents writes into the text of a message.
fn calls_in_text(said: &str) -> Vec<Call> {
    let Some((_, list)) = said.split_once("Calling tools:\n") else {
        return Vec::new();
    };
    let list = json_repair::parse(list.trim_start())
        .map(|read| read.value)
        .unwrap_or_default();
    let calls = list.as_array().into_iter().flatten();
    let calls = calls.filter_map(|call| {
        let function = &call["function"];
        Some(Call {
            tool: known_name(function["name"].as_str()?),
            arguments: ToolArguments::from_json(function["arguments"].clone()).to_json(),
        })
    });
    calls.collect()
}

/// The exchange of a native call and its result. If an id was reused, the last call counts.
fn native_exchange(made: &[&ToolCall], result: &ToolResult) -> Option<Exchange> {
    let call = made.iter().rev().find(|call| call.id == result.id)?;
    Some(Exchange {
        call: Some(Call {
            tool: known_name(&call.name),
            arguments: call.arguments.to_json(),
        }),
        result: if result.refused {
            Err(result.text.clone())
        } else {
            tool_results::parse(&result.text)
        },
    })
}

/// A name in the form of tool names: some frameworks replace underscores by dots, dashes or slashes.
fn normalize_name(name: &str) -> String {
    name.replace(|letter: char| !letter.is_alphanumeric(), "_")
}

/// The tool that a name means. Frameworks add prefixes, such as the name of a server.
fn known_name(name: &str) -> String {
    let name = normalize_name(name);
    let known = native::catalog().iter();
    let known = known.filter(|tool| name.ends_with(&tool.name));
    known
        .max_by_key(|tool| tool.name.len())
        .map_or(name, |tool| tool.name.clone())
}

/// The name under which a tool is offered.
pub fn offered_name(tools: &[ToolSpec], tool: &str) -> String {
    let tool = underscored(tool);
    let mut fitting: Vec<&ToolSpec> = tools
        .iter()
        .filter(|offered| normalize_name(&offered.name).ends_with(&tool))
        .collect();
    // Prefer the shortest prefix.
    fitting.sort_by_key(|offered| offered.name.len());
    fitting.first().map_or(tool, |offered| offered.name.clone())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
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
    fn text_is_parsed_into_calls_and_results() {
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
    fn native_calls_are_matched_by_id_whatever_the_prefix_of_the_tool() {
        let call = |id: &str, name: &str| ToolCall {
            id: id.into(),
            name: name.into(),
            arguments: ToolArguments::Object(serde_json::Map::new()),
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

    #[test]
    fn calls_in_text_are_parsed() {
        let said = "I look.\nCalling tools:\n[{'id': 'c1', 'type': 'function', 'function': {'name': 'calendar_search_events', 'arguments': {'query': \"Ana's\"}}}, {'id': 'c2', 'type': 'function', 'function': {'name': 'noop', 'arguments': {}}}]";
        let read = exchanges(&[
            assistant(said, Vec::new()),
            user("Observation:\n{\"total\": 1}\n{'total': None}"),
            assistant(said, Vec::new()),
            user("Call id: c1\nError:\nno such thing"),
        ]);
        assert_eq!(read.len(), 4);
        assert!(read[0].is_of(&Call {
            tool: "calendar_search_events".into(),
            arguments: json!({"query": "Ana's"}),
        }));
        assert_eq!(read[0].result, Ok(json!({"total": 1})));
        assert_eq!(read[1].result, Ok(json!({"total": null})));
        assert!(read[2].result.is_err());
    }

    #[test]
    fn tools_are_found_in_every_spelling_of_a_client() {
        let offered = |name: &str| ToolSpec {
            name: name.into(),
            description: String::new(),
            schema: json!({}),
        };
        for name in [
            "calendar_search_events",
            "calendar.search_events",
            "mcp__office__calendar_search_events",
            "office-calendar.search_events",
        ] {
            let tools = [offered("x"), offered(name)];
            assert_eq!(offered_name(&tools, "calendar_search_events"), name);
            assert_eq!(offered_name(&tools, "calendar.search_events"), name);
            assert_eq!(known_name(name), "calendar_search_events");
        }
        assert_eq!(offered_name(&[], "email.send_email"), "email_send_email");
    }
}
