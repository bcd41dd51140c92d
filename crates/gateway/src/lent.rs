//! Sessions that belong to somebody else, such as an episode of a run, and are lent to the front ends. Their calls are carried to the
//! owner, who answers each; the harness's plane knows nothing of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use breakroom_tools::session::{Dialect, Outcome, write};
use serde_json::Value as Json;
use tokio::sync::{mpsc, oneshot};

use super::given::parse_arguments;
use super::sessions::random;
use super::work::{canonical, replayed, written};
use super::{ApiError, Called, ErrorCode, Gateway, Library, Names};
use crate::wire::{AgentCall, Clock, TracedCall};

/// What an agent gets to know of a session that is lent.
pub struct Lent {
    /// The dialect of its tools.
    pub dialect: Dialect,
    /// The names of the tools that are offered.
    pub tools: Vec<String>,
    /// What time it is in the office, and whose it is.
    pub clock: Clock,
    /// What the agent is told.
    pub prompt: String,
}

/// A call that the owner has to answer. One that is dropped is answered with the end of the episode.
pub struct Asked {
    /// The tool, as the agent named it.
    pub tool: String,
    /// Its arguments.
    pub arguments: Json,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Outcome>,
}

/// A session that is lent for as long as this lives.
pub struct Lease {
    gateway: Arc<Gateway>,
    counter: Arc<Counter>,
}

/// Where the calls of one lent session arrive.
pub(super) struct Counter {
    pub(super) id: String,
    pub(super) token: String,
    pub(super) lent: Lent,
    asking: mpsc::UnboundedSender<Asked>,
    done: Mutex<Done>,
}

/// The calls that were answered.
#[derive(Default)]
struct Done {
    count: u32,
    keys: HashMap<String, Arc<TracedCall>>,
}

impl Gateway {
    /// A gateway that has no sessions of its own, and whose harness's plane is locked.
    pub fn lender() -> Gateway {
        let nobody_knows = Some(random::<16>());
        Gateway::new(Library::default(), Names::Random).with_server_token(nobody_knows)
    }

    /// Lends a session to the front ends under an id and a token of its own. Its calls arrive at the receiver, one after the other.
    pub fn lend(self: &Arc<Self>, lent: Lent) -> (Lease, mpsc::UnboundedReceiver<Asked>) {
        let (asking, asked) = mpsc::unbounded_channel();
        let counter = Arc::new(Counter {
            id: random::<8>(),
            token: random::<16>(),
            lent,
            asking,
            done: Mutex::default(),
        });
        let mut all = self.lent.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(counter.id.clone(), Arc::clone(&counter));
        drop(all);
        let gateway = Arc::clone(self);
        (Lease { gateway, counter }, asked)
    }
}

impl Lease {
    /// The session's id.
    pub fn id(&self) -> &str {
        &self.counter.id
    }

    /// What an agent has to show.
    pub fn token(&self) -> &str {
        &self.counter.token
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let all = self.gateway.lent.write();
        all.unwrap_or_else(PoisonError::into_inner)
            .remove(&self.counter.id);
    }
}

impl Counter {
    /// Waits for the owner's answer, or takes the one that was given under the same key.
    pub(super) fn call(&self, call: AgentCall, key: Option<&str>) -> Result<Called, ApiError> {
        // The owner answers one call after the other; a key that comes twice at once waits here for the first.
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let tool = canonical(&call.name);
        let arguments = parse_arguments(call.arguments)?;
        if let Some(earlier) = key.and_then(|key| done.keys.get(key)) {
            return replayed(earlier, key.unwrap_or_default(), &tool, &arguments);
        }
        let ended = || ErrorCode::Ended.with_message("the episode is over");
        let (began, (answer, answered)) = (Instant::now(), oneshot::channel());
        let asked = Asked {
            tool: call.name,
            arguments: arguments.clone(),
            answer,
        };
        self.asking.send(asked).map_err(|_| ended())?;
        // The owner works on the same runtime: other threads of it go on meanwhile.
        let answered = tokio::task::block_in_place(|| answered.blocking_recv());
        let answered = answered.map_err(|_| ended())?;
        let (outcome, result) = written(answered.map(|result| write(&result)));
        done.count += 1;
        let call = Arc::new(TracedCall {
            call: done.count,
            tool,
            arguments: write(&arguments),
            outcome,
            result,
            microseconds: began.elapsed().as_micros() as u64,
            rows: Vec::new(),
            disturbed: None,
        });
        if let Some(key) = key {
            done.keys.insert(key.to_owned(), Arc::clone(&call));
        }
        Ok(Called {
            call,
            replayed: false,
            delay: Duration::ZERO,
        })
    }
}
