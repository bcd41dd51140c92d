//! What a harness may do, which is everything.

use std::path::Path;
use std::sync::Arc;

use breakroom_sandbox::export;
use breakroom_tasks::task::Task;

use super::episode_state::EpisodeState;
use super::{AgentSession, ApiError, Gateway};
use crate::wire::{
    ChangedRow, Changes, Empty, FinishResult, OpenRequest, SessionInfo, SuiteList, TaskFilter,
    TaskList, Trace,
};

/// The harness's plane: every suite, task and session of a gateway.
#[derive(Clone)]
pub struct Harness(pub(super) Arc<Gateway>);

impl Harness {
    /// The suites.
    pub fn suites(&self) -> SuiteList {
        self.0.library.suites()
    }

    /// Tasks, without their expected outcomes.
    ///
    /// # Errors
    /// There is no such suite.
    pub fn tasks(&self, which: &TaskFilter) -> Result<TaskList, ApiError> {
        self.0.library.tasks(which)
    }

    /// A task with its expected outcomes.
    ///
    /// # Errors
    /// There is no such suite or task.
    pub fn task(&self, suite: &str, id: &str) -> Result<Task, ApiError> {
        self.0.library.whole_task(suite, id).cloned()
    }

    /// Opens a session.
    ///
    /// # Errors
    /// Something in the request does not exist or contradicts the rest, there are too many sessions, or a fault.
    pub fn open(&self, open: &OpenRequest) -> Result<SessionInfo, ApiError> {
        Ok(self.0.open(open)?.describe(&self.0.library))
    }

    /// Opens many sessions, or none if one of them cannot be opened.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn open_many(&self, all: &[OpenRequest]) -> Result<Vec<SessionInfo>, ApiError> {
        self.0.has_room(all.len())?;
        let mut opened: Vec<SessionInfo> = Vec::with_capacity(all.len());
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
    pub fn sessions(&self) -> Vec<SessionInfo> {
        let all = self.0.all().into_iter();
        all.map(|entry| entry.describe(&self.0.library)).collect()
    }

    /// What the session's agent can do.
    ///
    /// # Errors
    /// The session is unknown, closed or expired.
    pub fn agent_session(&self, id: &str) -> Result<AgentSession, ApiError> {
        self.0.owned_session(id)
    }

    /// A session, as it was described when it was opened.
    ///
    /// # Errors
    /// The session is unknown, closed or expired. The same holds for the methods below.
    pub fn session(&self, id: &str) -> Result<SessionInfo, ApiError> {
        Ok(self.0.find(id)?.describe(&self.0.library))
    }

    /// Forgets every call and change.
    ///
    /// # Errors
    /// No session, or a fault.
    pub fn reset(&self, id: &str) -> Result<Empty, ApiError> {
        self.0.find(id)?.with_state(EpisodeState::reset)?;
        Ok(Empty {})
    }

    /// Opens another session with the same rows, changes and calls.
    ///
    /// # Errors
    /// No session, too many of them, or a fault.
    pub fn fork(&self, id: &str) -> Result<SessionInfo, ApiError> {
        self.0.has_room(1)?;
        let entry = self.0.find(id)?;
        let fork = self.0.add_session(
            Arc::clone(&entry.source),
            entry.task.clone(),
            entry.with_state(EpisodeState::fork)?,
        )?;
        Ok(fork.describe(&self.0.library))
    }

    /// The rows that differ from the start.
    ///
    /// # Errors
    /// No session, or a fault.
    pub fn changes(&self, id: &str) -> Result<Changes, ApiError> {
        let changes = self.0.find(id)?.with_state(EpisodeState::changes)?;
        Ok(Changes {
            changes: changes.iter().map(ChangedRow::of).collect(),
        })
    }

    /// The calls so far.
    ///
    /// # Errors
    /// No session, or a fault.
    pub fn trace(&self, id: &str) -> Result<Trace, ApiError> {
        let trace = self.0.find(id)?.with_state(|state| Ok(state.trace()))?;
        Ok(Trace { trace })
    }

    /// Writes a session into a folder on this machine: databases, mails and plots.
    ///
    /// # Errors
    /// No session, a session without databases, or a file that cannot be written.
    pub fn export_to(&self, id: &str, folder: &Path) -> Result<(), ApiError> {
        let entry = self.0.find(id)?;
        entry.with_state(|state| state.export(|session| export::write_all(session, folder)))
    }

    /// The five databases of a session by file name, as the bytes of SQLite files.
    ///
    /// # Errors
    /// No session, a session without databases, or a fault.
    pub fn databases(&self, id: &str) -> Result<Vec<(String, Vec<u8>)>, ApiError> {
        let databases = self
            .0
            .find(id)?
            .with_state(|state| state.export(export::databases))?;
        let databases = databases.into_iter();
        let named = |(database, bytes): (breakroom_sandbox::schema::Database, _)| {
            (format!("{}.db", database.name()), bytes)
        };
        Ok(databases.map(named).collect())
    }

    /// Ends the episode with the agent's answer, and judges it if it has a task. After that no tool is run.
    ///
    /// # Errors
    /// No session, or a fault.
    pub fn finish(&self, id: &str, answer: Option<&str>) -> Result<FinishResult, ApiError> {
        let entry = self.0.find(id)?;
        let (verdict, trace) =
            entry.with_state(|state| state.finish(answer, entry.task.as_ref(), &self.0.library))?;
        let session = entry.id.clone();
        Ok(FinishResult::new(session, verdict, trace))
    }

    /// Closes a session.
    ///
    /// # Errors
    /// No session.
    pub fn close(&self, id: &str) -> Result<Empty, ApiError> {
        self.0.close(id)?;
        Ok(Empty {})
    }
}
