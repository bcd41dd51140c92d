//! The rows that calls touched, in order, and their current state.
//!
//! A row that a tool writes is kept here, and written to its database when a statement next runs (see
//! [`SessionDatabases`](super::session_databases::SessionDatabases)). SQLite's update hook reports the rows that a statement
//! changes; their current values have to be read from the database.

use std::sync::{Arc, Mutex, PoisonError};

use crate::changes::RowTouch;
use crate::row::Row;
use crate::schema::TableId;

/// A session's change log, shared with SQLite's update hook.
#[derive(Clone, Debug, Default)]
pub(super) struct ChangeLog(Arc<Mutex<ChangeLogState>>);

#[derive(Debug, Default)]
pub(super) struct ChangeLogState {
    touches: Vec<RowTouch>,
    /// The touched rows of each table by its index, ordered by id.
    rows: Vec<Vec<LoggedRow>>,
    call: u32,
    is_recording_paused: bool,
    /// Whether the databases may lack rows of the log.
    is_dirty: bool,
    /// Each row that the current call touched with its state before, or `None` if no call had touched it.
    undo: Vec<(TableId, i64, Option<RowState>)>,
}

/// A row that calls have touched.
#[derive(Debug)]
struct LoggedRow {
    id: i64,
    state: RowState,
}

/// Where the current values of a touched row are.
#[derive(Clone, Debug)]
pub(super) enum RowState {
    /// A statement changed the row: its values are in the database alone.
    InDatabase,
    /// A tool wrote the row: its values are in the log.
    InLog {
        /// The row's values, or `None` if it was deleted.
        row: Option<Arc<Row>>,
        /// Whether the database has them too.
        is_flushed: bool,
    },
}

/// A row that its database lacks, or is to delete if there are no values.
pub(super) type PendingWrite = (TableId, i64, Option<Arc<Row>>);

impl ChangeLogState {
    /// The log of a session whose databases already hold every touched row.
    pub(super) fn restore(touches: Vec<RowTouch>, call: u32) -> ChangeLogState {
        let mut state = ChangeLogState {
            call,
            ..ChangeLogState::default()
        };
        for touch in touches {
            state.record(touch, RowState::InDatabase);
        }
        state.undo.clear();
        state
    }

    fn record(&mut self, touch: RowTouch, state: RowState) {
        let RowTouch { table, id, .. } = touch;
        let before = self.set_row_state(table, id, Some(state));
        self.undo.push((table, id, before));
        self.touches.push(touch);
    }

    /// Sets the state of a row, or forgets the row if `state` is `None`. Returns the previous state.
    fn set_row_state(
        &mut self,
        table: TableId,
        id: i64,
        state: Option<RowState>,
    ) -> Option<RowState> {
        let index = table.index();
        if self.rows.len() <= index {
            self.rows.resize_with(index + 1, Vec::new);
        }
        let rows = &mut self.rows[index];
        match (rows.binary_search_by_key(&id, |row| row.id), state) {
            (Ok(position), Some(state)) => {
                Some(std::mem::replace(&mut rows[position].state, state))
            }
            (Ok(position), None) => Some(rows.remove(position).state),
            (Err(position), Some(state)) => {
                rows.insert(position, LoggedRow { id, state });
                None
            }
            (Err(_), None) => None,
        }
    }

    /// Records that a statement changed a row.
    pub(super) fn record_statement(&mut self, table: TableId, id: i64) {
        if !self.is_recording_paused {
            let call = self.call;
            self.record(RowTouch { call, table, id }, RowState::InDatabase);
        }
    }

    fn logged_rows(&self, table: TableId) -> &[LoggedRow] {
        self.rows.get(table.index()).map_or(&[], Vec::as_slice)
    }

    fn row_state(&self, table: TableId, id: i64) -> Option<&RowState> {
        let rows = self.logged_rows(table);
        let position = rows.binary_search_by_key(&id, |row| row.id);
        Some(&rows[position.ok()?].state)
    }

