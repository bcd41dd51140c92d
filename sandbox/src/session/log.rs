//! What calls touched, in order, and what those rows are now.
//!
//! A row that a tool wrote is kept here; the databases get it once somebody asks them (see [`Databases`](super::databases::Databases)). Of rows
//! that a statement changed SQLite's update hook tells; what they are now has to be asked for.

use std::sync::{Arc, Mutex, PoisonError};

use crate::changes::RowTouch;
use crate::row::Row;
use crate::schema::TableId;

/// A session's log, shared with its update hook.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Arc<Mutex<LogState>>);

#[derive(Debug, Default)]
pub(super) struct LogState {
    touches: Vec<RowTouch>,
    /// The rows that were touched in each table, by its index; their ids ascend.
    rows: Vec<Vec<Touched>>,
    pub(super) call: u32,
    pub(super) muted: bool,
    /// Whether the databases may be behind.
    behind: bool,
    /// What the call under way touched, and what it was before, if it had been touched.
    undo: Vec<(TableId, i64, Option<Now>)>,
}

/// A row that calls have touched.
#[derive(Debug)]
struct Touched {
    id: i64,
    now: Now,
}

/// What a row is.
#[derive(Clone, Debug)]
enum Now {
    /// What the databases say.
    Asked,
    /// This, none where it was deleted; `written` once the databases know.
    Known {
        row: Option<Arc<Row>>,
        written: bool,
    },
}

/// A row that the databases do not know yet; none where it is to be deleted.
pub(super) type Unwritten = (TableId, i64, Option<Arc<Row>>);

impl LogState {
    pub(super) fn new(touches: Vec<RowTouch>, call: u32) -> LogState {
        let mut state = LogState {
            call,
            ..LogState::default()
        };
        let touched = touches.into_iter();
        touched.for_each(|touch| state.push(touch, Now::Asked));
        state.undo.clear();
        state
    }

    fn push(&mut self, touch: RowTouch, now: Now) {
        let RowTouch { table, id, .. } = touch;
        let before = self.set(table, id, Some(now));
        self.undo.push((table, id, before));
        self.touches.push(touch);
    }

    /// Notes what a row is, none where it is as no call had touched it; returns what was noted before.
    fn set(&mut self, table: TableId, id: i64, now: Option<Now>) -> Option<Now> {
        let index = table.index();
        if self.rows.len() <= index {
            self.rows.resize_with(index + 1, Vec::new);
        }
        let rows = &mut self.rows[index];
        match (rows.binary_search_by_key(&id, |touched| touched.id), now) {
            (Ok(place), Some(now)) => Some(std::mem::replace(&mut rows[place].now, now)),
            (Ok(place), None) => Some(rows.remove(place).now),
            (Err(place), Some(now)) => {
                rows.insert(place, Touched { id, now });
                None
            }
            (Err(_), None) => None,
        }
    }

    /// A statement changed a row.
    pub(super) fn changed(&mut self, table: TableId, id: i64) {
        let call = self.call;
        self.push(RowTouch { call, table, id }, Now::Asked);
    }

    fn touched(&self, table: TableId) -> &[Touched] {
        self.rows.get(table.index()).map_or(&[], Vec::as_slice)
    }

    fn find(&self, table: TableId, id: i64) -> Option<&Now> {
        let rows = self.touched(table);
        let place = rows.binary_search_by_key(&id, |touched| touched.id);
        Some(&rows[place.ok()?].now)
    }

    pub(super) fn touches(&self) -> &[RowTouch] {
        &self.touches
    }

    /// The rows that the databases do not know yet; from now on they count as written.
    pub(super) fn catch_up(&mut self) -> Vec<Unwritten> {
        let mut unwritten = Vec::new();
        if std::mem::take(&mut self.behind) {
            for (index, rows) in self.rows.iter_mut().enumerate() {
                for Touched { id, now } in rows {
                    if let Now::Known {
                        row,
                        written: written @ false,
                    } = now
                    {
                        unwritten.push((TableId::from_index(index), *id, row.clone()));
                        *written = true;
                    }
                }
            }
        }
        unwritten
    }

    /// The databases lost what was written to them since some moment: whatever is known counts as unwritten.
    pub(super) fn fall_behind(&mut self) {
        for Touched { now, .. } in self.rows.iter_mut().flatten() {
            if let Now::Known { written, .. } = now {
                *written = false;
            }
        }
        self.behind = true;
    }

    /// What follows can be undone.
    pub(super) fn begin(&mut self) {
        self.undo.clear();
    }

    /// Forgets what was touched since it began.
    pub(super) fn undo(&mut self) {
        self.touches.truncate(self.touches.len() - self.undo.len());
        while let Some((table, id, before)) = self.undo.pop() {
            self.set(table, id, before);
        }
    }

    /// Forgets everything, and keeps the memory for what comes.
    pub(super) fn clear(&mut self) {
        self.touches.clear();
        self.rows.iter_mut().for_each(Vec::clear);
        self.undo.clear();
        self.behind = false;
        self.muted = false;
        self.call = 0;
    }
}

impl Log {
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut LogState) -> T) -> T {
        // Nothing panics while it holds the lock, and the state is whole after every push.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets `act` change rows without the hook's telling of it.
    pub(super) fn silently<T>(&self, act: impl FnOnce() -> T) -> T {
        self.with(|state| state.muted = true);
        let done = act();
        self.with(|state| state.muted = false);
        done
    }

    /// The ids of a table that calls have touched, ascending; every other row is the world's.
    pub(super) fn ids(&self, table: TableId) -> Vec<i64> {
        self.with(|state| {
            let rows = state.touched(table).iter();
            rows.map(|touched| touched.id).collect()
        })
    }

    /// Whether a call has touched a row.
    pub(super) fn has(&self, table: TableId, id: i64) -> bool {
        self.with(|state| state.find(table, id).is_some())
    }

    /// A row that calls have touched, none where it was deleted; nothing where the databases have to be asked.
    pub(super) fn row(&self, table: TableId, id: i64) -> Option<Option<Arc<Row>>> {
        self.with(|state| match state.find(table, id)? {
            Now::Known { row, .. } => Some(row.clone()),
            Now::Asked => None,
        })
    }

    /// The call under way writes a row, or deletes it.
    pub(super) fn write(&self, table: TableId, id: i64, row: Option<Arc<Row>>) {
        self.with(|state| {
            let call = state.call;
            let written = false;
            state.push(RowTouch { call, table, id }, Now::Known { row, written });
            state.behind = true;
        });
    }

    /// The largest id that a call has touched in a table.
    pub(super) fn largest_id(&self, table: TableId) -> Option<i64> {
        self.with(|state| Some(state.touched(table).last()?.id))
    }
}
