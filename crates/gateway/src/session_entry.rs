//! One session of the gateway, and the lock that lets one caller in at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use breakroom_tools::session::Dialect;

use super::episode_state::EpisodeState;
use super::library::{Library, TaskIndex};
use super::session_source::SessionSource;
use super::{ApiError, ErrorCode};
use crate::wire::{SessionInfo, SessionTask};

/// A session of the gateway.
pub(super) struct SessionEntry {
    pub(super) id: String,
    pub(super) token: Option<String>,
    pub(super) source: Arc<SessionSource>,
    pub(super) task: Option<TaskIndex>,
    /// Milliseconds on the gateway's clock.
    last_used: AtomicU64,
    /// `None` once the session is closed.
    state: Mutex<Option<EpisodeState>>,
}

impl SessionEntry {
    pub(super) fn new(
        id: String,
        token: Option<String>,
        source: Arc<SessionSource>,
        task: Option<TaskIndex>,
        state: EpisodeState,
    ) -> SessionEntry {
        SessionEntry {
            id,
            token,
            source,
            task,
            last_used: AtomicU64::new(0),
            state: Mutex::new(Some(state)),
        }
    }

    /// Notes that somebody used the session.
    pub(super) fn touch(&self, now: Duration) {
        self.last_used
            .fetch_max(now.as_millis() as u64, Ordering::Relaxed);
    }

    /// How long nobody has used it.
    pub(super) fn idle_time(&self, now: Duration) -> Duration {
        now.saturating_sub(Duration::from_millis(
            self.last_used.load(Ordering::Relaxed),
        ))
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.source.start.dialect()
    }

    /// What the harness that opened it is told.
    pub(super) fn describe(&self, library: &Library) -> SessionInfo {
        SessionInfo {
            session: self.id.clone(),
            world: self.source.name.clone(),
            clock: self.source.clock.clone(),
            owner: self.source.owner(),
            dialect: self.dialect(),
            task: self.task.as_ref().map(|index| SessionTask {
                suite: library.suite_of(index).to_owned(),
                id: library.task(index).id.clone(),
                prompt: library.task(index).prompt.clone(),
            }),
            token: self.token.clone(),
        }
    }

    /// Lets `act` use the session once nobody else does.
    pub(super) fn with_state<T>(
        &self,
        act: impl FnOnce(&mut EpisodeState) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut state = self.lock()?;
        act(state.as_mut().ok_or_else(|| no_session(&self.id))?)
    }

    /// Closes the session for good. A call in progress finishes first.
    pub(super) fn close(&self) {
        // A session whose call panicked is dropped and not used again.
        if let Ok(mut state) = self.state.lock()
            && let Some(state) = state.take()
        {
            self.source.recycle(state.into_session());
        }
    }

    /// Whether it lives in a folder.
    pub(super) fn is_in_folder(&self) -> bool {
        self.lock()
            .is_ok_and(|state| state.as_ref().is_some_and(EpisodeState::is_in_folder))
    }

    fn lock(&self) -> Result<MutexGuard<'_, Option<EpisodeState>>, ApiError> {
        self.state.lock().map_err(|_| {
            ErrorCode::Fault.with_message(format!(
                "an earlier call broke session {}: close it and open another",
                self.id
            ))
        })
    }
}

/// The session was never opened, or was closed.
pub(super) fn no_session(id: &str) -> ApiError {
    ErrorCode::NoSession.with_message(format!(
        "there is no session {id:?}, or it was closed: open one with session/open or POST /sessions"
    ))
}
