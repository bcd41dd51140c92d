//! A session: a world, and what calls changed in it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::change_log::{ChangeLogState, RowState};
use super::deadline::Deadline;
use super::scope::{Scope, read_row};
use super::scope_authorizer::Access;
use super::session_databases::SessionDatabases;
use super::session_folder::SessionFolder;
use super::session_state::SessionState;
use crate::Fault;
use crate::changes::{RowChange, RowTouch};
use crate::row::Row;
use crate::schema::{Database, Table, TableId};
use crate::world::World;

/// One isolated, mutable copy of a world.
///
/// Opening a session copies nothing, resetting it rolls back at most, and no other session sees its writes. A session may move
/// between threads, but serves one call at a time.
pub struct Session {
    // Fields drop in this order: the databases read the world's images, so they must drop before the world.
    databases: SessionDatabases,
    deadline: Deadline,
    call: u32,
    folder: Option<SessionFolder>,
    world: Arc<World>,
}

impl Session {
    /// Opens a new session in memory.
    ///
    /// # Errors
    /// Fails if SQLite runs out of memory.
    pub fn open(world: &Arc<World>) -> Result<Session, Fault> {
        Ok(Session {
            // SAFETY: the session's databases drop before its world.
            databases: unsafe { SessionDatabases::open(world)? },
            deadline: Deadline::default(),
            call: 0,
            folder: None,
            world: Arc::clone(world),
        })
    }

    /// Opens the session that is stored in a folder, with its rows, changes and call number, or a new session if the folder is
    /// new. The session is saved there after every call. Until it is dropped, no other process can use the folder.
    ///
    /// # Errors
    /// Fails if another process uses the folder, if the folder holds a session of another world or format version, or if its file
    /// is damaged or cannot be read.
    pub fn open_in(folder: &Path, world: &Arc<World>) -> Result<Session, Fault> {
        let folder = SessionFolder::lock(folder)?;
        let state = folder.load(world)?;
        let mut session = Session::from_state(world, state).map_err(|fault| match fault {
            Fault::Sqlite(error) => {
                folder.refuse(format!("the database refused one of its rows: {error}"))
            }
            other => other,
        })?;
        session.folder = Some(folder);
        session.save()?;
        Ok(session)
    }

    /// Sets how long a call may take; by default there is no limit. A call that takes longer fails with [`Fault::TooSlow`] and
    /// changes nothing.
    ///
    /// # Errors
    /// Fails if SQLite does not accept the limit.
    pub fn set_time_limit(&mut self, limit: Option<Duration>) -> Result<(), Fault> {
        self.deadline
            .set_limit(self.databases.connection_mut(), limit)
    }

    /// Whether the session is stored in a folder.
    pub fn is_persistent(&self) -> bool {
        self.folder.is_some()
    }

    /// The world that the session started from.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Discards every change. The session is then like a new one, and its next call is number one.
    ///
    /// # Errors
    /// Fails if SQLite cannot roll back, or if the session's folder cannot be written.
    pub fn reset(&mut self) -> Result<(), Fault> {
        self.databases.reset()?;
        self.call = 0;
        self.save()
    }

    /// Opens another session in memory with the same rows, changes and call number. Later changes of one do not affect the other.
    ///
    /// # Errors
    /// Fails if SQLite runs out of memory.
    pub fn fork(&self) -> Result<Session, Fault> {
        Session::from_state(&self.world, self.state()?)
    }

    fn state(&self) -> Result<SessionState, Fault> {
        Ok(SessionState {
            call: self.call,
            touches: self.databases.log.with_state(|log| log.touches().to_vec()),
            changes: self.changes()?,
        })
    }

    fn from_state(world: &Arc<World>, state: SessionState) -> Result<Session, Fault> {
        let mut session = Session::open(world)?;
        let databases = &session.databases;
        databases.write_rows(state.changes.iter().map(RowChange::to_write))?;
        let restored = ChangeLogState::restore(state.touches, state.call);
        databases.log.with_state(|log| *log = restored);
        session.call = state.call;
        Ok(session)
    }

