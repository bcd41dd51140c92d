//! Sessions in either dialect. A harness opens them, an agent calls their tools, and a verdict reads their changes.

use std::sync::Arc;
use std::time::Duration;

use breakroom_sandbox::Fault;
use breakroom_sandbox::changes::RowChange;
use breakroom_sandbox::schema::Table;
use breakroom_sandbox::session::Session as NativeSession;
use breakroom_sandbox::world::World;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::hints::ToolHints;
use crate::native::{self, CallError};
pub use crate::raw_json::{from_raw_json, to_raw_json};
use crate::workbench::frame::CLOCK;
use crate::workbench::office::WorkbenchOffice;
use crate::workbench::session::WorkbenchSession;
use crate::workbench::tools;

/// A set of tools and their exact behaviour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Breakroom's own tools.
    #[default]
    Native,
    /// The tools of the 2024 original, bug for bug.
    Workbench,
}

impl Dialect {
    /// The hints of the tool with that name, written with a dot or an underscore after the domain.
    pub fn tool_hints(self, name: &str) -> Option<ToolHints> {
        match self {
            Dialect::Native => native::find(name).ok().map(|tool| tool.hints),
            Dialect::Workbench => tools::find(&dotted(name)).map(|tool| tool.hints),
        }
    }
}

/// The state that sessions start from, which also decides their dialect. Clones share it.
#[derive(Clone, Debug)]
pub enum InitialState {
    /// A world for the native tools.
    Native(Arc<World>),
    /// An office of the original.
    Workbench(Arc<WorkbenchOffice>),
}

impl InitialState {
    /// Opens a fresh session.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn open(&self) -> Result<ToolSession, Fault> {
        Ok(match self {
            InitialState::Native(world) => ToolSession::Native(NativeSession::open(world)?),
            InitialState::Workbench(office) => {
                ToolSession::Workbench(WorkbenchSession::open(office))
            }
        })
    }

    /// The dialect of its sessions.
    pub fn dialect(&self) -> Dialect {
        match self {
            InitialState::Native(_) => Dialect::Native,
            InitialState::Workbench(_) => Dialect::Workbench,
        }
    }

    /// SHA-256, in hexadecimal, of the whole state.
    pub fn checksum(&self) -> String {
        match self {
            InitialState::Native(world) => world.checksum().to_owned(),
            InitialState::Workbench(office) => office.checksum(),
        }
    }

    /// The email address of the office's owner. The original does not name one, so its first colleague is used.
    pub fn owner(&self) -> String {
        match self {
            InitialState::Native(world) => world.owner().to_owned(),
            InitialState::Workbench(office) => {
                office.directory.first().cloned().unwrap_or_default()
            }
        }
    }

    /// The time in the office, like `2026-06-11 09:00:00`.
    pub fn clock(&self) -> String {
        match self {
            InitialState::Native(world) => world.clock().to_string(),
            InitialState::Workbench(_) => CLOCK.to_owned(),
        }
    }
}

/// What a call returns to the agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "result", rename_all = "snake_case")]
pub enum ToolOutcome<R = Json> {
    /// Its result.
    Done(R),
    /// The call changed nothing. The text says what was wrong and how to fix it.
    Refused(String),
    /// There is no such tool, or it is not offered. The text names others.
    UnknownTool(String),
}

impl<R> ToolOutcome<R> {
    /// Whether the call was not carried out.
    pub fn is_refused(&self) -> bool {
        !matches!(self, ToolOutcome::Done(_))
    }

    /// Converts the result.
    pub fn map<S>(self, form: impl FnOnce(R) -> S) -> ToolOutcome<S> {
        match self {
            ToolOutcome::Done(result) => ToolOutcome::Done(form(result)),
            ToolOutcome::Refused(text) => ToolOutcome::Refused(text),
            ToolOutcome::UnknownTool(text) => ToolOutcome::UnknownTool(text),
        }
    }
}

impl ToolOutcome {
    /// The result, or the text of the refusal.
    pub fn to_json(&self) -> Json {
        match self {
            ToolOutcome::Done(result) => result.clone(),
            ToolOutcome::Refused(text) | ToolOutcome::UnknownTool(text) => {
                Json::String(text.clone())
            }
        }
    }

    /// The text that the agent reads.
    pub fn text(&self) -> String {
        match self {
            ToolOutcome::Done(Json::String(text)) => text.clone(),
            ToolOutcome::Done(result) => result.to_string(),
            ToolOutcome::Refused(reason) => format!("refused: {reason}"),
            ToolOutcome::UnknownTool(reason) => reason.clone(),
        }
    }
}

/// One isolated, mutable copy of an initial state.
pub enum ToolSession {
    /// With the native tools.
    Native(NativeSession),
    /// With the original's tools.
    Workbench(WorkbenchSession),
}

