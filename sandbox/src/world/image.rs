//! Database images that many sessions share, and how SQLite is made to read them in place.
//!
//! An image lies in memory that is mapped read-only. A session attaches it as a database that SQLite believes it may
//! write; since a session never commits and never spills its cache, every page that it changes stays private in that cache.
//! That is copy on write by page: opening copies nothing, and a rollback forgets everything. Should a bug ever make SQLite
//! write to an image after all, the processor stops the process rather than let one session reach another.

use std::ffi::CString;

use memmap2::{Mmap, MmapMut};
use rusqlite::{Connection, ErrorCode, ffi};

use crate::Fault;
use crate::row::{Row, row_id};
use crate::schema::{Database, TableId};
use crate::sqlite::configure_sqlite;
use crate::world::RefusedRow;

/// A serialized database in read-only memory.
#[derive(Debug)]
pub(crate) struct Image(Mmap);

impl Image {
    /// Builds a database of the given rows; `tables` is indexed as [`schema::tables`](crate::schema::tables). Rows that the schema
    /// refuses are left out and added to `refused`.
    pub(crate) fn build(
        database: Database,
        tables: &[Vec<Row>],
        refused: &mut Vec<RefusedRow>,
    ) -> rusqlite::Result<Image> {
        configure_sqlite();
        let mut connection = Connection::open_in_memory()?;
        // A session copies the pages that it writes, and keeps working space of a page for each database.
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
        Ok(Image::from_bytes(&bytes).expect("memory for a database image is available"))
    }

    fn from_bytes(bytes: &[u8]) -> std::io::Result<Image> {
        let mut memory = MmapMut::map_anon(bytes.len())?;
        memory.copy_from_slice(bytes);
        Ok(Image(memory.make_read_only()?))
    }

    /// The database file's bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Whether the row is to blame: a constraint, or a value of another type than the column's.
fn is_refusal(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch
    )
}

/// Attaches the images of the five databases to a connection, under their names, without copying them.
///
/// # Safety
/// The connection must be closed before the images are dropped, must never commit a write to an attached database, and must
/// keep `cache_spill` off once this has returned.
pub(crate) unsafe fn attach(connection: &Connection, images: &[Image; 5]) -> Result<(), Fault> {
    connection.execute_batch(
        "ATTACH ':memory:' AS calendar; ATTACH ':memory:' AS email; ATTACH ':memory:' AS analytics;
         ATTACH ':memory:' AS project_management; ATTACH ':memory:' AS customer_relationship_manager;",
    )?;
    for (database, image) in Database::ALL.into_iter().zip(images) {
        let name = CString::new(database.name()).expect("database names hold no NUL");
        let size =
            i64::try_from(image.bytes().len()).expect("images are far smaller than 2^63 bytes");
        // SAFETY: the handle is open; the buffer outlives it by this function's contract, and is written only when a
        // page reaches the file, which takes a commit or a spill.
        let code = unsafe {
            let data = image.bytes().as_ptr().cast_mut();
            ffi::sqlite3_deserialize(connection.handle(), name.as_ptr(), data, size, size, 0)
        };
        if code != ffi::SQLITE_OK {
            return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into());
        }
    }
    // Reading in place (mmap) spares the cache a copy of every page; no spilling keeps written pages in it.
    connection.execute_batch("PRAGMA mmap_size = 1099511627776; PRAGMA cache_spill = OFF;")?;
    Ok(())
}
