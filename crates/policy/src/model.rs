//! A policy as a chat model. It identifies the task by its prompt, parses the conversation, and writes the policy's next action in the
//! format of the request.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::{Call, Task};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

pub use super::conversation::offered_name;
use super::{Exchange, Policy, PolicyAction, conversation, phrasing};
use breakroom_model::chat::{
    ChatRequest, Message, Reply, StopReason, ToolArguments, ToolCall, ToolSpec, Usage,
};
use breakroom_model::error::{ErrorKind, ModelError};
use breakroom_model::{Model, ReplyFuture};

/// Roughly how many characters a token has.
const CHARS_PER_TOKEN: usize = 4;

/// A chat model that follows a policy. A seed in a request overrides the policy's.
pub struct PolicyModel {
    name: String,
    policy: Policy,
    suite: Arc<Suite>,
    by_prompt: HashMap<String, usize>,
}

impl PolicyModel {
    /// A model for the tasks of a suite, which must belong to the policy's office.
    pub fn new(policy: Policy, suite: &Arc<Suite>) -> PolicyModel {
        let tasks = suite.tasks.iter().enumerate();
        PolicyModel {
            name: format!("scripted:{}", policy.kind()),
            policy,
            by_prompt: tasks
                .map(|(index, task)| (task.prompt.clone(), index))
                .collect(),
            suite: Arc::clone(suite),
        }
    }

    /// The task of a conversation: the one whose prompt is, or is contained in, a user message or else the system message.
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
            "the conversation has no user message: a policy identifies its task by the prompt",
        )?;
        let found = of_user
            .chain(of_system)
            .find_map(|text| self.prompt_in(text));
        found.ok_or_else(|| {
            let start: String = said.chars().take(200).collect();
            format!(
                "no task of suite {} has the prompt {start:?}: send the prompt of a task in the suite, unchanged",
                self.suite.header.suite
            )
        })
    }

    fn prompt_in(&self, text: &str) -> Option<&Task> {
        if let Some(index) = self.by_prompt.get(text.trim()) {
            return Some(&self.suite.tasks[*index]);
        }
        let tasks = self.suite.tasks.iter();
        let held = tasks.filter(|task| text.contains(&task.prompt));
        held.max_by_key(|task| task.prompt.len())
    }

    /// What comes next in a conversation, independent of the format.
    pub fn turn(&self, messages: &[Message], seed: Option<u64>) -> Result<PolicyTurn<'_>, String> {
        let task = self.task(messages)?;
        let exchanges = conversation::exchanges(messages);
        let next = self.seeded(seed).next(task, &exchanges);
        Ok(PolicyTurn {
            task,
            variation: variation(&task.id, exchanges.len()),
            exchanges,
            next,
        })
    }

    /// What would come next after these calls, whatever they return.
    pub fn after(&self, turn: &PolicyTurn<'_>, calls: &[Call], seed: Option<u64>) -> PolicyAction {
        let done = calls.iter().map(|call| Exchange {
            call: Some(call.clone()),
            result: Ok(Json::Null),
        });
        let exchanges: Vec<Exchange> = turn.exchanges.iter().cloned().chain(done).collect();
        self.seeded(seed).next(turn.task, &exchanges)
    }

    fn seeded(&self, seed: Option<u64>) -> Policy {
        match seed {
            Some(seed) => self.policy.with_seed(seed),
            None => self.policy.clone(),
        }
    }

    fn reply(&self, request: &ChatRequest<'_>) -> Result<Reply, String> {
        let turn = self.turn(request.messages, request.sampling.seed)?;
        let (text, calls) = if request.tools.is_empty() {
            (to_react_text(&turn), Vec::new())
        } else {
            to_native_call(turn, request)
        };
        let written = text.len() + calls.iter().map(call_chars).sum::<usize>();
        Ok(Reply {
            stop_reason: if calls.is_empty() {
                StopReason::End
            } else {
                StopReason::Calls
            },
            usage: Usage {
                input: estimate_tokens(input_chars(request.messages, request.tools)),
                cached: 0,
                output: estimate_tokens(written),
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

/// A number that varies the phrasing by task and step.
fn variation(task: &str, step: usize) -> u64 {
    let digest = Sha256::digest(task);
    u64::from(digest[0]) + step as u64
}

/// What comes next in a conversation.
pub struct PolicyTurn<'a> {
    /// The task.
    pub task: &'a Task,
    /// The exchanges so far.
    pub exchanges: Vec<Exchange>,
    /// The next action.
    pub next: PolicyAction,
    variation: u64,
}

impl PolicyTurn<'_> {
    /// The thought before the action.
    pub fn thought(&self) -> String {
        let refused = self
            .exchanges
            .last()
            .is_some_and(|exchange| exchange.result.is_err());
        match &self.next {
            PolicyAction::Call(call) | PolicyAction::MalformedCall(call) => {
                phrasing::thought(call, refused, self.variation)
            }
            PolicyAction::Answer(_) => phrasing::last_thought(self.variation).to_owned(),
        }
    }
}

/// The action as text ReAct.
fn to_react_text(turn: &PolicyTurn<'_>) -> String {
    let action = match &turn.next {
        PolicyAction::Call(call) => action(call).to_string(),
        // The colon after the first key is missing, a mistake that models make.
        PolicyAction::MalformedCall(call) => {
            action(call)
                .to_string()
                .replacen("\"action\":", "\"action\" ", 1)
        }
        PolicyAction::Answer(answer) => {
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

/// The action as text and native calls.
fn to_native_call(turn: PolicyTurn<'_>, request: &ChatRequest<'_>) -> (String, Vec<ToolCall>) {
    let step = turn.exchanges.len();
    let thought = turn.thought();
    let (call, broken) = match turn.next {
        PolicyAction::Answer(answer) => return (answer, Vec::new()),
        PolicyAction::Call(call) => (call, false),
        PolicyAction::MalformedCall(call) => (call, true),
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

/// Estimates the tokens of a text from its length.
pub fn estimate_tokens(chars: usize) -> u64 {
    chars.div_ceil(CHARS_PER_TOKEN) as u64
}

/// The length of a model's input.
pub fn input_chars(messages: &[Message], tools: &[ToolSpec]) -> usize {
    let messages = messages.iter().map(|message| match message {
        Message::System { text } | Message::User { text } => text.len(),
        Message::Assistant { text, calls } => {
            text.len() + calls.iter().map(call_chars).sum::<usize>()
        }
        Message::Results { results } => results.iter().map(|result| result.text.len()).sum(),
    });
    messages.sum::<usize>() + tools.iter().map(tool_chars).sum::<usize>()
}

fn call_chars(call: &ToolCall) -> usize {
    let arguments = match &call.arguments {
        ToolArguments::Object(object) => object
            .iter()
            .map(|(name, value)| name.len() + json_chars(value))
            .sum(),
        ToolArguments::Malformed(text) => text.len(),
    };
    call.name.len() + arguments
}

fn tool_chars(tool: &ToolSpec) -> usize {
    tool.name.len() + tool.description.len() + json_chars(&tool.schema)
}

/// Roughly the length of JSON, without serializing it.
fn json_chars(value: &Json) -> usize {
    const PUNCTUATION: usize = 4;
    match value {
        Json::String(text) => text.len() + 2,
        Json::Array(items) => items.iter().map(|item| json_chars(item) + 1).sum(),
        Json::Object(fields) => fields
            .iter()
            .map(|(name, value)| name.len() + json_chars(value) + PUNCTUATION)
            .sum(),
        _ => PUNCTUATION,
    }
}
