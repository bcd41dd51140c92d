//! A session as files that other programs open: five SQLite databases, mails as messages, and plots as charts.
//!
//! The same session gives the same bytes: times are the office's, and ids are the rows'.

mod charts;
mod databases;
mod mails;

use std::path::Path;

pub use charts::{charts, write_charts};
pub use databases::{databases, write_databases};
pub use mails::{mailbox, messages, write_mails};

use crate::Fault;
use crate::session::Session;

/// Writes everything: `calendar.db` and so on, `mails/`, and `plots/`.
///
/// # Errors
/// The file that could not be written, or the mail that cannot be a message.
pub fn write_all(session: &Session, folder: &Path) -> Result<(), Fault> {
    write_databases(session, folder)?;
    write_mails(session, &folder.join("mails"))?;
    write_charts(session, &folder.join("plots"))
}

/// Writes files of these names into a folder.
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