    /// Saves the session to its folder, if it has one. Every read and write does so by itself.
    ///
    /// # Errors
    /// Fails if the folder cannot be written.
    pub fn save(&self) -> Result<(), Fault> {
        match &self.folder {
            Some(folder) => folder.save(&self.world, &self.state()?),
            None => Ok(()),
        }
    }

    /// Begins the next call and returns its number, counted from one. The call is recorded for every row that is touched before
    /// the next call begins.
    pub fn begin_call(&mut self) -> u32 {
        self.call += 1;
        self.databases.log.with_state(|log| log.set_call(self.call));
        self.call
    }

    /// The number of calls that have begun.
    pub fn calls(&self) -> u32 {
        self.call
    }

    /// The rows that a call touched, by table and id, whether or not it left them different.
    pub fn touched_rows(&self, call: u32) -> Vec<(&'static Table, i64)> {
        let mut rows: Vec<(TableId, i64)> = self.databases.log.with_state(|log| {
            // Touches are ordered by call.
            let start = log.touches().partition_point(|touch| touch.call < call);
            let touches = log.touches()[start..].iter();
            let touches = touches.take_while(|touch| touch.call == call);
            touches.map(|touch| (touch.table, touch.id)).collect()
        });
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter()
            .map(|(table, id)| (table.table(), id))
            .collect()
    }

    /// Runs `act` with read access to one database.
    ///
    /// # Errors
    /// Returns the error of `act`, or a fault.
    pub fn read<T, E: From<Fault>>(
        &mut self,
        database: Database,
        act: impl FnOnce(&Scope<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let result = self.run_in_scope(database, Access::Read, act);
        self.save()?;
        result
    }

    /// Runs `act` with write access to one database. If it returns an error, nothing changes.
    ///
    /// # Errors
    /// Returns the error of `act`, or a fault.
    pub fn write<T, E: From<Fault>>(
        &mut self,
        database: Database,
        act: impl FnOnce(&Scope<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.databases.begin_write();
        let result = self.run_in_scope(database, Access::Write, act);
        match result {
            Ok(_) => self.databases.keep_write()?,
            Err(_) => self.databases.undo_write()?,
        }
        self.save()?;
        result
    }

    fn run_in_scope<T, E: From<Fault>>(
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
            deadline: &self.deadline,
        };
        self.databases.authorizer.restrict(database, access);
        self.deadline.start();
        let result = act(&scope);
        let exceeded_limit = self.deadline.finish();
        self.databases.authorizer.unrestrict();
        match exceeded_limit {
            Some(limit) if result.is_err() => Err(Fault::TooSlow { limit }.into()),
            _ => result,
        }
    }

    /// The rows that differ from the world, ordered by table and id, each with the calls that touched it. The cost depends on
    /// the number of touched rows, not on the size of the world.
    ///
    /// # Errors
    /// Fails if SQLite cannot read a row.
    pub fn changes(&self) -> Result<Vec<RowChange>, Fault> {
        let mut touches = self.databases.log.with_state(|log| log.touches().to_vec());
        touches.sort_by_key(|touch| (touch.table, touch.id, touch.call));
        let mut changes = Vec::new();
        for group in touches.chunk_by(|a, b| (a.table, a.id) == (b.table, b.id)) {
            let RowTouch { table, id, .. } = group[0];
            let before = self.world.row(table, id);
            let after = match self.databases.log.row_state(table, id) {
                Some(RowState::InLog { row, .. }) => row,
                Some(RowState::InDatabase) | None => {
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

    /// Every current row of a table, ordered by id.
    ///
    /// # Errors
    /// Fails if SQLite cannot read a row.
    pub fn rows(&self, table: TableId) -> Result<Vec<Row>, Fault> {
        let columns = table.table().columns.len();
        let connection = self.databases.connection()?;
        let mut statement = connection.prepare(&table.table().select_all_sql)?;
        let rows = statement.query_map([], |row| {
            (0..columns).map(|column| row.get(column)).collect()
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The connection itself, with the five databases attached under their names. Nothing on it is restricted, so never give it to a
    /// tool: it is for a harness that judges a session.
    ///
    /// # Errors
    /// Fails if SQLite refuses a row that a tool wrote.
    pub fn raw_connection(&self) -> Result<&Connection, Fault> {
        self.databases.connection()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "sandbox_session_tests.rs"]
mod tests;
