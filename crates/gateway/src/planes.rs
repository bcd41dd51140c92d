//! Who may do what. A front end has a [`Seat`] or a [`Harness`] only by showing a token, and what a type has no method for cannot be
//! asked: nothing on a seat tells what is expected, or that there are other sessions.

use std::path::Path;
use std::sync::{Arc, PoisonError};

use breakroom_sandbox::export;
use breakroom_tasks::task::Task;
use breakroom_tools::session::Dialect;
use subtle::ConstantTimeEq;

use super::held::Held;
use super::lent::Counter;
use super::work::{Work, canonical};
use super::{ApiError, Called, ErrorCode, Gateway};
use crate::wire::{
    AgentCall, ChangedRow, Changes, Clock, Finished, Nothing, Open, Opened, Prompt, Suites, Tasks,
    Trace, WhichTasks,
};

/// An agent's place at one session.
#[derive(Clone)]
pub struct Seat {
    gateway: Arc<Gateway>,
    at: At,
}

/// Whose session it is.
#[derive(Clone)]
enum At {
    /// The gateway's.
    Own(Arc<Held>),
    /// Somebody else's.
    Lent(Arc<Counter>),
}

/// What a harness may do, which is everything.
#[derive(Clone)]
pub struct Harness(Arc<Gateway>);

/// Whether two tokens are the same; how long it takes says nothing about where they differ.
fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

impl Gateway {
    /// The harness's plane, for whoever shows the server's token; for everybody where the server has none.
    ///
    /// # Errors
    /// No token where one is needed, or another one.
    pub fn harness(self: &Arc<Self>, token: Option<&str>) -> Result<Harness, ApiError> {
        if self.is_harness(token) {
            return Ok(self.trusted());
        }
        match (&self.server_token, token) {
            (_, None) => Err(ErrorCode::Unauthorized
                .with_message("the server's token is missing: send it as `Authorization: Bearer TOKEN`")),
            (Some(_), Some(_)) => {
                Err(ErrorCode::Unauthorized.with_message("the token is not the server's"))
            }
            (None, Some(_)) => Err(ErrorCode::Unauthorized.with_message(
                "the token is not the server's, which has none: leave it out, or a session's token may do no more than call that session's tools",
            )),
        }
    }

    fn is_harness(&self, token: Option<&str>) -> bool {
        match (&self.server_token, token) {
            (None, None) => true,
            (Some(own), Some(shown)) => same(own, shown),
            _ => false,
        }
    }

    /// The harness's plane, for a transport that proves by itself who asks.
    pub fn trusted(self: &Arc<Self>) -> Harness {
        Harness(Arc::clone(self))
    }

    /// The seat at a session, for whoever shows that session's token, or may act as the harness.
    ///
    /// # Errors
    /// No token or a wrong one, whether or not there is such a session; to those who may know, that the session is unknown, closed or expired.
    pub fn seat(self: &Arc<Self>, id: &str, token: Option<&str>) -> Result<Seat, ApiError> {
        if self.is_harness(token) {
            return self.trusted().seat(id);
        }
        let Some(token) = token else {
            return Err(ErrorCode::Unauthorized.with_message(
                "the session's token is missing: send it as `Authorization: Bearer TOKEN`",
            ));
        };
        let fits = |own: &Option<String>| own.as_ref().is_some_and(|own| same(own, token));
        if let Some(counter) = self.lent_as(id)
            && same(&counter.token, token)
        {
            return Ok(Seat {
                gateway: Arc::clone(self),
                at: At::Lent(counter),
            });
        }
        match self.find(id) {
            Ok(held) if fits(&held.token) => Ok(Seat {
                gateway: Arc::clone(self),
                at: At::Own(held),
            }),
            Err(error) if self.token_of_gone(id).is_some_and(|own| fits(&own)) => Err(error),
            _ => Err(ErrorCode::Unauthorized.with_message(format!(
                "the token is not that of session {id:?}, or there is no such session"
            ))),
        }
    }

    fn lent_as(&self, id: &str) -> Option<Arc<Counter>> {
        let lent = self.lent.read().unwrap_or_else(PoisonError::into_inner);
        lent.get(id).cloned()
    }
}

impl Seat {
    /// Runs a call, or answers with the one that was run under the same key.
    ///
    /// # Errors
    /// The session was closed, its episode is over, it has had its calls, the key was used for another call, or a fault. What a tool
    /// refuses is no error.
    pub fn call(&self, call: AgentCall, key: Option<&str>) -> Result<Called, ApiError> {
        let Gateway {
            limits, witness, ..
        } = &*self.gateway;
        match &self.at {
            At::Own(held) => held.with(|work| work.call(call, key, limits, &**witness)),
            At::Lent(counter) => counter.call(call, key),
        }
    }

    /// The session's id.
    pub fn id(&self) -> &str {
        match &self.at {
            At::Own(held) => &held.id,
            At::Lent(counter) => &counter.id,
        }
    }

    /// The dialect of its tools.
    pub fn dialect(&self) -> Dialect {
        match &self.at {
            At::Own(held) => held.dialect(),
            At::Lent(counter) => counter.lent.dialect,
        }
    }

    /// Whether the agent gets a tool of that name.
    pub fn offers(&self, tool: &str) -> bool {
        match &self.at {
            At::Own(_) => true,
            At::Lent(counter) => {
                let tool = canonical(tool);
                counter.lent.tools.iter().any(|offered| *offered == tool)
            }
        }
    }

    /// What time it is in the office, and whose it is.
    pub fn clock(&self) -> Clock {
        match &self.at {
            At::Own(held) => Clock {
                clock: held.office.clock.clone(),
                owner: held.office.owner(),
            },
            At::Lent(counter) => counter.lent.clock.clone(),
        }
    }

