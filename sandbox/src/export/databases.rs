//! Exports a session as five SQLite files.

use std::path::Path;

use rusqlite::Connection;

use super::write_files;
use crate::Fault;
use crate::changes::{self, RowChange};
use crate::schema::Database;
use crate::session::Session;

/// The five databases of a session as the bytes of SQLite files, in the order of [`Database::ALL`]. A database without changes
/// equals the world's image byte for byte.
///
/// # Errors
/// Fails if SQLite cannot read or write a row.
pub fn databases(session: &Session) -> Result<Vec<(Database, Vec<u8>)>, Fault> {
    let changes = session.changes()?;
    let mut files = Vec::with_capacity(Database::ALL.len());
    for database in Database::ALL {
        let image = session.world().image(database);
        let mut own_changes = changes
            .iter()
            .filter(|change| change.table.database == database)
            .peekable();
        if own_changes.peek().is_none() {
            files.push((database, image.to_vec()));
            continue;
        }
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch(&format!("ATTACH ':memory:' AS {}", database.name()))?;
        connection.deserialize_read_exact(database.name(), image, image.len(), false)?;
        changes::apply_writes(&connection, own_changes.map(RowChange::to_write))?;
        files.push((database, connection.serialize(database.name())?.to_vec()));
    }
    Ok(files)
}

/// Writes the five databases of a session as `calendar.db`, `email.db` and so on.
///
/// # Errors
/// Names the file that could not be written.
pub fn write_databases(session: &Session, folder: &Path) -> Result<(), Fault> {
    let files = databases(session)?.into_iter();
    write_files(
        folder,
        files.map(|(database, bytes)| (format!("{}.db", database.name()), bytes)),
    )
}
