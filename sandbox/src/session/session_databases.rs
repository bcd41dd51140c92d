//! The databases of a session: one connection that attaches the world's shared images, in a transaction that is never committed.
//!
//! A row that a tool writes stays in the session's log until a statement runs, and is then flushed to its database. Searches and
//! look-ups run no statement: they read the world and the log. Most calls therefore never pay for a write to a database.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use rusqlite::hooks::Action;
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags};

use super::change_log::{ChangeLog, ChangeLogState};
use super::scope_authorizer::{Access, ScopeAuthorizer};
use crate::Fault;
use crate::changes::{RowWrite, apply_writes};
use crate::schema::{Database, TableId};
use crate::sqlite::configure_sqlite;
use crate::world::{World, attach_images};

/// The five databases of a session, and the log of what calls changed in them.
pub(super) struct SessionDatabases {
    connection: Connection,
    pub(super) authorizer: ScopeAuthorizer,
    pub(super) log: ChangeLog,
    /// Whether the databases may differ from the world's.
    may_differ: Cell<bool>,
    /// Whether the current call has set a savepoint.
    has_savepoint: Cell<bool>,
    sql_buffer: RefCell<String>,
}

impl SessionDatabases {
    /// Opens the databases of a world.
    ///
    /// # Safety
    /// The caller must keep the world until the databases are dropped.
    pub(super) unsafe fn open(world: &Arc<World>) -> Result<SessionDatabases, Fault> {
        configure_sqlite();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_in_memory_with_flags(flags)?;
        // The main database stays empty: give it the least working space.
        connection.execute_batch("PRAGMA page_size = 512")?;
        // SAFETY: the caller keeps the world until the connection is closed. Every write happens in a transaction that the
        // commit hook turns into a rollback, and nothing turns cache_spill on.
        unsafe { attach_images(&connection, world.images())? };
        connection.commit_hook(Some(|| true))?;
        connection.set_prepared_statement_cache_capacity(64);
        let log = ChangeLog::default();
        let hook_log = log.clone();
        connection.update_hook(Some(
            move |_: Action, database: &str, table: &str, id: i64| {
                if let Some(table) = TableId::find(database, table) {
                    hook_log.with_state(|state| state.record_statement(table, id));
                }
            },
        ))?;
        let authorizer = ScopeAuthorizer::install(&mut connection)?;
        connection.execute_batch("BEGIN; SAVEPOINT opened")?;
        Ok(SessionDatabases {
            connection,
            authorizer,
            log,
            may_differ: Cell::new(false),
            has_savepoint: Cell::new(false),
            sql_buffer: RefCell::default(),
        })
    }

    /// The connection, after every row has been flushed.
    ///
    /// # Errors
    /// Fails if SQLite refuses a row.
    pub(super) fn connection(&self) -> Result<&Connection, Fault> {
        self.may_differ.set(true);
        self.flush()?;
        Ok(&self.connection)
    }

    /// The connection, for settings that do not depend on any row.
    pub(super) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Prepares the databases for a statement of the current call: flushes every row, and sets the savepoint of a call that writes.
    pub(super) fn prepare_for_statement(&self, access: Access) -> Result<(), Fault> {
        if access == Access::Write {
            self.may_differ.set(true);
            if !self.has_savepoint.get() {
                self.run("SAVEPOINT call")?;
                self.has_savepoint.set(true);
            }
        }
        self.flush()
    }

    /// Compiles a statement under the restriction of a scope, or takes it from the cache. The scope is part of the cached text, so
    /// a scope never gets a statement that was compiled under the restriction of another.
    pub(super) fn statement(
        &self,
        database: Database,
        access: Access,
        sql: &str,
    ) -> Result<CachedStatement<'_>, Fault> {
        let mut text = self.sql_buffer.borrow_mut();
        text.clear();
        text.push_str(match access {
            Access::Read => "/*r ",
            Access::Write => "/*w ",
        });
        text.push_str(database.name());
        text.push_str("*/");
        text.push_str(sql);
        Ok(self.connection.prepare_cached(&text)?)
    }

    /// Begins a call that may write.
    pub(super) fn begin_write(&self) {
        self.log.with_state(ChangeLogState::begin_write);
    }

    /// Ends the call and keeps what it wrote.
    pub(super) fn keep_write(&self) -> Result<(), Fault> {
        if self.has_savepoint.replace(false) {
            self.run("RELEASE call")?;
        }
        Ok(())
    }

    /// Ends the call and undoes what it wrote.
    pub(super) fn undo_write(&self) -> Result<(), Fault> {
        self.log.with_state(ChangeLogState::undo_write);
        if self.has_savepoint.replace(false) {
            self.log.with_state(ChangeLogState::mark_dirty);
            self.run("ROLLBACK TO call")?;
            self.run("RELEASE call")?;
        }
        Ok(())
    }

    /// Undoes every change since the databases were opened.
    pub(super) fn reset(&self) -> Result<(), Fault> {
        // A call that panicked did not end.
        self.has_savepoint.set(false);
        self.authorizer.unrestrict();
        if self.may_differ.get() {
            // The transaction stays open, so that later calls find the schema and the pages in the cache.
            self.run("ROLLBACK TO opened")?;
            self.may_differ.set(false);
        }
        self.log.with_state(ChangeLogState::clear);
        Ok(())
    }

    /// Writes the rows that only the log has to their databases.
    fn flush(&self) -> Result<(), Fault> {
        let pending = self.log.with_state(ChangeLogState::take_pending_writes);
        if pending.is_empty() {
            return Ok(());
        }
        let result = self.write_rows(pending.iter().map(|(table, id, row)| RowWrite {
            table: table.table(),
            id: *id,
            row: row.as_deref(),
        }));
        if result.is_err() {
            self.log.with_state(ChangeLogState::mark_dirty);
        }
        result
    }

    /// Flushes every row now instead of before the next statement, and forgets the values in the log.
    pub(super) fn write_through(&self, access: Access) -> Result<(), Fault> {
        match self.prepare_for_statement(access) {
            Ok(()) => {
                self.log.with_state(ChangeLogState::forget_flushed_values);
                Ok(())
            }
            // The row may take over a unique value from a row that the tool writes next. The next flush tries again.
            Err(Fault::Sqlite(error))
                if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
            {
                Ok(())
            }
            Err(fault) => Err(fault),
        }
    }

    /// Writes rows to the databases without recording them as a call's changes.
    pub(super) fn write_rows<'a>(
        &self,
        rows: impl Iterator<Item = RowWrite<'a>> + Clone,
    ) -> Result<(), Fault> {
        self.may_differ.set(true);
        let write = || apply_writes(&self.connection, rows);
        self.log
            .without_recording(|| self.authorizer.run_unrestricted(write))
    }

    fn run(&self, sql: &str) -> Result<(), Fault> {
        self.authorizer.run_unrestricted(|| {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.execute([])?;
            Ok(())
        })
    }
}
