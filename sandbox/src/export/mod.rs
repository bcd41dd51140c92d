//! Exports a session to files that other programs can open: SQLite databases, mail messages and charts.
//!
//! The same session always gives the same bytes: times come from the office's clock, and ids from the rows.

mod charts;
mod databases;
mod mails;

use std::path::Path;

pub use charts::{charts, write_charts};
pub use databases::{databases, write_databases};
pub use mails::{mailbox, messages, write_mails};

use crate::Fault;
use crate::session::Session;

/// Writes all exports: `calendar.db` and so on, `mails/` and `plots/`.
///
/// # Errors
/// Names the file that could not be written, or the mail that has no valid message.
pub fn write_all(session: &Session, folder: &Path) -> Result<(), Fault> {
    write_databases(session, folder)?;
    write_mails(session, &folder.join("mails"))?;
    write_charts(session, &folder.join("plots"))
}

/// Writes files, given by name and content, to a folder.
fn write_files(
    folder: &Path,
    files: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> Result<(), Fault> {
    std::fs::create_dir_all(folder).map_err(Fault::io(folder))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(Fault::io(&path))?;
    }
    Ok(())
}
