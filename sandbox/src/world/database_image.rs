//! Database images that many sessions share, and the code that makes SQLite read them in place.
//!
//! An image lies in memory that is mapped read-only. A session attaches it as a database that SQLite believes it may write.
//! Since a session never commits and never spills its cache, every page that it changes stays private in that cache. The effect
//! is copy on write by page: opening copies nothing, and a rollback discards every change. If a bug ever made SQLite write to an
//! image, the processor would stop the process before one session could affect another.

use std::ffi::CString;

use memmap2::{Mmap, MmapMut};
use rusqlite::{Connection, ErrorCode, ffi};

use super::error::RefusedRow;
use crate::Fault;
use crate::row::{Row, row_id};
use crate::schema::{Database, TableId};
use crate::sqlite::configure_sqlite;

/// A serialized database in read-only memory.
#[derive(Debug)]
pub(crate) struct DatabaseImage(Mmap);

impl DatabaseImage {
    /// Builds a database of the given rows; `tables` is indexed as [`schema::tables`](crate::schema::tables) is. Rows that violate
    /// the schema are left out and added to `refused`.
    pub(crate) fn build(
        database: Database,
        tables: &[Vec<Row>],
        refused: &mut Vec<RefusedRow>,
    ) -> rusqlite::Result<DatabaseImage> {
        configure_sqlite();
        let mut connection = Connection::open_in_memory()?;
        // Small pages: a session copies each page that it writes, and keeps one page of working space for each database.
        connection.execute_batch("PRAGMA page_size = 1024")?;
        connection.execute_batch(database.definition())?;
        let transaction = connection.transaction()?;
        for id in TableId::all().filter(|id| id.table().database == database) {
            let mut insert = transaction.prepare(&id.table().insert_into_main_sql())?;
            for row in &tables[id.index()] {
                match insert.execute(rusqlite::params_from_iter(row)) {
                    Ok(_) => {}
                    Err(rusqlite::Error::SqliteFailure(error, reason))
                        if is_refusal(error.code) =>
                    {
                        refused.push(RefusedRow {
                            table: id,
                            id: row_id(row),
                            reason: reason.unwrap_or_else(|| error.to_string()),
                        });
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        transaction.commit()?;
        let bytes = connection.serialize("main")?.to_vec();
        Ok(DatabaseImage::from_bytes(&bytes).expect("memory for a database image is available"))
    }

    fn from_bytes(bytes: &[u8]) -> std::io::Result<DatabaseImage> {
        let mut memory = MmapMut::map_anon(bytes.len())?;
        memory.copy_from_slice(bytes);
        Ok(DatabaseImage(memory.make_read_only()?))
    }

    /// The bytes of the database file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Whether SQLite refused the row itself: it violates a constraint, or a value has the wrong type for its column.
fn is_refusal(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch
    )
}

/// Attaches the images of the five databases to a connection under their names, without copying them.
///
/// # Safety
/// The connection must be closed before the images are dropped, must never commit a write to an attached database, and must
/// keep `cache_spill` off once this has returned.
pub(crate) unsafe fn attach_images(
    connection: &Connection,
    images: &[DatabaseImage; 5],
) -> Result<(), Fault> {
    connection.execute_batch(
        "ATTACH ':memory:' AS calendar; ATTACH ':memory:' AS email; ATTACH ':memory:' AS analytics;
         ATTACH ':memory:' AS project_management; ATTACH ':memory:' AS customer_relationship_manager;",
    )?;
    for (database, image) in Database::ALL.into_iter().zip(images) {
        let name = CString::new(database.name()).expect("database names hold no NUL");
        let size =
            i64::try_from(image.bytes().len()).expect("images are far smaller than 2^63 bytes");
        // SAFETY: the handle is open. By this function's contract, the buffer outlives it and SQLite never writes to the
        // buffer, since a page reaches the file only through a commit or a cache spill.
        let code = unsafe {
            let data = image.bytes().as_ptr().cast_mut();
            ffi::sqlite3_deserialize(connection.handle(), name.as_ptr(), data, size, size, 0)
        };
        if code != ffi::SQLITE_OK {
            return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into());
        }
    }
    // mmap reads pages in place instead of copying them into the cache. Without spilling, written pages stay in the cache.
    connection.execute_batch("PRAGMA mmap_size = 1099511627776; PRAGMA cache_spill = OFF;")?;
    Ok(())
}
