//! A session in either dialect: what a harness opens, an agent calls, and a verdict reads.

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

use crate::native::{self, Failure};
use crate::workbench::frame::CLOCK;
use crate::workbench::office::Office;
use crate::workbench::session::Session as WorkbenchSession;
pub use crate::written::{read, write};

/// A set of tools and their exact behaviour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// The tools as Breakroom means them.
    #[default]
    Native,
    /// Bug for bug the original of 2024.
    Workbench,
}

/// Where sessions start: a world, worked in through one dialect. Cloning it shares the world.
#[derive(Clone, Debug)]
pub enum Start {
    /// A world for the native tools.
    Native(Arc<World>),
    /// An office of the original.
    Workbench(Arc<Office>),
}

impl Start {
    /// Opens a fresh session.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn open(&self) -> Result<Session, Fault> {
        Ok(match self {
            Start::Native(world) => Session::Native(NativeSession::open(world)?),
            Start::Workbench(office) => Session::Workbench(WorkbenchSession::open(office)),
        })
    }

    /// The dialect of its tools.
    pub fn dialect(&self) -> Dialect {
        match self {
            Start::Native(_) => Dialect::Native,
            Start::Workbench(_) => Dialect::Workbench,
        }
    }

    /// SHA-256, in hexadecimal, over all that sessions start from.
    pub fn checksum(&self) -> String {
        match self {
            Start::Native(world) => world.checksum().to_owned(),
            Start::Workbench(office) => office.checksum(),
        }
    }

    /// The address of the person whose office it is; the original does not say, and its first colleague stands in.
    pub fn owner(&self) -> String {
        match self {
            Start::Native(world) => world.owner().to_owned(),
            Start::Workbench(office) => office.directory.first().cloned().unwrap_or_default(),
        }
    }

    /// What time it is in the office, like `2026-06-11 09:00:00`.
    pub fn clock(&self) -> String {
        match self {
            Start::Native(world) => world.clock().to_string(),
            Start::Workbench(_) => CLOCK.to_owned(),
        }
    }
}

/// What a call came to, for the agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "result", rename_all = "snake_case")]
pub enum Outcome<R = Json> {
    /// Its result.
    Done(R),
    /// It changed nothing; the text says what was wrong and what would be right.
    Refused(String),
    /// There is no such tool, or it is not offered; the text names others.
    UnknownTool(String),
}

impl<R> Outcome<R> {
    /// Whether the call did not run.
    pub fn is_refused(&self) -> bool {
        !matches!(self, Outcome::Done(_))
    }

    /// The same with another form of the result.
    pub fn map<S>(self, form: impl FnOnce(R) -> S) -> Outcome<S> {
        match self {
            Outcome::Done(result) => Outcome::Done(form(result)),
            Outcome::Refused(text) => Outcome::Refused(text),
            Outcome::UnknownTool(text) => Outcome::UnknownTool(text),
        }
    }
}

impl Outcome {
    /// The result, or the text of the refusal.
    pub fn to_json(&self) -> Json {
        match self {
            Outcome::Done(result) => result.clone(),
            Outcome::Refused(text) | Outcome::UnknownTool(text) => Json::String(text.clone()),
        }
    }

    /// What the agent reads.
    pub fn text(&self) -> String {
        match self {
            Outcome::Done(Json::String(text)) => text.clone(),
            Outcome::Done(result) => result.to_string(),
            Outcome::Refused(reason) => format!("refused: {reason}"),
            Outcome::UnknownTool(reason) => reason.clone(),
        }
    }
}

/// One isolated, mutable copy of a start.
pub enum Session {
    /// Worked in by native tools.
    Native(NativeSession),
    /// Worked in by the original's tools.
    Workbench(WorkbenchSession),
}

impl Session {
    /// The dialect of its tools.
    pub fn dialect(&self) -> Dialect {
        match self {
            Session::Native(_) => Dialect::Native,
            Session::Workbench(_) => Dialect::Workbench,
        }
    }