    /// What the agent is told; none in a session without a task.
    pub fn prompt(&self) -> Prompt {
        let prompt = match &self.at {
            At::Own(held) => held
                .chosen
                .as_ref()
                .map(|chosen| self.gateway.library.task(chosen).prompt.clone()),
            At::Lent(counter) => Some(counter.lent.prompt.clone()),
        };
        Prompt { prompt }
    }
}

impl Harness {
    /// The suites.
    pub fn suites(&self) -> Suites {
        self.0.library.suites()
    }

    /// Tasks, without what is expected of them.
    ///
    /// # Errors
    /// There is no such suite.
    pub fn tasks(&self, which: &WhichTasks) -> Result<Tasks, ApiError> {
        self.0.library.tasks(which)
    }

    /// A task with all that is expected of it.
    ///
    /// # Errors
    /// There is no such suite or task.
    pub fn task(&self, suite: &str, id: &str) -> Result<Task, ApiError> {
        self.0.library.whole_task(suite, id).cloned()
    }

    /// Opens a session.
    ///
    /// # Errors
    /// What was asked for does not exist or fit together, there are too many sessions, or a fault.
    pub fn open(&self, open: &Open) -> Result<Opened, ApiError> {
        let held = self.0.open(open)?;
        Ok(held.describe(&self.0.library))
    }

    /// Opens many sessions, or none where one cannot be opened.
    ///
    /// # Errors
    /// As for one.
    pub fn open_many(&self, all: &[Open]) -> Result<Vec<Opened>, ApiError> {
        self.0.has_room(all.len())?;
        let mut opened: Vec<Opened> = Vec::with_capacity(all.len());
        for open in all {
            match self.open(open) {
                Ok(session) => opened.push(session),
                Err(error) => {
                    for session in &opened {
                        self.close(&session.session)?;
                    }
                    return Err(error);
                }
            }
        }
        Ok(opened)
    }

    /// Every session, by id.
    pub fn sessions(&self) -> Vec<Opened> {
        let all = self.0.all().into_iter();
        all.map(|held| held.describe(&self.0.library)).collect()
    }

    /// The seat at a session.
    ///
    /// # Errors
    /// The session is unknown, closed or expired.
    pub fn seat(&self, id: &str) -> Result<Seat, ApiError> {
        Ok(Seat {
            gateway: Arc::clone(&self.0),
            at: At::Own(self.0.find(id)?),
        })
    }

    /// What opening the session said.
    ///
    /// # Errors
    /// The session is unknown, closed or expired; so for all that follow.
    pub fn session(&self, id: &str) -> Result<Opened, ApiError> {
        Ok(self.0.find(id)?.describe(&self.0.library))
    }

    /// Forgets every call and change.
    ///
    /// # Errors
    /// No session, or a fault.
    pub fn reset(&self, id: &str) -> Result<Nothing, ApiError> {
        self.0.find(id)?.with(Work::reset)?;
        Ok(Nothing {})
    }

    /// Opens another session with the same rows, changes and calls.
    ///
    /// # Errors
    /// No session, too many of them, or a fault.
    pub fn fork(&self, id: &str) -> Result<Opened, ApiError> {
        self.0.has_room(1)?;
        let held = self.0.find(id)?;
        let fork = self.0.keep(
            Arc::clone(&held.office),
            held.chosen.clone(),
            held.with(Work::fork)?,
        )?;
        Ok(fork.describe(&self.0.library))
    }

    /// The rows that differ from the start.
    ///
    /// # Errors
    /// No session, or a fault.
    pub fn changes(&self, id: &str) -> Result<Changes, ApiError> {
        let changes = self.0.find(id)?.with(Work::changes)?;
        Ok(Changes {
            changes: changes.iter().map(ChangedRow::of).collect(),
        })
    }

    /// The calls so far.
    ///
    /// # Errors
    /// No session, or a fault.
    pub fn trace(&self, id: &str) -> Result<Trace, ApiError> {
        let trace = self.0.find(id)?.with(|work| Ok(work.trace()))?;
        Ok(Trace { trace })
    }

    /// Writes a session into a folder of this machine: databases, mails and plots.
    ///
    /// # Errors
    /// No session, one without databases, or a file that cannot be written.
    pub fn export_to(&self, id: &str, folder: &Path) -> Result<(), ApiError> {
        let held = self.0.find(id)?;
        held.with(|work| work.export(|session| export::write_all(session, folder)))
    }

    /// The five databases of a session by file name, as the bytes of SQLite files.
    ///
    /// # Errors
    /// No session, one without databases, or a fault.
    pub fn databases(&self, id: &str) -> Result<Vec<(String, Vec<u8>)>, ApiError> {
        let databases = self
            .0
            .find(id)?
            .with(|work| work.export(export::databases))?;
        let databases = databases.into_iter();
        let named = |(database, bytes): (breakroom_sandbox::schema::Database, _)| {
            (format!("{}.db", database.name()), bytes)
        };
        Ok(databases.map(named).collect())
    }

    /// Ends the episode with the agent's last words, and judges it where it has a task. After that no tool is run.
    ///
    /// # Errors
    /// No session, or a fault.
    pub fn finish(&self, id: &str, answer: Option<&str>) -> Result<Finished, ApiError> {
        let held = self.0.find(id)?;
        let (verdict, trace) =
            held.with(|work| work.finish(answer, held.chosen.as_ref(), &self.0.library))?;
        let session = held.id.clone();
        Ok(Finished::new(session, verdict, trace))
    }

    /// Closes a session.
    ///
    /// # Errors
    /// No session.
    pub fn close(&self, id: &str) -> Result<Nothing, ApiError> {
        self.0.close(id)?;
        Ok(Nothing {})
    }
}
