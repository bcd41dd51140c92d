//! Stops a call that takes too long. SQLite's progress handler checks the deadline while a statement runs; a search checks it itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::Fault;

/// The number of SQLite's virtual machine instructions between two checks: some tens of microseconds.
const INSTRUCTIONS_PER_CHECK: i32 = 2_000;

/// The time limit of calls, and the deadline of the current call.
#[derive(Debug, Default)]
pub(super) struct Deadline {
    limit: Option<Duration>,
    current: Arc<CurrentDeadline>,
}

/// The deadline of the current call, shared with the progress handler.
#[derive(Debug, Default)]
struct CurrentDeadline {
    deadline: Mutex<Option<Instant>>,
    was_exceeded: AtomicBool,
}

impl CurrentDeadline {
    /// Sets the deadline and returns the previous one.
    fn replace(&self, deadline: Option<Instant>) -> Option<Instant> {
        // Nothing panics while holding the lock.
        let mut current = self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, deadline)
    }

    fn is_exceeded(&self) -> bool {
        let deadline = *self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        let exceeded = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if exceeded {
            self.was_exceeded.store(true, Ordering::Relaxed);
        }
        exceeded
    }
}

impl Deadline {
    /// Sets the time limit of later calls, or removes it.
    pub(super) fn set_limit(
        &mut self,
        connection: &mut Connection,
        limit: Option<Duration>,
    ) -> Result<(), Fault> {
        if self.limit.is_some() != limit.is_some() {
            let current = Arc::clone(&self.current);
            let handler = limit.map(|_| move || current.is_exceeded());
            connection.progress_handler(INSTRUCTIONS_PER_CHECK, handler)?;
        }
        self.limit = limit;
        Ok(())
    }

    /// Starts the time of a call.
    pub(super) fn start(&self) {
        if let Some(limit) = self.limit {
            self.current.was_exceeded.store(false, Ordering::Relaxed);
            self.current.replace(Some(Instant::now() + limit));
        }
    }

    /// Runs `act` without a deadline. SQLite rolls back the whole transaction if it is stopped while it writes a row.
    pub(super) fn suspend<T>(&self, act: impl FnOnce() -> T) -> T {
        let deadline = self.current.replace(None);
        let result = act();
        self.current.replace(deadline);
        result
    }

    /// Fails if the current call has used up its time.
    pub(super) fn check(&self) -> Result<(), Fault> {
        match self.limit {
            Some(limit) if self.current.is_exceeded() => Err(Fault::TooSlow { limit }),
            _ => Ok(()),
        }
    }

    /// Ends the time of a call, so that a rollback after it is not stopped. Returns the limit if the call exceeded it.
    pub(super) fn finish(&self) -> Option<Duration> {
        let limit = self.limit?;
        self.current.replace(None);
        let was_exceeded = self.current.was_exceeded.load(Ordering::Relaxed);
        was_exceeded.then_some(limit)
    }
}
