//! The databases of a session: one connection over the world's shared images, inside a transaction that is never committed.
//!
//! What tools write stays in the session's log until a statement is run, and searches and look-ups run none: they ask the world and
//! the log. So whoever asks by SQL sees every row, and whoever does not pays for none.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use rusqlite::hooks::Action;
use rusqlite::{CachedStatement, Connection, OpenFlags};

use super::guard::{Access, Guard};
use super::log::{Log, LogState};
use crate::Fault;
use crate::changes::{self, RowWrite};
use crate::schema::{Database, TableId};
use crate::sqlite::configure_sqlite;
use crate::world::{World, attach_images};

/// The five databases of a session, and the log of what calls did to them.
pub(super) struct Databases {
    connection: Connection,
    pub(super) guard: Guard,
    pub(super) log: Log,
    /// Whether they may differ from the world's.
    differ: Cell<bool>,
    /// Whether the call under way has a savepoint to go back to.
    saved: Cell<bool>,
    text: RefCell<String>,
}

impl Databases {
    /// Opens a world's.
    ///
    /// # Safety
    /// The world has to be kept until this is dropped.
    pub(super) unsafe fn open(world: &Arc<World>) -> Result<Databases, Fault> {
        configure_sqlite();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_in_memory_with_flags(flags)?;
        // The main database stays empty; its working space is as small as can be.
        connection.execute_batch("PRAGMA page_size = 512")?;
        // SAFETY: the caller keeps the world until after the connection is closed; all its writes happen within a
        // transaction that the commit hook turns into a rollback; nothing turns cache_spill on.
        unsafe { attach_images(&connection, world.images())? };
        connection.commit_hook(Some(|| true))?;
        connection.set_prepared_statement_cache_capacity(64);
        let log = Log::default();
        let hook = log.clone();
        connection.update_hook(Some(
            move |_: Action, database: &str, table: &str, id: i64| {
                hook.with(|state| {
                    if let (false, Some(table)) = (state.muted, TableId::find(database, table)) {
                        state.changed(table, id);
                    }
                });
            },
        ))?;
        let guard = Guard::install(&mut connection)?;
        connection.execute_batch("BEGIN; SAVEPOINT opened")?;
        Ok(Databases {
            connection,
            guard,
            log,
            differ: Cell::new(false),
            saved: Cell::new(false),
            text: RefCell::default(),
        })
    }

    /// The connection, with every row written.
    ///
    /// # Errors
    /// SQLite refused a row.
    pub(super) fn connection(&self) -> Result<&Connection, Fault> {
        self.differ.set(true);
        self.catch_up()?;
        Ok(&self.connection)
    }

    /// The connection, for settings that see no row.
    pub(super) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Prepares for a statement of the call under way: every row is written, and what a writing one does can be undone.
    pub(super) fn ready(&self, access: Access) -> Result<(), Fault> {
        if access == Access::Write {
            self.differ.set(true);
            if !self.saved.get() {
                self.run("SAVEPOINT call")?;
                self.saved.set(true);
            }
        }
        self.catch_up()
    }

    /// Compiles a statement under the guard of a scope, or takes the one compiled under the same scope before: the scope is
    /// part of the cached text, so that no scope is handed what another one was allowed to compile.
    pub(super) fn statement(
        &self,
        database: Database,
        access: Access,
        sql: &str,
    ) -> Result<CachedStatement<'_>, Fault> {
        let mut text = self.text.borrow_mut();
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

    /// A call begins that writes.
    pub(super) fn begin(&self) {
        self.log.with(LogState::begin);
    }

    /// It is over, and what it did stays.
    pub(super) fn keep(&self) -> Result<(), Fault> {
        match self.saved.replace(false) {
            true => self.run("RELEASE call"),
            false => Ok(()),
        }
    }

    /// It is over, and nothing of what it did stays.
    pub(super) fn undo(&self) -> Result<(), Fault> {
        self.log.with(LogState::undo);
        if self.saved.replace(false) {
            self.log.with(LogState::fall_behind);
            self.run("ROLLBACK TO call")?;
            self.run("RELEASE call")?;
        }
        Ok(())
    }

    /// Forgets every change.
    pub(super) fn reset(&self) -> Result<(), Fault> {
        // A call that panicked has not ended.
        self.saved.set(false);
        self.guard.leave();
        if self.differ.get() {
            // The transaction goes on: what it has read and opened serves the next calls too.
            self.run("ROLLBACK TO opened")?;
            self.differ.set(false);
        }
        self.log.with(LogState::clear);
        Ok(())
    }

    /// Writes the rows that only the log has.
    fn catch_up(&self) -> Result<(), Fault> {
        let unwritten = self.log.with(LogState::catch_up);
        if unwritten.is_empty() {
            return Ok(());
        }
        let rows = unwritten.iter();
        let written = self.write(rows.map(|(table, id, row)| RowWrite {
            table: table.table(),
            id: *id,
            row: row.as_deref(),
        }));
        if written.is_err() {
            self.log.with(LogState::fall_behind);
        }
        written
    }

    /// Makes the databases hold rows that are no call's doing.
    pub(super) fn write<'a>(
        &self,
        rows: impl Iterator<Item = RowWrite<'a>> + Clone,
    ) -> Result<(), Fault> {
        self.differ.set(true);
        let write = || changes::apply_writes(&self.connection, rows);
        self.log.silently(|| self.guard.lifted(write))
    }

    fn run(&self, sql: &str) -> Result<(), Fault> {
        self.guard.lifted(|| {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.execute([])?;
            Ok(())
        })
    }
}
