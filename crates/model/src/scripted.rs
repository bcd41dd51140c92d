//! Replies from a file, for tests and for playing something again; `docs/models.md` says what the file looks like.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::chat::{ChatRequest, Message, Reply, StopReason, ToolArguments, ToolCall, Usage};
use super::error::{ErrorKind, ModelError};
use super::{Model, ReplyFuture};

/// A model that says what its file says.
#[derive(Debug)]
pub struct ScriptedModel {
    name: String,
    scripts: HashMap<String, Vec<WireReply>>,
    any: Option<Vec<WireReply>>,
    /// What comes after the last reply; where there is none, that the script has no more.
    then: Option<ModelError>,
}

/// One line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    task: Option<String>,
    replies: Vec<WireReply>,
}

/// A reply as the file has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum WireReply {
    /// Text alone.
    Text(String),
    /// Text and native calls.
    Full(Full),
    /// What a model said in a run that was recorded; no file has it.
    #[serde(skip)]
    Recorded(Reply),
}

/// A reply of text and native calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Full {
    #[serde(default)]
    text: String,
    #[serde(default)]
    calls: Vec<WireCall>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCall {
    name: String,
    #[serde(default)]
    arguments: Option<Json>,
}

impl ScriptedModel {
    /// A model that says again what one said before, one reply after the other, and then fails as that one did, if it did.
    pub fn recorded(replies: Vec<Reply>, then: Option<ModelError>) -> ScriptedModel {
        ScriptedModel {
            any: Some(replies.into_iter().map(WireReply::Recorded).collect()),
            then,
            ..ScriptedModel::empty()
        }
    }

    fn empty() -> ScriptedModel {
        ScriptedModel {
            name: "scripted".to_owned(),
            scripts: HashMap::new(),
            any: None,
            then: None,
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, a line is no script, or two are for the same task.
    pub fn read(path: &Path) -> Result<ScriptedModel> {
        let place = || format!("cannot read replies from {}", path.display());
        let text = std::fs::read_to_string(path).with_context(place)?;
        let mut scripted = ScriptedModel::parse(&text).with_context(place)?;
        scripted.name = format!("scripted:{}", path.display());
        Ok(scripted)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// A line is no script, or two are for the same task.
    pub fn parse(text: &str) -> Result<ScriptedModel> {
        let mut scripted = ScriptedModel::empty();
        for (index, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let Line { task, replies } = serde_json::from_str(line)
                .with_context(|| format!("line {} is no script", index + 1))?;
            let twice = match task {
                Some(task) => scripted.scripts.insert(task, replies),
                None => scripted.any.replace(replies),
            };
            anyhow::ensure!(
                twice.is_none(),
                "line {} is for a task that has a script",
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
        let script = script
            .ok_or_else(|| format!("no line is for the task {task:?}, and none is for any"))?;
        let said = messages
            .iter()
            .filter(|message| matches!(message, Message::Assistant { .. }))
            .count();
        let reply = script.get(said).ok_or_else(|| {
            format!(
                "the script has {} replies, and was asked for one more",
                script.len()
            )
        })?;
        let Full { text, calls } = match reply.clone() {
            WireReply::Text(text) => Full {
                text,
                calls: Vec::new(),
            },
            WireReply::Full(full) => full,
            WireReply::Recorded(reply) => return Ok(reply),
        };
        let calls: Vec<ToolCall> = calls
            .into_iter()
            .enumerate()
            .map(|(number, call)| ToolCall {
                id: format!("call_{said}_{number}"),
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
                self.then.clone().unwrap_or(ModelError {
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
    fn replies_go_by_task_and_by_what_was_said() {
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
                .contains("1 replies")
        );
    }

    #[test]
    fn wrong_lines_are_named() {
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
