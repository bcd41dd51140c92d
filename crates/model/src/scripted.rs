//! A model that reads its replies from a file, for tests and replays. `docs/models.md` describes the file.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::chat::{ChatRequest, Message, Reply, StopReason, ToolArguments, ToolCall, Usage};
use super::error::{ErrorKind, ModelError};
use super::{Model, ReplyFuture};

/// A model with prepared replies.
#[derive(Debug)]
pub struct ScriptedModel {
    name: String,
    scripts: HashMap<String, Vec<ScriptedReply>>,
    any: Option<Vec<ScriptedReply>>,
    /// The error after the last reply; None for the error that the script has ended.
    final_error: Option<ModelError>,
}

/// One line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptLine {
    #[serde(default)]
    task: Option<String>,
    replies: Vec<ScriptedReply>,
}

/// A reply in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum ScriptedReply {
    /// Text alone.
    Text(String),
    /// Text and native calls.
    Full(ScriptedMessage),
    /// A reply of a recorded run; it never occurs in a file.
    #[serde(skip)]
    Recorded(Reply),
}

/// A reply with text and native calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedMessage {
    #[serde(default)]
    text: String,
    #[serde(default)]
    calls: Vec<ScriptedCall>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptedCall {
    name: String,
    #[serde(default)]
    arguments: Option<Json>,
}

impl ScriptedModel {
    /// A model that repeats recorded replies in order, and then fails with the recorded error, if there was one.
    pub fn recorded(replies: Vec<Reply>, final_error: Option<ModelError>) -> ScriptedModel {
        ScriptedModel {
            any: Some(replies.into_iter().map(ScriptedReply::Recorded).collect()),
            final_error,
            ..ScriptedModel::empty()
        }
    }

    fn empty() -> ScriptedModel {
        ScriptedModel {
            name: "scripted".to_owned(),
            scripts: HashMap::new(),
            any: None,
            final_error: None,
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, a line is not a script, or two lines are for the same task.
    pub fn read(path: &Path) -> Result<ScriptedModel> {
        let context = || format!("cannot read replies from {}", path.display());
        let text = std::fs::read_to_string(path).with_context(context)?;
        let mut scripted = ScriptedModel::parse(&text).with_context(context)?;
        scripted.name = format!("scripted:{}", path.display());
        Ok(scripted)
    }

    /// Parses the text of a file.
    ///
    /// # Errors
    /// A line is not a script, or two lines are for the same task.
    pub fn parse(text: &str) -> Result<ScriptedModel> {
        let mut scripted = ScriptedModel::empty();
        for (index, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let ScriptLine { task, replies } = serde_json::from_str(line)
                .with_context(|| format!("line {} is not a script", index + 1))?;
            let previous = match task {
                Some(task) => scripted.scripts.insert(task, replies),
                None => scripted.any.replace(replies),
            };
            anyhow::ensure!(
                previous.is_none(),
                "line {} is a second script for the same task",
                index + 1
            );
        }
        Ok(scripted)
    }

    fn reply(&self, messages: &[Message]) -> Result<Reply, String> {
        let task = messages.iter().find_map(|message| match message {
            Message::User { text } => Some(text.as_str()),
            _ => None,
        });
        let task = task.unwrap_or_default();
        let script = self.scripts.get(task).or(self.any.as_ref());
        let script = script.ok_or_else(|| {
            format!("no script for the task {task:?}: add a line for it, or one without a task")
        })?;
        let replies_so_far = messages
            .iter()
            .filter(|message| matches!(message, Message::Assistant { .. }))
            .count();
        let reply = script
            .get(replies_so_far)
            .ok_or_else(|| format!("it ends after reply {}", script.len()))?;
        let ScriptedMessage { text, calls } = match reply.clone() {
            ScriptedReply::Text(text) => ScriptedMessage {
                text,
                calls: Vec::new(),
            },
            ScriptedReply::Full(full) => full,
            ScriptedReply::Recorded(reply) => return Ok(reply),
        };
        let calls: Vec<ToolCall> = calls
            .into_iter()
            .enumerate()
            .map(|(index, call)| ToolCall {
                id: format!("call_{replies_so_far}_{index}"),
                name: call.name,
                arguments: match call.arguments {
                    None => ToolArguments::Object(Map::new()),
                    Some(Json::Object(object)) => ToolArguments::Object(object),
                    Some(Json::String(text)) => ToolArguments::parse(&text),
                    Some(other) => ToolArguments::Malformed(other.to_string()),
                },
            })
            .collect();
        Ok(Reply {
            text,
            stop_reason: if calls.is_empty() {
                StopReason::End
            } else {
                StopReason::Calls
            },
            calls,
            usage: Usage::default(),
            attempts: 1,
            took: Duration::ZERO,
        })
    }
}

impl Model for ScriptedModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask<'a>(&'a self, request: ChatRequest<'a>) -> ReplyFuture<'a> {
        Box::pin(async move {
            self.reply(request.messages).map_err(|message| {
                self.final_error.clone().unwrap_or(ModelError {
                    kind: ErrorKind::Script,
                    status: None,
                    attempts: 1,
                    message,
                })
            })
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn user(text: &str) -> Message {
        Message::User { text: text.into() }
    }

    #[test]
    fn a_reply_is_chosen_by_task_and_by_the_number_of_earlier_replies() {
        let scripted = ScriptedModel::parse(
            "{\"task\": \"one\", \"replies\": [\"first\", {\"calls\": [{\"name\": \"a\", \"arguments\": \"no json\"}]}]}\n\n{\"replies\": [\"any\"]}\n",
        )
        .unwrap();
        let first = scripted.reply(&[user("one")]).unwrap();
        assert_eq!(first.text, "first");
        let second = scripted
            .reply(&[user("one"), first.message(), user("two")])
            .unwrap();
        assert_eq!(
            second.calls[0].arguments,
            ToolArguments::Malformed("no json".into())
        );
        assert_eq!(second.stop_reason, StopReason::Calls);
        assert_eq!(scripted.reply(&[user("other")]).unwrap().text, "any");
        assert!(
            scripted
                .reply(&[user("other"), first.message()])
                .unwrap_err()
                .contains("after reply 1")
        );
    }

    #[test]
    fn malformed_lines_are_named() {
        for wrong in [
            "nothing",
            "{\"replies\": []}\n{\"replies\": []}",
            "{\"replies\": [], \"x\": 1}",
        ] {
            let error = format!("{:#}", ScriptedModel::parse(wrong).unwrap_err());
            assert!(error.contains("line "), "{error}");
        }
    }
}