    pub(super) fn touches(&self) -> &[RowTouch] {
        &self.touches
    }

    /// The rows that the databases lack. From now on they count as flushed.
    pub(super) fn take_pending_writes(&mut self) -> Vec<PendingWrite> {
        let mut pending = Vec::new();
        if std::mem::take(&mut self.is_dirty) {
            for (index, rows) in self.rows.iter_mut().enumerate() {
                for LoggedRow { id, state } in rows {
                    if let RowState::InLog {
                        row,
                        is_flushed: is_flushed @ false,
                    } = state
                    {
                        pending.push((TableId::from_index(index), *id, row.clone()));
                        *is_flushed = true;
                    }
                }
            }
        }
        pending
    }

    /// Marks every row of the log as not flushed, because the databases were rolled back.
    pub(super) fn mark_dirty(&mut self) {
        for LoggedRow { state, .. } in self.rows.iter_mut().flatten() {
            if let RowState::InLog { is_flushed, .. } = state {
                *is_flushed = false;
            }
        }
        self.is_dirty = true;
    }

    /// Forgets the values of every row that the databases have, so that they are read from there.
    pub(super) fn forget_flushed_values(&mut self) {
        for LoggedRow { state, .. } in self.rows.iter_mut().flatten() {
            if let RowState::InLog {
                is_flushed: true, ..
            } = state
            {
                *state = RowState::InDatabase;
            }
        }
    }

    /// Sets the number of the call that touches rows from now on.
    pub(super) fn set_call(&mut self, call: u32) {
        self.call = call;
    }

    /// Starts what [`undo_write`](ChangeLogState::undo_write) undoes.
    pub(super) fn begin_write(&mut self) {
        self.undo.clear();
    }

    /// Forgets every touch since [`begin_write`](ChangeLogState::begin_write).
    pub(super) fn undo_write(&mut self) {
        self.touches.truncate(self.touches.len() - self.undo.len());
        while let Some((table, id, before)) = self.undo.pop() {
            self.set_row_state(table, id, before);
        }
    }

    /// Forgets everything, but keeps the allocated memory for later calls.
    pub(super) fn clear(&mut self) {
        self.touches.clear();
        self.rows.iter_mut().for_each(Vec::clear);
        self.undo.clear();
        self.is_dirty = false;
        self.is_recording_paused = false;
        self.call = 0;
    }
}

impl ChangeLog {
    pub(super) fn with_state<T>(&self, act: impl FnOnce(&mut ChangeLogState) -> T) -> T {
        // Nothing panics while holding the lock, and every method leaves the state consistent.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs `act` without recording the rows that it changes.
    pub(super) fn without_recording<T>(&self, act: impl FnOnce() -> T) -> T {
        self.with_state(|state| state.is_recording_paused = true);
        let result = act();
        self.with_state(|state| state.is_recording_paused = false);
        result
    }

    /// The ids of a table's rows that calls have touched, ascending. Every other row is the world's.
    pub(super) fn touched_ids(&self, table: TableId) -> Vec<i64> {
        self.with_state(|state| {
            let rows = state.logged_rows(table).iter();
            rows.map(|row| row.id).collect()
        })
    }

    /// Where the values of a row are, or `None` if no call has touched it.
    pub(super) fn row_state(&self, table: TableId, id: i64) -> Option<RowState> {
        self.with_state(|state| state.row_state(table, id).cloned())
    }

    /// Records that the current call writes a row, or deletes it if there are no values.
    pub(super) fn record_write(&self, table: TableId, id: i64, row: Option<Arc<Row>>) {
        self.with_state(|state| {
            let call = state.call;
            let is_flushed = false;
            state.record(
                RowTouch { call, table, id },
                RowState::InLog { row, is_flushed },
            );
            state.is_dirty = true;
        });
    }

    /// The largest id that a call has touched in a table.
    pub(super) fn largest_id(&self, table: TableId) -> Option<i64> {
        self.with_state(|state| Some(state.logged_rows(table).last()?.id))
    }
}
