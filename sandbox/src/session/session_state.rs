//! What a session has in addition to its world.

use crate::changes::{RowChange, RowTouch};

/// What a session has in addition to its world: enough to open it again.
#[derive(Debug, Default)]
pub(super) struct SessionState {
    /// The number of calls that have begun.
    pub(super) call: u32,
    pub(super) touches: Vec<RowTouch>,
    pub(super) changes: Vec<RowChange>,
}
