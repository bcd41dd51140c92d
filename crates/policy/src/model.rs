//! A policy as a chat model: it recognises the task by its prompt, reads the conversation back, and says what the policy does next in the
//! form in which it is asked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::{Call, Task};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

pub use super::conversation::offered_name;
use super::{Exchange, Move, Policy, conversation, words};
use breakroom_model::chat::{
    ChatRequest, Message, Reply, StopReason, ToolArguments, ToolCall, ToolSpec, Usage,
};
use breakroom_model::error::{ErrorKind, ModelError};
use breakroom_model::{Model, ReplyFuture};

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

    /// The task of a conversation: a message of the user, or else the system's, is a prompt of the suite, or holds one.
    fn task(&self, messages: &[Message]) -> Result<&Task, String> {
        let of_user = messages.iter().filter_map(|message| match message {
            Message::User { text } => Some(text.as_str()),
            _ => None,
        });
        let of_system = messages.iter().filter_map(|message| match message {
            Message::System { text } => Some(text.as_str()),
            _ => None,
        });
        let said = of_user.clone().next().or(of_system.clone().next()).ok_or(
            "the conversation has no message of the user: a policy knows its task by the prompt",
        )?;
        let found = of_user
            .chain(of_system)
            .find_map(|text| self.prompt_in(text));
        found.ok_or_else(|| {
            let start: String = said.chars().take(200).collect();
            format!(
                "no task of suite {} has the prompt {start:?}: a policy works only on tasks that it has, with their prompts as they are",
                self.suite.header.suite
            )
        })
    }

    fn prompt_in(&self, text: &str) -> Option<&Task> {
        if let Some(place) = self.by_prompt.get(text.trim()) {
            return Some(&self.suite.tasks[*place]);
        }
        let tasks = self.suite.tasks.iter();
        let held = tasks.filter(|task| text.contains(&task.prompt));
        held.max_by_key(|task| task.prompt.len())
    }

    /// What comes next in a conversation, in no form yet.
    pub fn turn(&self, messages: &[Message], seed: Option<u64>) -> Result<Turn<'_>, String> {
        let task = self.task(messages)?;
        let exchanges = conversation::exchanges(messages);
        let next = self.seeded(seed).next(task, &exchanges);
        Ok(Turn {
            task,
            number: turn(&task.id, exchanges.len()),
            exchanges,
            next,
        })
    }

    /// What would come next once these calls, too, have been carried out, whatever they return.
    pub fn after(&self, turn: &Turn<'_>, calls: &[Call], seed: Option<u64>) -> Move {
        let done = calls.iter().map(|call| Exchange {
            call: Some(call.clone()),
            result: Ok(Json::Null),
        });
        let exchanges: Vec<Exchange> = turn.exchanges.iter().cloned().chain(done).collect();
        self.seeded(seed).next(turn.task, &exchanges)
    }

    fn seeded(&self, seed: Option<u64>) -> Policy {
        match seed {
            Some(seed) => self.policy.seeded(seed),
            None => self.policy.clone(),
        }
    }

    fn reply(&self, request: &ChatRequest<'_>) -> Result<Reply, String> {
        let turn = self.turn(request.messages, request.sampling.seed)?;
        let (text, calls) = if request.tools.is_empty() {
            (in_text(&turn), Vec::new())
        } else {
            natively(turn, request)
        };
        let written = text.len() + calls.iter().map(letters_of_call).sum::<usize>();
        Ok(Reply {
            stop_reason: if calls.is_empty() {
                StopReason::End
            } else {
                StopReason::Calls
            },
            usage: Usage {
                input: tokens(letters_read(request.messages, request.tools)),
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

    fn ask<'a>(&'a self, request: ChatRequest<'a>) -> ReplyFuture<'a> {
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

/// What comes next in a conversation.
pub struct Turn<'a> {
    /// The task that it is about.
    pub task: &'a Task,
    /// What was done so far.
    pub exchanges: Vec<Exchange>,
    /// What to do now.
    pub next: Move,
    number: u64,
}

impl Turn<'_> {
    /// What is thought before the move.
    pub fn thought(&self) -> String {
        let refused = self
            .exchanges
            .last()
            .is_some_and(|exchange| exchange.result.is_err());
        match &self.next {
            Move::Call(call) | Move::Garbled(call) => words::thought(call, refused, self.number),
            Move::Answer(_) => words::last_thought(self.number).to_owned(),
        }
    }
}

/// The move as text ReAct.
fn in_text(turn: &Turn<'_>) -> String {
    let action = match &turn.next {
        Move::Call(call) => action(call).to_string(),
        // The colon behind the first key is missing, as it is where a model hurries.
        Move::Garbled(call) => action(call)
            .to_string()
            .replacen("\"action\":", "\"action\" ", 1),
        Move::Answer(answer) => {
            json!({"action": "Final Answer", "action_input": answer}).to_string()
        }
    };
    format!(
        "Thought: {}\nAction:\n```json\n{action}\n```",
        turn.thought()
    )
}

fn action(call: &Call) -> Json {
    json!({"action": call.tool, "action_input": call.arguments})
}

/// The move as text and native calls.
fn natively(turn: Turn<'_>, request: &ChatRequest<'_>) -> (String, Vec<ToolCall>) {
    let step = turn.exchanges.len();
    let thought = turn.thought();
    let (call, broken) = match turn.next {
        Move::Answer(answer) => return (answer, Vec::new()),
        Move::Call(call) => (call, false),
        Move::Garbled(call) => (call, true),
    };
    let arguments = match call.arguments {
        Json::Object(object) if !broken => ToolArguments::Object(object),
        other => {
            let mut text = other.to_string();
            text.pop();
            ToolArguments::Malformed(text)
        }
    };
    let call = ToolCall {
        id: format!("call_{step}"),
        name: offered_name(request.tools, &call.tool),
        arguments,
    };
    (thought, vec![call])
}

/// Tokens of so many letters, about.
pub fn tokens(letters: usize) -> u64 {
    letters.div_ceil(LETTERS) as u64
}

/// The letters that a model has to read.
pub fn letters_read(messages: &[Message], tools: &[ToolSpec]) -> usize {
    let messages = messages.iter().map(|message| match message {
        Message::System { text } | Message::User { text } => text.len(),
        Message::Assistant { text, calls } => {
            text.len() + calls.iter().map(letters_of_call).sum::<usize>()
        }
        Message::Results { results } => results.iter().map(|result| result.text.len()).sum(),
    });
    messages.sum::<usize>() + tools.iter().map(letters_of_tool).sum::<usize>()
}

fn letters_of_call(call: &ToolCall) -> usize {
    let arguments = match &call.arguments {
        ToolArguments::Object(object) => object
            .iter()
            .map(|(name, value)| name.len() + letters_of_json(value))
            .sum(),
        ToolArguments::Malformed(text) => text.len(),
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
