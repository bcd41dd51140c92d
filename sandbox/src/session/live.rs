//! A session: one connection over the world's shared images, inside a transaction that is never committed.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::hooks::Action;
use rusqlite::{Connection, OpenFlags};

use super::folder::Folder;
use super::guard::{Access, Guard};
use super::log::{Log, LogState};
use super::scope::{Scope, read_row};
use super::watch::Watch;
use crate::Fault;
use crate::changes::{Change, Touch};
use crate::schema::{Database, Table, TableId};
use crate::world::{Row, World, attach, configure_sqlite};

/// One isolated, mutable copy of a world.
///
/// Opening copies nothing, a reset is a rollback, and no other session sees what this one writes. A session may move
/// between threads but serves one call at a time.
pub struct Session {
    // Fields drop in this order: the connection has to be gone before the world whose images it reads.
    connection: Connection,
    guard: Guard,
    watch: Watch,
    log: Log,
    call: u32,
    text: RefCell<String>,
    folder: Option<Folder>,
    world: Arc<World>,
}

/// What a session is beyond its world: enough to open it again.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) call: u32,
    pub(super) touches: Vec<Touch>,
    pub(super) changes: Vec<Change>,
}

impl Session {
    /// Opens a fresh session in memory.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn open(world: &Arc<World>) -> Result<Session, Fault> {
        configure_sqlite();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_in_memory_with_flags(flags)?;
        // The main database stays empty; its working space is as small as can be.
        connection.execute_batch("PRAGMA page_size = 512")?;
        // SAFETY: the session keeps the world until after its connection is closed; all its writes happen within a
        // transaction that the commit hook turns into a rollback; nothing turns cache_spill on.
        unsafe { attach(&connection, world.images())? };
        connection.commit_hook(Some(|| true))?;
        connection.set_prepared_statement_cache_capacity(64);
        let log = Log::default();
        let hook = log.clone();
        connection.update_hook(Some(
            move |_: Action, database: &str, table: &str, id: i64| {
                hook.with(|state| {
                    if let (false, Some(table)) = (state.muted, TableId::find(database, table)) {
                        let call = state.call;
                        state.push(Touch { call, table, id });
                    }
                });
            },
        ))?;
        let guard = Guard::install(&mut connection)?;
        connection.execute_batch("BEGIN; SAVEPOINT opened")?;
        Ok(Session {
            connection,
            guard,
            watch: Watch::default(),
            log,
            call: 0,
            text: RefCell::default(),
            folder: None,
            world: Arc::clone(world),
        })
    }

    /// Opens the session that lives in a folder, with its rows, changes and call number, or a fresh one where the folder is new. It
    /// is written there after every call, and the folder is this process's until the session is dropped.
    ///
    /// # Errors
    /// Another process has the folder, it holds a session of another world or format version, it is damaged, or it cannot
    /// be read.
    pub fn open_in(folder: &Path, world: &Arc<World>) -> Result<Session, Fault> {
        let folder = Folder::hold(folder)?;
        let state = folder.load(world)?;
        let mut session = Session::resume(world, state).map_err(|fault| match fault {
            Fault::Sqlite(error) => folder.refuse(format!("a row of it is refused: {error}")),
            other => other,
        })?;
        session.folder = Some(folder);
        session.save()?;
        Ok(session)
    }

    /// Stops whatever a tool asks of the databases once it takes longer than this; nothing stops it at first. The call fails with
    /// [`Fault::TooSlow`] then, and has changed nothing.
    ///
    /// # Errors
    /// SQLite does not take the limit.
    pub fn limit_time(&mut self, limit: Option<Duration>) -> Result<(), Fault> {
        self.watch.set(&mut self.connection, limit)
    }

    /// Whether the session lives in a folder.
    pub fn is_kept(&self) -> bool {
        self.folder.is_some()
    }

    /// The world that the session started from.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Forgets every change: the session is as freshly opened, and calls are numbered from one again.
    ///
    /// # Errors
    /// SQLite failed to roll back, or the session's folder cannot be written.
    pub fn reset(&mut self) -> Result<(), Fault> {
        // The transaction goes on: what it has read and opened serves the next calls too.
        self.run("ROLLBACK TO opened")?;
        self.log.with(LogState::clear);
        self.call = 0;
        self.save()
    }

    /// Opens another session, in memory, with the same rows, changes and call number. From then on the two are apart.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn fork(&self) -> Result<Session, Fault> {
        Session::resume(&self.world, self.state()?)
    }

    fn state(&self) -> Result<State, Fault> {
        Ok(State {
            call: self.call,
            touches: self.log.with(|log| log.touches().to_vec()),
            changes: self.changes()?,
        })
    }

    fn resume(world: &Arc<World>, state: State) -> Result<Session, Fault> {
        let mut session = Session::open(world)?;
        session.log.with(|log| log.muted = true);
        for change in &state.changes {
            change.apply(&session.connection)?;
        }
        session
            .log
            .with(|log| *log = LogState::new(state.touches, state.call));
        session.call = state.call;
        Ok(session)
    }

    /// Writes the session to its folder, where it lives in one. Every read and write does so by itself.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn keep(&self) -> Result<(), Fault> {
        self.save()
    }

    fn save(&self) -> Result<(), Fault> {
        match &self.folder {
            Some(folder) => folder.save(&self.world, &self.state()?),
            None => Ok(()),
        }
    }

    /// Starts the next call and returns its number, counted from one. Every row touched until the next one is its doing.
    pub fn begin_call(&mut self) -> u32 {
        self.call += 1;
        self.log.with(|state| state.call = self.call);
        self.call
    }

    /// How many calls have begun.
    pub fn calls(&self) -> u32 {
        self.call
    }

    /// The rows that a call touched, by table and id, whether or not it left them different.
    pub fn touched(&self, call: u32) -> Vec<(&'static Table, i64)> {
        let mut rows: Vec<(TableId, i64)> = self.log.with(|log| {
            // Calls come one after the other, and so do their touches.
            let from = log.touches().partition_point(|touch| touch.call < call);
            let own = log.touches()[from..].iter();
            let own = own.take_while(|touch| touch.call == call);
            own.map(|touch| (touch.table, touch.id)).collect()
        });
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter()
            .map(|(table, id)| (table.table(), id))
            .collect()
    }

    /// Lets `act` read one database.
    ///
    /// # Errors
    /// What `act` returns, or a fault.
    pub fn read<T, E: From<Fault>>(
        &mut self,
        database: Database,
        act: impl FnOnce(&Scope<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let result = self.enter(database, Access::Read, act);
        self.save()?;
        result
    }

    /// Lets `act` change one database. Where it returns an error, nothing has changed.
    ///
    /// # Errors
    /// What `act` returns, or a fault.
    pub fn write<T, E: From<Fault>>(
        &mut self,
        database: Database,
        act: impl FnOnce(&Scope<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let touched = self.log.with(|state| state.touches().len());
        self.run("SAVEPOINT call")?;
        let result = self.enter(database, Access::Write, act);
        if result.is_err() {
            self.run("ROLLBACK TO call")?;
            self.log.with(|state| state.truncate(touched));
        }
        self.run("RELEASE call")?;
        self.save()?;
        result
    }

    fn enter<T, E: From<Fault>>(
        &self,
        database: Database,
        access: Access,
        act: impl FnOnce(&Scope<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let scope = Scope {
            connection: &self.connection,
            world: &self.world,
            database,
            access,
            log: &self.log,
            watch: &self.watch,
            text: &self.text,
        };
        self.guard.enter(database, access);
        self.watch.start();
        let result = act(&scope);
        let stopped = self.watch.stop();
        self.guard.leave();
        match stopped {
            Some(limit) if result.is_err() => Err(Fault::TooSlow { limit }.into()),
            _ => result,
        }
    }

    /// The rows that differ from the world, by table and id, each with the calls that touched it. It costs what was
    /// touched, whatever the size of the world.
    ///
    /// # Errors
    /// SQLite failed to read a row.
    pub fn changes(&self) -> Result<Vec<Change>, Fault> {
        let mut touches = self.log.with(|state| state.touches().to_vec());
        touches.sort_by_key(|touch| (touch.table, touch.id, touch.call));
        let mut changes = Vec::new();
        for group in touches.chunk_by(|a, b| (a.table, a.id) == (b.table, b.id)) {
            let Touch { table, id, .. } = group[0];
            let before = self.world.row(table, id);
            let after = match self.log.known_row(table, id) {
                Some(row) => Some(row),
                None => {
                    let mut statement =
                        self.connection.prepare_cached(&table.table().select_row)?;
                    read_row(&mut statement, id, table)?
                }
            };
            if before != after.as_ref() {
                let mut calls: Vec<u32> = group.iter().map(|touch| touch.call).collect();
                calls.dedup();
                changes.push(Change {
                    table: table.table(),
                    id,
                    before: before.cloned(),
                    after,
                    calls,
                });
            }
        }
        Ok(changes)
    }

    /// Every row of a table as it is now, in the order of ids.
    ///
    /// # Errors
    /// SQLite failed to read a row.
    pub fn rows(&self, table: TableId) -> Result<Vec<Row>, Fault> {
        let columns = table.table().columns.len();
        let mut statement = self.connection.prepare(&table.table().select_all)?;
        let rows = statement.query_map([], |row| {
            (0..columns).map(|column| row.get(column)).collect()
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The connection itself, for a harness that judges: nothing on it is held back, so no tool is ever handed it. The five databases are attached
    /// under their names.
    pub fn examine(&self) -> &Connection {
        &self.connection
    }

    fn run(&self, sql: &str) -> Result<(), Fault> {
        Ok(self
            .connection
            .prepare_cached(sql)?
            .execute([])
            .map(|_| ())?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "live_tests.rs"]
mod tests;
