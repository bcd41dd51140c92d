//! What goes wrong on our side. A fault is never the agent's to mend: it ends the episode and is counted apart.

use std::path::PathBuf;
use std::time::Duration;

/// A failure of the sandbox itself: disk, SQLite, or a bug.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// SQLite refused or broke off a statement.
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A call took longer than it may; it has changed nothing.
    #[error("the call was stopped after {} ms: raise the limit of time per call, or ask for less", limit.as_millis())]
    TooSlow {
        /// How long it may take.
        limit: Duration,
    },
    /// A session's folder could not be read or written.
    #[error("cannot use {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A session's folder belongs to another world, another format, or is damaged.
    #[error("{path} is not a session of this world: {reason}")]
    SessionFolder {
        /// The folder.
        path: PathBuf,
        /// What does not fit, and the fix.
        reason: String,
    },
    /// Another process has the session's folder.
    #[error("{path} is in use by another process: wait until it ends, or name another folder")]
    SessionInUse {
        /// The folder.
        path: PathBuf,
    },
    /// A mail of the session cannot be written in the mail format.
    #[error("cannot write mail {email_id:08} as a message: {reason}")]
    Mail {
        /// The row.
        email_id: i64,
        /// What the mail library said.
        reason: String,
    },
    /// A harness's query over the databases failed.
    #[error("a query failed: {reason}")]
    Query {
        /// What was wrong with it.
        reason: String,
    },
    /// A plot of the session cannot be drawn.
    #[error("cannot draw plot {plot_id:08}: {reason}")]
    Plot {
        /// The row.
        plot_id: i64,
        /// What the drawing library said.
        reason: String,
    },
    /// The ids of a table are used up.
    #[error("table {table} has no id left below 100,000,000")]
    IdsExhausted {
        /// The table, with its database.
        table: String,
    },
}

impl Fault {
    /// Turns a system error into a fault that names the path.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Fault {
        let path = path.into();
        move |source| Fault::Io { path, source }
    }
}
