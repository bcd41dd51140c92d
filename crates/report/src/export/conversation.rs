//! The messages of an episode, from its trace.

use breakroom_tools::session::ToolOutcome;
use serde_json::{Map, Value as Json};

use breakroom_agent::react::state_machine::ReactLoop;
use breakroom_agent::tools::rejection_messages;
use breakroom_model::chat::{Message, ToolArguments, ToolCall, ToolResult};
use breakroom_record::record::EndingRecord;
use breakroom_record::trace::{CallStatus, TraceEvent};

/// The messages of an episode, as they were sent to the model, and its last reply. If no model was asked, the task, the calls as if
/// a model had made them, and the answer.
pub(super) fn conversation(trace: &[TraceEvent], ending: &EndingRecord) -> Vec<Message> {
    let asked = trace
        .iter()
        .any(|line| matches!(line, TraceEvent::Replied { .. }));
    let begun = trace.iter().find_map(|line| match line {
        TraceEvent::Began { messages, tools } => Some((messages.as_slice(), !tools.is_empty())),
        _ => None,
    });
    match begun {
        Some((messages, true)) => native(messages, trace),
        Some((
            [
                Message::System { text: system },
                Message::User { text: task },
            ],
            false,
        )) if asked => text(system, task, trace),
        _ => silent(trace, ending),
    }
}

/// Replays the loop of text ReAct, so that text which the loop cut off is cut off here, too.
fn text(system: &str, task: &str, trace: &[TraceEvent]) -> Vec<Message> {
    let mut react = ReactLoop::new(system.to_owned(), task.to_owned(), usize::MAX);
    for line in trace {
        match line {
            TraceEvent::Replied { text, stopped, .. } => {
                react.reply(text, *stopped);
            }
            TraceEvent::Called { .. } => react.observe(&outcome(line)),
            _ => {}
        }
    }
    react.request().unwrap_or_default().to_vec()
}

fn native(begun: &[Message], trace: &[TraceEvent]) -> Vec<Message> {
    let mut messages = begun.to_vec();
    // The ids of the calls without a result so far.
    let mut ids: Vec<String> = Vec::new();
    for line in trace {
        match line {
            TraceEvent::Replied { text, calls, .. } => {
                ids = calls.iter().rev().map(|call| call.id.clone()).collect();
                messages.push(Message::Assistant {
                    text: text.clone(),
                    calls: calls.clone(),
                });
            }
            TraceEvent::Unreadable { reason } => {
                if let Some(Message::Assistant { text, .. }) = messages.pop() {
                    messages.extend(rejection_messages(&text, reason));
                }
            }
            TraceEvent::Called { .. } => {
                let outcome = outcome(line);
                let result = ToolResult {
                    id: ids.pop().unwrap_or_default(),
                    text: outcome.text(),
                    refused: outcome.is_refused(),
                };
                match messages.last_mut() {
                    Some(Message::Results { results }) => results.push(result),
                    _ => messages.push(Message::Results {
                        results: vec![result],
                    }),
                }
            }
            _ => {}
        }
    }
    messages
}

fn silent(trace: &[TraceEvent], ending: &EndingRecord) -> Vec<Message> {
    let mut messages = Vec::new();
    for line in trace {
        match line {
            TraceEvent::Episode { prompt, .. } => messages.push(Message::User {
                text: prompt.clone(),
            }),
            TraceEvent::Called {
                call,
                tool,
                arguments,
                ..
            } => {
                let id = format!("call_{call}");
                let outcome = outcome(line);
                messages.push(Message::Assistant {
                    text: String::new(),
                    calls: vec![ToolCall {
                        id: id.clone(),
                        name: tool.clone(),
                        arguments: object(arguments),
                    }],
                });
                let (text, refused) = (outcome.text(), outcome.is_refused());
                let results = vec![ToolResult { id, text, refused }];
                messages.push(Message::Results { results });
            }
            _ => {}
        }
    }
    if let Some(text) = &ending.text {
        messages.push(Message::Assistant {
            text: text.clone(),
            calls: Vec::new(),
        });
    }
    messages
}

fn object(arguments: &Json) -> ToolArguments {
    match arguments {
        Json::Object(object) => ToolArguments::Object(object.clone()),
        Json::Null => ToolArguments::Object(Map::new()),
        Json::String(text) => ToolArguments::Malformed(text.clone()),
        other => ToolArguments::Malformed(other.to_string()),
    }
}

/// The outcome of an event's call.
fn outcome(line: &TraceEvent) -> ToolOutcome {
    let TraceEvent::Called {
        outcome, result, ..
    } = line
    else {
        return ToolOutcome::Done(Json::Null);
    };
    let text = || result.as_str().unwrap_or_default().to_owned();
    match outcome {
        CallStatus::Done => ToolOutcome::Done(result.clone()),
        CallStatus::Refused => ToolOutcome::Refused(text()),
        CallStatus::UnknownTool => ToolOutcome::UnknownTool(text()),
    }
}
