//! A pool of open sessions, which are reset and reused instead of opened anew.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Fault;
use crate::session::Session;
use crate::world::World;

/// A pool of idle sessions of one world.
pub struct SessionPool {
    world: Arc<World>,
    idle: Arc<Mutex<Vec<Session>>>,
}

/// A session taken from a pool. Dropping it resets it and returns it to the pool.
pub struct PooledSession {
    session: Option<Session>,
    idle: Arc<Mutex<Vec<Session>>>,
}

impl SessionPool {
    /// Creates an empty pool. Sessions enter it when they are returned, or through [`prefill`](SessionPool::prefill).
    pub fn new(world: &Arc<World>) -> SessionPool {
        SessionPool {
            world: Arc::clone(world),
            idle: Arc::default(),
        }
    }

    /// Opens sessions until `sessions` of them are idle.
    ///
    /// # Errors
    /// Fails if a session cannot be opened.
    pub fn prefill(&self, sessions: usize) -> Result<(), Fault> {
        while self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
            < sessions
        {
            let session = Session::open(&self.world)?;
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(session);
        }
        Ok(())
    }

    /// Takes an idle session from the pool, or opens one if none is idle.
    ///
    /// # Errors
    /// Fails if a session cannot be opened.
    pub fn take(&self) -> Result<PooledSession, Fault> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let session = match idle {
            Some(session) => session,
            None => Session::open(&self.world)?,
        };
        Ok(PooledSession {
            session: Some(session),
            idle: Arc::clone(&self.idle),
        })
    }
}

impl Drop for PooledSession {
    fn drop(&mut self) {
        if let Some(mut session) = self.session.take() {
            // Close the session instead of reusing it if it cannot be reset or its user panicked.
            if !std::thread::panicking() && session.reset().is_ok() {
                self.idle
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(session);
            }
        }
    }
}

impl Deref for PooledSession {
    type Target = Session;
    fn deref(&self) -> &Session {
        self.session.as_ref().expect("only drop takes the session")
    }
}

impl DerefMut for PooledSession {
    fn deref_mut(&mut self) -> &mut Session {
        self.session.as_mut().expect("only drop takes the session")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    use super::*;
    use crate::schema::{Database, TableId};
    use crate::session::Scope;

    fn delete_all(scope: &Scope<'_>) -> Result<usize, Fault> {
        scope.execute("DELETE FROM calendar.event", &[])
    }

    fn is_fresh(session: &Session) -> bool {
        let mut tables = TableId::all();
        tables.all(|table| session.rows(table).unwrap() == session.world().rows(table))
    }

    #[test]
    fn a_returned_session_is_reset() {
        let pool = SessionPool::new(&World::office());
        pool.prefill(1).unwrap();
        let mut session = pool.take().unwrap();
        session.write(Database::Calendar, delete_all).unwrap();
        assert!(!is_fresh(&session));
        drop(session);
        assert!(is_fresh(&pool.take().unwrap()));
    }

    #[test]
    fn a_session_whose_user_panicked_is_not_reused() {
        let pool = SessionPool::new(&World::office());
        let mut session = pool.take().unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(move || {
            let _: Result<(), Fault> = session.write(Database::Calendar, |scope| {
                delete_all(scope)?;
                resume_unwind(Box::new("a tool broke"))
            });
        }));
        assert!(panicked.is_err());
        assert!(pool.idle.lock().unwrap().is_empty());
        assert!(is_fresh(&pool.take().unwrap()));
    }
}
