//! What stops a call that takes too long: SQLite asks, every few thousand steps of a statement, whether to go on; searches ask by themselves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::Fault;

/// Steps of SQLite's machine between two questions: some tens of microseconds.
const STEPS: i32 = 2_000;

/// How long a call may take, and until when the one under way may.
#[derive(Debug, Default)]
pub(super) struct Watch {
    limit: Option<Duration>,
    under_way: Arc<UnderWay>,
}

#[derive(Debug, Default)]
struct UnderWay {
    deadline: Mutex<Option<Instant>>,
    stopped: AtomicBool,
}

impl UnderWay {
    /// Sets the deadline, and returns what it was.
    fn set(&self, deadline: Option<Instant>) -> Option<Instant> {
        // Nothing panics while it holds the lock.
        let mut own = self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *own, deadline)
    }

    fn is_over(&self) -> bool {
        let deadline = *self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        let over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if over {
            self.stopped.store(true, Ordering::Relaxed);
        }
        over
    }
}

impl Watch {
    /// Installs a limit, or takes it away.
    pub(super) fn set(
        &mut self,
        connection: &mut Connection,
        limit: Option<Duration>,
    ) -> Result<(), Fault> {
        if self.limit.is_some() != limit.is_some() {
            let under_way = Arc::clone(&self.under_way);
            let ask = limit.map(|_| move || under_way.is_over());
            connection.progress_handler(STEPS, ask)?;
        }
        self.limit = limit;
        Ok(())
    }

    /// A call begins.
    pub(super) fn start(&self) {
        if let Some(limit) = self.limit {
            self.under_way.stopped.store(false, Ordering::Relaxed);
            self.under_way.set(Some(Instant::now() + limit));
        }
    }

    /// Lets `act` do what must not be stopped halfway: SQLite takes back the whole transaction of a row that it stops writing.
    pub(super) fn paused<T>(&self, act: impl FnOnce() -> T) -> T {
        let deadline = self.under_way.set(None);
        let done = act();
        self.under_way.set(deadline);
        done
    }

    /// Fails where the call under way has used up its time.
    pub(super) fn check(&self) -> Result<(), Fault> {
        match self.limit {
            Some(limit) if self.under_way.is_over() => Err(Fault::TooSlow { limit }),
            _ => Ok(()),
        }
    }

    /// It is over, and what follows (a rollback, say) is not stopped; the limit where it was stopped.
    pub(super) fn stop(&self) -> Option<Duration> {
        let limit = self.limit?;
        self.under_way.set(None);
        let stopped = self.under_way.stopped.load(Ordering::Relaxed);
        stopped.then_some(limit)
    }
}
