//! The rows that calls touched, in order; SQLite's update hook appends to it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::changes::Touch;
use crate::schema::TableId;

/// A session's log, shared with its update hook.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Arc<Mutex<LogState>>);

#[derive(Debug, Default)]
pub(super) struct LogState {
    touches: Vec<Touch>,
    /// The ids that were touched in each table, by its index, ascending.
    ids: Vec<Vec<i64>>,
    pub(super) call: u32,
    pub(super) muted: bool,
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
        if self.ids.len() <= index {
            self.ids.resize_with(index + 1, Vec::new);
        }
        let ids = &mut self.ids[index];
        if let Err(place) = ids.binary_search(&touch.id) {
            ids.insert(place, touch.id);
        }
        self.touches.push(touch);
    }

    pub(super) fn touches(&self) -> &[Touch] {
        &self.touches
    }

    /// Forgets everything, and keeps the memory for what comes.
    pub(super) fn clear(&mut self) {
        self.touches.clear();
        self.ids.iter_mut().for_each(Vec::clear);
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
            let ids = state.ids.get(table.index());
            ids.cloned().unwrap_or_default()
        })
    }

    /// Whether a call has touched a row.
    pub(super) fn has(&self, table: TableId, id: i64) -> bool {
        self.with(|state| {
            let ids = state.ids.get(table.index());
            ids.is_some_and(|ids| ids.binary_search(&id).is_ok())
        })
    }

    /// The largest id that a call has touched in a table.
    pub(super) fn largest_id(&self, table: TableId) -> Option<i64> {
        self.with(|state| state.ids.get(table.index())?.last().copied())
    }
}
