//! A session: a world, and what calls did to it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::databases::Databases;
use super::folder::Folder;
use super::guard::Access;
use super::log::LogState;
use super::scope::{Scope, read_row};
use super::watch::Watch;
use crate::Fault;
use crate::changes::{RowChange, RowTouch};
use crate::row::Row;
use crate::schema::{Database, Table, TableId};
use crate::world::World;

/// One isolated, mutable copy of a world.
///
/// Opening copies nothing, a reset at most rolls back, and no other session sees what this one writes. A session may move
/// between threads but serves one call at a time.
pub struct Session {
    // Fields drop in this order: the databases have to be gone before the world whose images they read.
    databases: Databases,
    watch: Watch,
    call: u32,
    folder: Option<Folder>,
    world: Arc<World>,
}

/// What a session is beyond its world: enough to open it again.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) call: u32,
    pub(super) touches: Vec<RowTouch>,
    pub(super) changes: Vec<RowChange>,
}

impl Session {
    /// Opens a fresh session in memory.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn open(world: &Arc<World>) -> Result<Session, Fault> {
        Ok(Session {
            // SAFETY: the session keeps the world for longer.
            databases: unsafe { Databases::open(world)? },
            watch: Watch::default(),
            call: 0,
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
        self.watch.set(self.databases.connection_mut(), limit)
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
        self.databases.reset()?;
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
            touches: self.databases.log.with(|log| log.touches().to_vec()),
            changes: self.changes()?,
        })
    }

    fn resume(world: &Arc<World>, state: State) -> Result<Session, Fault> {
        let mut session = Session::open(world)?;
        let databases = &session.databases;
        databases.write(state.changes.iter().map(RowChange::to_write))?;
        let log = LogState::new(state.touches, state.call);
        databases.log.with(|own| *own = log);
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
        self.databases.log.with(|state| state.call = self.call);
        self.call
    }

    /// How many calls have begun.
    pub fn calls(&self) -> u32 {
        self.call
    }

    /// The rows that a call touched, by table and id, whether or not it left them different.
    pub fn touched(&self, call: u32) -> Vec<(&'static Table, i64)> {
        let mut rows: Vec<(TableId, i64)> = self.databases.log.with(|log| {
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
        self.databases.begin();
        let result = self.enter(database, Access::Write, act);
        match result {
            Ok(_) => self.databases.keep()?,
            Err(_) => self.databases.undo()?,
        }
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
            databases: &self.databases,
            world: &self.world,
            database,
            access,
            watch: &self.watch,
        };
        self.databases.guard.enter(database, access);
        self.watch.start();
        let result = act(&scope);
        let stopped = self.watch.stop();
        self.databases.guard.leave();
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
    pub fn changes(&self) -> Result<Vec<RowChange>, Fault> {
        let mut touches = self.databases.log.with(|state| state.touches().to_vec());
        touches.sort_by_key(|touch| (touch.table, touch.id, touch.call));
        let mut changes = Vec::new();
        for group in touches.chunk_by(|a, b| (a.table, a.id) == (b.table, b.id)) {
            let RowTouch { table, id, .. } = group[0];
            let before = self.world.row(table, id);
            let after = match self.databases.log.row(table, id) {
                Some(row) => row,
                None => {
                    let connection = self.databases.connection()?;
                    let mut statement = connection.prepare_cached(&table.table().select_row_sql)?;
                    read_row(&mut statement, id, table)?.map(Arc::new)
                }
            };
            if before != after.as_deref() {
                let mut calls: Vec<u32> = group.iter().map(|touch| touch.call).collect();
                calls.dedup();
                changes.push(RowChange {
                    table: table.table(),
                    id,
                    before: before.cloned().map(Arc::new),
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
        let connection = self.databases.connection()?;
        let mut statement = connection.prepare(&table.table().select_all_sql)?;
        let rows = statement.query_map([], |row| {
            (0..columns).map(|column| row.get(column)).collect()
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The connection itself, for a harness that judges: nothing on it is held back, so no tool is ever handed it. The five databases are attached
    /// under their names.
    ///
    /// # Errors
    /// SQLite refused a row that a tool wrote.
    pub fn examine(&self) -> Result<&Connection, Fault> {
        self.databases.connection()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "live_tests.rs"]
mod tests;