    /// Runs one call. Calls are numbered from one, those of unknown tools included.
    ///
    /// # Errors
    /// A fault, which is ours and never the agent's.
    pub fn call(&mut self, tool: &str, arguments: &Json) -> Result<Outcome, Fault> {
        match self {
            Session::Native(session) => {
                Ok(call_native(session, tool, arguments)?.map(|result| read(&result)))
            }
            Session::Workbench(session) => Ok(call_workbench(session, tool, arguments)),
        }
    }

    /// [`Session::call`] for whoever passes the result on: native tools write it themselves, which is quicker than to build it and to write it then.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn call_written(
        &mut self,
        tool: &str,
        arguments: &Json,
    ) -> Result<Outcome<Box<RawValue>>, Fault> {
        match self {
            Session::Native(session) => call_native(session, tool, arguments),
            Session::Workbench(session) => {
                let outcome = call_workbench(session, tool, arguments);
                Ok(outcome.map(|result| write(&result)))
            }
        }
    }

    /// Counts a call that was made but not executed. A session in a folder saves the count.
    ///
    /// # Errors
    /// Fails if the folder cannot be written.
    pub fn skip_call(&mut self) -> Result<(), Fault> {
        match self {
            Session::Native(session) => {
                session.begin_call();
                session.save()
            }
            Session::Workbench(session) => {
                session.skip_call();
                Ok(())
            }
        }
    }

    /// How many calls there were.
    pub fn calls(&self) -> u32 {
        match self {
            Session::Native(session) => session.calls(),
            Session::Workbench(session) => session.calls(),
        }
    }

    /// The rows that differ from the start, by table and id.
    ///
    /// # Errors
    /// SQLite failed to read a row.
    pub fn changes(&self) -> Result<Vec<RowChange>, Fault> {
        match self {
            Session::Native(session) => session.changes(),
            Session::Workbench(session) => Ok(session.changes()),
        }
    }

    /// The rows that a call touched, by table and id, whether or not it left them different.
    pub fn touched_rows(&self, call: u32) -> Vec<(&'static Table, i64)> {
        match self {
            Session::Native(session) => session.touched_rows(call),
            Session::Workbench(session) => session.touched_rows(call),
        }
    }

    /// Stops a call that takes longer than this. The original's tools ask no database and are never stopped.
    ///
    /// # Errors
    /// SQLite does not take the limit.
    pub fn set_time_limit(&mut self, limit: Option<Duration>) -> Result<(), Fault> {
        match self {
            Session::Native(session) => session.set_time_limit(limit),
            Session::Workbench(_) => Ok(()),
        }
    }

    /// Another session with the same rows, changes and number of calls.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn fork(&self) -> Result<Session, Fault> {
        Ok(match self {
            Session::Native(session) => Session::Native(session.fork()?),
            Session::Workbench(session) => Session::Workbench(session.clone()),
        })
    }

    /// Forgets every change and call.
    ///
    /// # Errors
    /// SQLite failed to roll back.
    pub fn reset(&mut self) -> Result<(), Fault> {
        match self {
            Session::Native(session) => session.reset(),
            Session::Workbench(session) => {
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
) -> Result<Outcome<Box<RawValue>>, Fault> {
    match native::call(session, tool, arguments) {
        Ok(result) => Ok(Outcome::Done(result)),
        Err(Failure::Refusal(refusal)) => Ok(Outcome::Refused(refusal.to_string())),
        Err(Failure::UnknownTool(text)) => Ok(Outcome::UnknownTool(text)),
        Err(Failure::Fault(fault)) => Err(fault),
    }
}

fn call_workbench(session: &mut WorkbenchSession, tool: &str, arguments: &Json) -> Outcome {
    match session.call(&dotted(tool), arguments) {
        Some(Ok(result)) => Outcome::Done(result),
        Some(Err(_)) => {
            Outcome::Refused(format!("{tool} raised an exception: check its arguments"))
        }
        None => Outcome::UnknownTool(format!("there is no tool {tool:?}")),
    }
}

/// The name of a tool with a dot after its domain, as the original has it.
fn dotted(tool: &str) -> String {
    if tool.contains('.') {
        return tool.to_owned();
    }
    let known =
        crate::workbench::tools::all().find(|known| known.name.replacen('.', "_", 1) == tool);
    known.map_or(tool, |known| known.name).to_owned()
}
