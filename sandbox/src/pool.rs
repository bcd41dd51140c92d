//! Warm sessions: opened once, reset and handed out again.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Fault;
use crate::session::Session;
use crate::world::World;

/// Sessions of one world that wait for their next use.
pub struct Pool {
    world: Arc<World>,
    idle: Arc<Mutex<Vec<Session>>>,
}

/// A session on loan. Dropping it resets it and gives it back.
pub struct PooledSession {
    session: Option<Session>,
    idle: Arc<Mutex<Vec<Session>>>,
}

impl Pool {
    /// A pool that is empty until sessions come back to it or [`warm`](Pool::warm) fills it.
    pub fn new(world: &Arc<World>) -> Pool {
        Pool {
            world: Arc::clone(world),
            idle: Arc::default(),
        }
    }

    /// Opens sessions until that many are idle.
    ///
    /// # Errors
    /// A session could not be opened.
    pub fn warm(&self, sessions: usize) -> Result<(), Fault> {
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

    /// Hands out an idle session, or opens one where none is idle.
    ///
    /// # Errors
    /// A session could not be opened.
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
            // A session that cannot be reset is closed instead of handed out again, and so is one whose user panicked.
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
        self.session
            .as_ref()
            .expect("the session is there until drop")
    }
}

impl DerefMut for PooledSession {
    fn deref_mut(&mut self) -> &mut Session {
        self.session
            .as_mut()
            .expect("the session is there until drop")
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
    fn a_session_comes_back_clean() {
        let pool = Pool::new(&World::office());
        pool.warm(1).unwrap();
        let mut session = pool.take().unwrap();
        session.write(Database::Calendar, delete_all).unwrap();
        assert!(!is_fresh(&session));
        drop(session);
        assert!(is_fresh(&pool.take().unwrap()));
    }

    #[test]
    fn a_session_whose_user_panicked_is_not_handed_out_again() {
        let pool = Pool::new(&World::office());
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
