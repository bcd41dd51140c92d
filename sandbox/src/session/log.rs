//! The rows that calls touched, in order; SQLite's update hook appends to it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::changes::Touch;
use crate::schema::TableId;
use crate::world::Row;

/// A session's log, shared with its update hook.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Arc<Mutex<LogState>>);

#[derive(Debug, Default)]
pub(super) struct LogState {
    touches: Vec<Touch>,
    /// The rows that were touched in each table, by its index; their ids ascend.
    rows: Vec<Vec<Touched>>,
    pub(super) call: u32,
    pub(super) muted: bool,
}

/// A row that calls have touched.
#[derive(Debug)]
struct Touched {
    id: i64,
    /// As it is, where the statement that wrote it last said so; all others have to be asked for.
    row: Option<Row>,
}

impl LogState {
    pub(super) fn new(touches: Vec<Touch>, call: u32) -> LogState {
        let mut state = LogState {
            call,
            ..LogState::default()
        };
        touches.into_iter().for_each(|touch| state.push(touch));
        state
    }

    pub(super) fn push(&mut self, touch: Touch) {
        let index = touch.table.index();
        if self.rows.len() <= index {
            self.rows.resize_with(index + 1, Vec::new);
        }
        let (id, row) = (touch.id, None);
        let rows = &mut self.rows[index];
        match rows.binary_search_by_key(&id, |touched| touched.id) {
            Ok(place) => rows[place].row = row,
            Err(place) => rows.insert(place, Touched { id, row }),
        }
        self.touches.push(touch);
    }

    fn touched(&self, table: TableId) -> &[Touched] {
        self.rows.get(table.index()).map_or(&[], Vec::as_slice)
    }

    fn find(&self, table: TableId, id: i64) -> Option<&Touched> {
        let rows = self.touched(table);
        let place = rows.binary_search_by_key(&id, |touched| touched.id);
        Some(&rows[place.ok()?])
    }

    pub(super) fn touches(&self) -> &[Touch] {
        &self.touches
    }

    /// Forgets everything, and keeps the memory for what comes.
    pub(super) fn clear(&mut self) {
        self.touches.clear();
        self.rows.iter_mut().for_each(Vec::clear);
        self.call = 0;
    }

    /// Forgets the touches of a call that was refused.
    pub(super) fn truncate(&mut self, touches: usize) {
        if touches < self.touches.len() {
            let mut kept = std::mem::take(&mut self.touches);
            kept.truncate(touches);
            *self = LogState::new(kept, self.call);
        }
    }
}

impl Log {
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut LogState) -> T) -> T {
        // Nothing panics while it holds the lock, and the state is whole after every push.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
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

    /// A row that calls have touched, where it is known without asking the database.
    pub(super) fn known_row(&self, table: TableId, id: i64) -> Option<Row> {
        self.with(|state| state.find(table, id)?.row.clone())
    }

    /// Keeps what a statement wrote into a row; the next one that touches it makes it unknown again.
    pub(super) fn know_row(&self, table: TableId, id: i64, row: &Row) {
        self.with(|state| {
            let rows = state.rows.get_mut(table.index());
            let touched = rows.and_then(|rows| rows.iter_mut().rfind(|touched| touched.id == id));
            if let Some(touched) = touched {
                touched.row = Some(row.clone());
            }
        });
    }

    /// The largest id that a call has touched in a table.
    pub(super) fn largest_id(&self, table: TableId) -> Option<i64> {
        self.with(|state| Some(state.touched(table).last()?.id))
    }
}
