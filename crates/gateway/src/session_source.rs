//! A world that sessions start from, with reset sessions that are ready to be used again.

use std::sync::{Arc, Mutex, PoisonError};

use breakroom_sandbox::Fault;
use breakroom_tools::session::{InitialState, ToolSession};

/// How many idle sessions of one world are kept.
const MAX_IDLE_SESSIONS: usize = 64;

/// Where sessions come from.
pub(super) struct SessionSource {
    pub(super) name: String,
    pub(super) start: InitialState,
    /// What time it is there, in text.
    pub(super) clock: String,
    idle: Mutex<Vec<ToolSession>>,
}

impl SessionSource {
    pub(super) fn new(name: &str, start: InitialState) -> Arc<SessionSource> {
        Arc::new(SessionSource {
            name: name.to_owned(),
            clock: start.clock(),
            start,
            idle: Mutex::default(),
        })
    }

    /// A fresh session.
    pub(super) fn open(&self) -> Result<ToolSession, Fault> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.map_or_else(|| self.start.open(), Ok)
    }

    /// Resets a session that is no longer used, and keeps it to be opened again.
    pub(super) fn recycle(&self, mut session: ToolSession) {
        if matches!(&session, ToolSession::Native(native) if native.is_persistent()) {
            return;
        }
        // A session that cannot be reset is dropped.
        if session.reset().is_ok() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < MAX_IDLE_SESSIONS {
                idle.push(session);
            }
        }
    }

    /// The address of the office's owner.
    pub(super) fn owner(&self) -> Option<String> {
        match &self.start {
            InitialState::Native(world) => Some(world.owner().to_owned()),
            InitialState::Workbench(_) => None,
        }
    }
}
