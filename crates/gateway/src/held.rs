//! A session of the gateway under its name: who may come in, one at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use breakroom_tools::session::Dialect;

use super::library::{Chosen, Library, Office};
use super::work::Work;
use super::{ApiError, ErrorCode};
use crate::wire::{Opened, OpenedTask};

/// A session of the gateway.
pub(super) struct Held {
    pub(super) id: String,
    pub(super) token: Option<String>,
    pub(super) office: Arc<Office>,
    pub(super) chosen: Option<Chosen>,
    /// Milliseconds of the gateway's clock.
    last_used: AtomicU64,
    /// None once the session is closed.
    work: Mutex<Option<Work>>,
}

impl Held {
    pub(super) fn new(
        id: String,
        token: Option<String>,
        office: Arc<Office>,
        chosen: Option<Chosen>,
        work: Work,
    ) -> Held {
        Held {
            id,
            token,
            office,
            chosen,
            last_used: AtomicU64::new(0),
            work: Mutex::new(Some(work)),
        }
    }

    /// Notes that somebody used the session.
    pub(super) fn touch(&self, now: Duration) {
        self.last_used
            .fetch_max(now.as_millis() as u64, Ordering::Relaxed);
    }

    /// For how long nobody has used it.
    pub(super) fn idle(&self, now: Duration) -> Duration {
        now.saturating_sub(Duration::from_millis(
            self.last_used.load(Ordering::Relaxed),
        ))
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.office.start.dialect()
    }

    /// What whoever opened it gets to know.
    pub(super) fn describe(&self, library: &Library) -> Opened {
        Opened {
            session: self.id.clone(),
            world: self.office.name.clone(),
            clock: self.office.clock.clone(),
            owner: self.office.owner(),
            dialect: self.dialect(),
            task: self.chosen.as_ref().map(|chosen| OpenedTask {
                suite: library.suite_of(chosen).to_owned(),
                id: library.task(chosen).id.clone(),
                prompt: library.task(chosen).prompt.clone(),
            }),
            token: self.token.clone(),
        }
    }

    /// Lets `act` go on with the work, once nobody else does.
    pub(super) fn with<T>(
        &self,
        act: impl FnOnce(&mut Work) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut work = self.lock()?;
        act(work.as_mut().ok_or_else(|| no_session(&self.id))?)
    }

    /// Ends the session for good. A call under way finishes first.
    pub(super) fn close(&self) {
        // One that panicked is dropped and not handed out again.
        if let Ok(mut guard) = self.work.lock()
            && let Some(work) = guard.take()
        {
            self.office.take_back(work.into_session());
        }
    }

    /// Whether it lives in a folder.
    pub(super) fn is_kept(&self) -> bool {
        self.lock()
            .is_ok_and(|work| work.as_ref().is_some_and(Work::is_kept))
    }

    fn lock(&self) -> Result<MutexGuard<'_, Option<Work>>, ApiError> {
        self.work.lock().map_err(|_| {
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
