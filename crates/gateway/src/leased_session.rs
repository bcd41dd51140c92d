//! A session that belongs to somebody else, such as an episode of a run. Its calls go to the owner, who answers each. The harness's plane
//! does not know it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use breakroom_tools::session::{Dialect, ToolOutcome, to_raw_json};
use serde_json::Value as Json;
use tokio::sync::{mpsc, oneshot};

use super::agent_session::SessionAccess;
use super::arguments::normalize_arguments;
use super::call_reply::{canonical_name, replay_for_key, wire_outcome};
use super::random_hex;
use super::{ApiError, CallReply, ErrorCode};
use crate::wire::{AgentCall, OfficeClock, TaskPrompt, TracedCall};

/// What an agent may know of a leased session.
pub struct LeaseInfo {
    /// The dialect of its tools.
    pub dialect: Dialect,
    /// The names of the tools that are offered.
    pub tools: Vec<String>,
    /// What time it is in the office, and whose office it is.
    pub clock: OfficeClock,
    /// What the agent is told to do.
    pub prompt: String,
}

/// A call that the owner has to answer. If it is dropped, the agent is told that the episode is over.
pub struct CallRequest {
    /// The tool, as the agent named it.
    pub tool: String,
    /// Its arguments.
    pub arguments: Json,
    /// Where the answer goes.
    pub answer: oneshot::Sender<ToolOutcome>,
}

/// A session that is leased out.
pub(super) struct LeasedSession {
    pub(super) id: String,
    pub(super) token: String,
    info: LeaseInfo,
    requests: mpsc::UnboundedSender<CallRequest>,
    answered: Mutex<AnsweredCalls>,
}

#[derive(Default)]
struct AnsweredCalls {
    count: u32,
    by_key: HashMap<String, Arc<TracedCall>>,
}

impl LeasedSession {
    /// A session with an id and a token of its own, and the receiver of its calls.
    pub(super) fn new(info: LeaseInfo) -> (LeasedSession, mpsc::UnboundedReceiver<CallRequest>) {
        let (requests, receiver) = mpsc::unbounded_channel();
        let session = LeasedSession {
            id: random_hex::<8>(),
            token: random_hex::<16>(),
            info,
            requests,
            answered: Mutex::default(),
        };
        (session, receiver)
    }
}

impl SessionAccess for LeasedSession {
    fn id(&self) -> &str {
        &self.id
    }

    fn dialect(&self) -> Dialect {
        self.info.dialect
    }

    fn offers(&self, tool: &str) -> bool {
        let tool = canonical_name(tool);
        self.info.tools.iter().any(|offered| *offered == tool)
    }

    fn clock(&self) -> OfficeClock {
        self.info.clock.clone()
    }

    fn prompt(&self) -> TaskPrompt {
        TaskPrompt {
            prompt: Some(self.info.prompt.clone()),
        }
    }

    /// Waits for the owner's answer, or repeats the one that was given under the same key.
    fn call(&self, call: AgentCall, key: Option<&str>) -> Result<CallReply, ApiError> {
        // The owner answers one call after the other. If a key arrives twice at once, the second call waits here for the first.
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let tool = canonical_name(&call.name);
        let arguments = normalize_arguments(call.arguments)?;
        if let Some(key) = key
            && let Some(earlier) = answered.by_key.get(key)
        {
            return replay_for_key(earlier, key, &tool, &arguments);
        }
        let ended = || ErrorCode::Ended.with_message("the episode is over");
        let began = Instant::now();
        let (answer, answer_receiver) = oneshot::channel();
        let request = CallRequest {
            tool: call.name,
            arguments: arguments.clone(),
            answer,
        };
        self.requests.send(request).map_err(|_| ended())?;
        // The owner works on the same runtime: its other threads go on meanwhile.
        let outcome = tokio::task::block_in_place(|| answer_receiver.blocking_recv());
        let outcome = outcome.map_err(|_| ended())?;
        let (outcome, result) = wire_outcome(outcome.map(|result| to_raw_json(&result)));
        answered.count += 1;
        let call = Arc::new(TracedCall {
            call: answered.count,
            tool,
            arguments: to_raw_json(&arguments),
            outcome,
            result,
            microseconds: began.elapsed().as_micros() as u64,
            rows: Vec::new(),
            disturbed: None,
        });
        if let Some(key) = key {
            answered.by_key.insert(key.to_owned(), Arc::clone(&call));
        }
        Ok(CallReply {
            call,
            replayed: false,
            delay: Duration::ZERO,
        })
    }
}
