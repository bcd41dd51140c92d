//! Why a world cannot be read, frozen or written.

use std::path::PathBuf;

use crate::schema::TableId;

/// The file that holds a world's facts that are not rows.
pub(super) const MANIFEST_FILE: &str = "manifest.toml";

/// Why a world could not be read, frozen or written.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A file could not be read or written.
    #[error("cannot use {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The content of a file is invalid.
    #[error("{file}: {reason}")]
    Malformed {
        /// The file, with the line if the error is in one line.
        file: String,
        /// What is wrong and how to fix it.
        reason: String,
    },
    /// Rows violate the schema.
    #[error("the schema refuses {}", list(rows))]
    Refused {
        /// Every refused row.
        rows: Vec<RefusedRow>,
    },
    /// SQLite failed to build a database.
    #[error("cannot build database {database}")]
    Database {
        /// The database's name.
        database: &'static str,
        /// SQLite's error.
        source: rusqlite::Error,
    },
}

/// A row that violates the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// The row's table.
    pub table: TableId,
    /// The row's id.
    pub id: i64,
    /// The constraint that it violates.
    pub reason: String,
}

impl WorldError {
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> WorldError {
        let path = path.into();
        move |source| WorldError::Io { path, source }
    }

    pub(super) fn malformed(file: &str, reason: impl Into<String>) -> WorldError {
        WorldError::Malformed {
            file: file.to_owned(),
            reason: reason.into(),
        }
    }
}

fn list(rows: &[RefusedRow]) -> String {
    let lines = rows.iter().map(|row| {
        let table = &row.table.table().qualified_name;
        format!("{table} {:08}: {}", row.id, row.reason)
    });
    lines.collect::<Vec<_>>().join("\n")
}
