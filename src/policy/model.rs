//! A policy as a chat model: it recognises the task by its prompt, reads the conversation back, and says what the policy does next in the
//! form in which it is asked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::{Call, Task};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::{Exchange, Move, Policy, conversation, words};
use crate::model::chat::{Arguments, Message, Reply, Request, Stopped, ToolCall, ToolSpec, Usage};
use crate::model::error::{ErrorKind, ModelError};
use crate::model::{Asking, Model};

/// Letters of a token, about.
const LETTERS: usize = 4;

/// A model that is a policy. Where a request brings a seed, it is the policy's.
pub struct PolicyModel {
    name: String,
    policy: Policy,
    suite: Arc<Suite>,
    by_prompt: HashMap<String, usize>,
}

impl PolicyModel {
    /// A model for the tasks of a suite, which the policy's office is for.
    pub fn new(policy: Policy, suite: &Arc<Suite>) -> PolicyModel {
        let tasks = suite.tasks.iter().enumerate();
        PolicyModel {
            name: format!("scripted:{}", policy.kind()),
            policy,
            by_prompt: tasks
                .map(|(place, task)| (task.prompt.clone(), place))
                .collect(),
            suite: Arc::clone(suite),
        }
    }

    /// The task of a conversation: its first message of the user is a prompt of the suite, or holds one.
    fn task(&self, messages: &[Message]) -> Result<&Task, String> {
        let said = messages.iter().find_map(|message| match message {
            Message::User { text } => Some(text.as_str()),
            _ => None,
        });
        let said = said.ok_or(
            "the conversation has no message of the user: a policy knows its task by the prompt",
        )?;
        let exact = self
            .by_prompt
            .get(said.trim())
            .map(|place| &self.suite.tasks[*place]);
        let held = || {
            let tasks = self
                .suite
                .tasks
                .iter()
                .filter(|task| said.contains(&task.prompt));
            tasks.max_by_key(|task| task.prompt.len())
        };
        exact.or_else(held).ok_or_else(|| {
            let start: String = said.chars().take(200).collect();
            format!(
                "no task of suite {} has the prompt {start:?}: a policy works only on tasks that it has, with their prompts as they are",
                self.suite.header.suite
            )
        })
    }

    fn reply(&self, request: &Request<'_>) -> Result<Reply, String> {
        let task = self.task(request.messages)?;
        let exchanges = conversation::exchanges(request.messages);
        let next = match request.sampling.seed {
            Some(seed) => self.policy.seeded(seed).next(task, &exchanges),
            None => self.policy.next(task, &exchanges),
        };
        let turn = turn(&task.id, exchanges.len());
        let (text, calls) = if request.tools.is_empty() {
            (in_text(&next, &exchanges, turn), Vec::new())
        } else {
            natively(next, request, exchanges.len(), turn)
        };
        let written = text.len() + calls.iter().map(letters_of_call).sum::<usize>();
        Ok(Reply {
            stopped: if calls.is_empty() {
                Stopped::End
            } else {
                Stopped::Calls
            },
            usage: Usage {
                input: tokens(letters_of(request)),
                cached: 0,
                output: tokens(written),
            },
            text,
            calls,
            attempts: 1,
            took: Duration::ZERO,
        })
    }
}

impl Model for PolicyModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask<'a>(&'a self, request: Request<'a>) -> Asking<'a> {
        Box::pin(async move {
            self.reply(&request).map_err(|message| ModelError {
                kind: ErrorKind::Script,
                status: None,
                attempts: 1,
                message,
            })
        })
    }
}

/// A number of the task and the step, to vary words by.
fn turn(task: &str, step: usize) -> u64 {
    let digest = Sha256::digest(task);
    u64::from(digest[0]) + step as u64
}

/// The move as text ReAct.
fn in_text(next: &Move, exchanges: &[Exchange], turn: u64) -> String {
    let refused = exchanges
        .last()
        .is_some_and(|exchange| exchange.result.is_err());
    let reply = |thought: &str, action: &str| {
        format!("Thought: {thought}\nAction:\n```json\n{action}\n```")
    };
    match next {
        Move::Call(call) => reply(
            &words::thought(call, refused, turn),
            &action(call).to_string(),
        ),
        Move::Garbled(call) => {
            // The colon behind the first key is missing, as it is where a model hurries.
            let action = action(call)
                .to_string()
                .replacen("\"action\":", "\"action\" ", 1);
            reply(&words::thought(call, refused, turn), &action)
        }
        Move::Answer(answer) => {
            let action = json!({"action": "Final Answer", "action_input": answer});
            reply(words::last_thought(turn), &action.to_string())
        }
    }
}

fn action(call: &Call) -> Json {
    json!({"action": call.tool, "action_input": call.arguments})
}

/// The move as text and native calls.
fn natively(next: Move, request: &Request<'_>, step: usize, turn: u64) -> (String, Vec<ToolCall>) {
    let (call, broken) = match next {
        Move::Answer(answer) => return (answer, Vec::new()),
        Move::Call(call) => (call, false),
        Move::Garbled(call) => (call, true),
    };
    let thought = words::thought(&call, false, turn);
    let arguments = match call.arguments {
        Json::Object(object) if !broken => Arguments::Object(object),
        other => {
            let mut text = other.to_string();
            text.pop();
            Arguments::Broken(text)
        }
    };
    let call = ToolCall {
        id: format!("call_{step}"),
        name: conversation::offered_name(request.tools, &call.tool),
        arguments,
    };
    (thought, vec![call])
}

fn tokens(letters: usize) -> u64 {
    letters.div_ceil(LETTERS) as u64
}

fn letters_of(request: &Request<'_>) -> usize {
    let messages = request.messages.iter().map(|message| match message {
        Message::System { text } | Message::User { text } => text.len(),
        Message::Assistant { text, calls } => {
            text.len() + calls.iter().map(letters_of_call).sum::<usize>()
        }
        Message::Results { results } => results.iter().map(|result| result.text.len()).sum(),
    });
    messages.sum::<usize>() + request.tools.iter().map(letters_of_tool).sum::<usize>()
}

fn letters_of_call(call: &ToolCall) -> usize {
    let arguments = match &call.arguments {
        Arguments::Object(object) => object
            .iter()
            .map(|(name, value)| name.len() + letters_of_json(value))
            .sum(),
        Arguments::Broken(text) => text.len(),
    };
    call.name.len() + arguments
}

fn letters_of_tool(tool: &ToolSpec) -> usize {
    tool.name.len() + tool.description.len() + letters_of_json(&tool.schema)
}

/// The letters of JSON, about, without writing it.
fn letters_of_json(value: &Json) -> usize {
    const MARKS: usize = 4;
    match value {
        Json::String(text) => text.len() + 2,
        Json::Array(items) => items.iter().map(|item| letters_of_json(item) + 1).sum(),
        Json::Object(fields) => fields
            .iter()
            .map(|(name, value)| name.len() + letters_of_json(value) + MARKS)
            .sum(),
        _ => MARKS,
    }
}
