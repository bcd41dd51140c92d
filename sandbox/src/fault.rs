//! Errors of the sandbox itself. The agent cannot fix a fault: it ends the episode, which is counted separately and not scored.

use std::path::PathBuf;
use std::time::Duration;

/// An error of the sandbox itself: of the disk, of SQLite, or a bug.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// SQLite refused or aborted a statement.
    #[error("SQLite failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A call exceeded its time limit. It changed nothing.
    #[error("the call was stopped after {} ms: raise the time limit per call, or request less", limit.as_millis())]
    TooSlow {
        /// The time limit.
        limit: Duration,
    },
    /// A session's folder could not be read or written.
    #[error("cannot use {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A session's folder belongs to another world, has another format, or is damaged.
    #[error("{path} is not a session of this world: {reason}")]
    SessionFolder {
        /// The folder.
        path: PathBuf,
        /// What is wrong and how to fix it.
        reason: String,
    },
    /// Another process uses the session's folder.
    #[error("{path} is in use by another process: wait until it ends, or use another folder")]
    SessionInUse {
        /// The folder.
        path: PathBuf,
    },
    /// A mail of the session cannot be formatted as a message.
    #[error("cannot format mail {email_id:08} as a message: {reason}")]
    Mail {
        /// The mail's id.
        email_id: i64,
        /// The mail library's error.
        reason: String,
    },
    /// A harness's query over the databases failed.
    #[error("a query failed: {reason}")]
    Query {
        /// What is wrong with it.
        reason: String,
    },
    /// A plot of the session cannot be drawn.
    #[error("cannot draw plot {plot_id:08}: {reason}")]
    Plot {
        /// The plot's id.
        plot_id: i64,
        /// The drawing library's error.
        reason: String,
    },
    /// A table has used up its ids.
    #[error("table {table} has no ids left below 100,000,000")]
    IdsExhausted {
        /// The table, as `database.table`.
        table: String,
    },
}

impl Fault {
    /// Converts an error of the operating system into a fault that names the path.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Fault {
        let path = path.into();
        move |source| Fault::Io { path, source }
    }
}
