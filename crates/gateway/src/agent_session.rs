//! What an agent has: one session, and no way to ask for more. An expected outcome or another session cannot leak, because no method here
//! returns either.

use std::sync::Arc;

use breakroom_tools::session::Dialect;

use super::{ApiError, CallReply};
use crate::wire::{AgentCall, OfficeClock, TaskPrompt};

/// A session that agents can work in. The gateway either owns it or has leased it out for somebody else.
pub(super) trait SessionAccess: Send + Sync {
    fn id(&self) -> &str;
    fn dialect(&self) -> Dialect;
    fn offers(&self, tool: &str) -> bool;
    fn clock(&self) -> OfficeClock;
    fn prompt(&self) -> TaskPrompt;
    fn call(&self, call: AgentCall, key: Option<&str>) -> Result<CallReply, ApiError>;
}

/// An agent's access to one session.
#[derive(Clone)]
pub struct AgentSession(pub(super) Arc<dyn SessionAccess>);

impl AgentSession {
    /// The session's id.
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// The dialect of its tools.
    pub fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    /// Whether the agent may use a tool of that name.
    pub fn offers(&self, tool: &str) -> bool {
        self.0.offers(tool)
    }

    /// What time it is in the office, and whose office it is.
    pub fn clock(&self) -> OfficeClock {
        self.0.clock()
    }

    /// What the agent is told to do; empty in a session without a task.
    pub fn prompt(&self) -> TaskPrompt {
        self.0.prompt()
    }

    /// Runs a call, or answers with the one that was run under the same key.
    ///
    /// # Errors
    /// The session was closed, its episode is over, it has no calls left, the key was used for another call, or a fault. A call that a tool
    /// refuses is not an error.
    pub fn call(&self, call: AgentCall, key: Option<&str>) -> Result<CallReply, ApiError> {
        self.0.call(call, key)
    }
}
