//! A session of the gateway's own, as an agent sees it.

use std::sync::Arc;

use breakroom_tools::session::Dialect;

use super::agent_session::SessionAccess;
use super::session_entry::SessionEntry;
use super::{ApiError, CallReply, Gateway};
use crate::wire::{AgentCall, OfficeClock, TaskPrompt};

/// A session that the gateway owns.
pub(super) struct OwnedSession {
    pub(super) gateway: Arc<Gateway>,
    pub(super) entry: Arc<SessionEntry>,
}

impl SessionAccess for OwnedSession {
    fn id(&self) -> &str {
        &self.entry.id
    }

    fn dialect(&self) -> Dialect {
        self.entry.dialect()
    }

    fn offers(&self, _: &str) -> bool {
        true
    }

    fn clock(&self) -> OfficeClock {
        OfficeClock {
            clock: self.entry.source.clock.clone(),
            owner: self.entry.source.owner(),
        }
    }

    fn prompt(&self) -> TaskPrompt {
        let task = self.entry.task.as_ref();
        TaskPrompt {
            prompt: task.map(|task| self.gateway.library.task(task).prompt.clone()),
        }
    }

    fn call(&self, call: AgentCall, key: Option<&str>) -> Result<CallReply, ApiError> {
        let Gateway {
            limits, observer, ..
        } = &*self.gateway;
        self.entry
            .with_state(|state| state.call(call, key, limits, &**observer))
    }
}