impl ToolSession {
    /// The dialect of its tools.
    pub fn dialect(&self) -> Dialect {
        match self {
            ToolSession::Native(_) => Dialect::Native,
            ToolSession::Workbench(_) => Dialect::Workbench,
        }
    }

    /// Runs one call. Calls are numbered from one; calls to unknown tools count too.
    ///
    /// # Errors
    /// A fault, which is never the agent's mistake.
    pub fn call(&mut self, tool: &str, arguments: &Json) -> Result<ToolOutcome, Fault> {
        match self {
            ToolSession::Native(session) => {
                Ok(call_native(session, tool, arguments)?.map(|result| from_raw_json(&result)))
            }
            ToolSession::Workbench(session) => Ok(call_workbench(session, tool, arguments)),
        }
    }

    /// Like [`ToolSession::call`], but with the result as raw JSON, for callers that only pass it on.
    ///
    /// # Errors
    /// As [`ToolSession::call`].
    pub fn call_written(
        &mut self,
        tool: &str,
        arguments: &Json,
    ) -> Result<ToolOutcome<Box<RawValue>>, Fault> {
        match self {
            ToolSession::Native(session) => call_native(session, tool, arguments),
            ToolSession::Workbench(session) => {
                let outcome = call_workbench(session, tool, arguments);
                Ok(outcome.map(|result| to_raw_json(&result)))
            }
        }
    }

    /// Counts a call that was not carried out. A session in a folder remembers this across processes.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn skip_call(&mut self) -> Result<(), Fault> {
        match self {
            ToolSession::Native(session) => {
                session.begin_call();
                session.save()
            }
            ToolSession::Workbench(session) => {
                session.skip_call();
                Ok(())
            }
        }
    }

    /// The number of calls so far.
    pub fn calls(&self) -> u32 {
        match self {
            ToolSession::Native(session) => session.calls(),
            ToolSession::Workbench(session) => session.calls(),
        }
    }

    /// The rows that differ from the initial state, ordered by table and id.
    ///
    /// # Errors
    /// SQLite failed to read a row.
    pub fn changes(&self) -> Result<Vec<RowChange>, Fault> {
        match self {
            ToolSession::Native(session) => session.changes(),
            ToolSession::Workbench(session) => Ok(session.changes()),
        }
    }

    /// The rows that a call wrote, ordered by table and id, even if their values stayed the same.
    pub fn touched_rows(&self, call: u32) -> Vec<(&'static Table, i64)> {
        match self {
            ToolSession::Native(session) => session.touched_rows(call),
            ToolSession::Workbench(session) => session.touched(call),
        }
    }

    /// Stops calls that take longer than this. It does not apply to the original's tools, which use no database.
    ///
    /// # Errors
    /// SQLite rejects the limit.
    pub fn set_time_limit(&mut self, limit: Option<Duration>) -> Result<(), Fault> {
        match self {
            ToolSession::Native(session) => session.set_time_limit(limit),
            ToolSession::Workbench(_) => Ok(()),
        }
    }

    /// Creates another session with the same rows, changes and number of calls.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn fork(&self) -> Result<ToolSession, Fault> {
        Ok(match self {
            ToolSession::Native(session) => ToolSession::Native(session.fork()?),
            ToolSession::Workbench(session) => ToolSession::Workbench(session.clone()),
        })
    }

    /// Undoes every change and forgets every call.
    ///
    /// # Errors
    /// SQLite failed to roll back.
    pub fn reset(&mut self) -> Result<(), Fault> {
        match self {
            ToolSession::Native(session) => session.reset(),
            ToolSession::Workbench(session) => {
                *session = WorkbenchSession::open(session.start());
                Ok(())
            }
        }
    }
}

fn call_native(
    session: &mut NativeSession,
    tool: &str,
    arguments: &Json,
) -> Result<ToolOutcome<Box<RawValue>>, Fault> {
    match native::call(session, tool, arguments) {
        Ok(result) => Ok(ToolOutcome::Done(result)),
        Err(CallError::Refusal(refusal)) => Ok(ToolOutcome::Refused(refusal.to_string())),
        Err(CallError::UnknownTool(text)) => Ok(ToolOutcome::UnknownTool(text)),
        Err(CallError::Fault(fault)) => Err(fault),
    }
}

fn call_workbench(session: &mut WorkbenchSession, tool: &str, arguments: &Json) -> ToolOutcome {
    match session.call(&dotted(tool), arguments) {
        Some(Ok(result)) => ToolOutcome::Done(result),
        Some(Err(_)) => {
            ToolOutcome::Refused(format!("{tool} raised an exception: check its arguments"))
        }
        None => ToolOutcome::UnknownTool(format!("there is no tool {tool:?}")),
    }
}

/// The tool's name in the original's spelling, with a dot after the domain.
fn dotted(tool: &str) -> String {
    if tool.contains('.') {
        return tool.to_owned();
    }
    let known = tools::all().find(|known| known.name.replacen('.', "_", 1) == tool);
    known.map_or(tool, |known| known.name).to_owned()
}
