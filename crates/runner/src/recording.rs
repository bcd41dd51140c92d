//! A workplace that records which rows each call changed, and how chaos disturbed it.

use std::sync::Arc;
use std::time::Duration;

use breakroom_sandbox::Fault;
use breakroom_sandbox::changes::RowChange;
use breakroom_sandbox::row::{Row, row_to_json};
use breakroom_tools::session::{Dialect, ToolOutcome};
use serde_json::Value as Json;

use breakroom_agent::{SessionWorkplace, Workplace};
use breakroom_gateway::chaos::{DisturbedCall, Disturber};
use breakroom_model::chat::ToolSpec;
use breakroom_record::trace::{CallEffects, RowDiff};

/// A workplace that records the effects of each call.
pub struct RecordingWorkplace<'a> {
    inner: SessionWorkplace<'a>,
    disturber: Option<Disturber>,
    known: Vec<RowChange>,
    /// The effects of each call, in order.
    pub effects: Vec<CallEffects>,
    /// All changes of the session after each call that changed something, except the last such call, with the call's number.
    pub history: Vec<(u32, Vec<RowChange>)>,
    changed_by: u32,
}

impl<'a> RecordingWorkplace<'a> {
    /// Records the calls of a new session. A disturber may disturb them.
    pub fn new(
        inner: SessionWorkplace<'a>,
        disturber: Option<Disturber>,
    ) -> RecordingWorkplace<'a> {
        RecordingWorkplace {
            inner,
            disturber,
            known: Vec::new(),
            effects: Vec::new(),
            history: Vec::new(),
            changed_by: 0,
        }
    }
}

impl Workplace for RecordingWorkplace<'_> {
    fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }

    fn tools(&self) -> Vec<ToolSpec> {
        self.inner.tools()
    }

    fn call(&mut self, tool: &str, arguments: &Json) -> Result<ToolOutcome, Fault> {
        let SessionWorkplace { session, selection } = &mut self.inner;
        let DisturbedCall {
            outcome,
            kind: disturbed,
            delay,
            ..
        } = match &mut self.disturber {
            Some(disturber) => disturber.call(session, tool, arguments, |session| {
                SessionWorkplace { session, selection }.call(tool, arguments)
            })?,
            None => DisturbedCall::undisturbed(self.inner.call(tool, arguments)?),
        };
        if !delay.is_zero() {
            wait(delay);
        }
        let now = self.inner.session.changes()?;
        let changed = row_diffs(&self.known, &now);
        if !changed.is_empty() {
            let before = std::mem::replace(&mut self.known, now);
            self.history.push((self.changed_by, before));
            self.changed_by = u32::try_from(self.effects.len() + 1).unwrap_or(u32::MAX);
        }
        self.effects.push(CallEffects { changed, disturbed });
        Ok(outcome)
    }
}

/// The rows that differ between two lists of changes from the same start, each ordered by table and id.
fn row_diffs(before: &[RowChange], after: &[RowChange]) -> Vec<RowDiff> {
    if before == after {
        return Vec::new();
    }
    let find = |changes: &'_ [RowChange], like: &RowChange| {
        changes
            .iter()
            .position(|other| other.id == like.id && other.table == like.table)
    };
    let mut diffs = Vec::new();
    for change in after {
        let earlier = find(before, change).map(|place| &before[place]);
        let was = earlier.map_or(&change.before, |earlier| &earlier.after);
        if was != &change.after {
            diffs.push(row_diff(change, was, &change.after));
        }
    }
    // A change that is gone was undone: the row is as in the world again.
    for change in before.iter().filter(|change| find(after, change).is_none()) {
        diffs.push(row_diff(change, &change.after, &change.before));
    }
    diffs
}

type OptionalRow = Option<Arc<Row>>;

fn row_diff(change: &RowChange, before: &OptionalRow, after: &OptionalRow) -> RowDiff {
    let row = |row: &OptionalRow| {
        row.as_ref()
            .map_or(Json::Null, |row| row_to_json(change.table, row))
    };
    RowDiff {
        table: change.table.qualified_name.clone(),
        id: format!("{:08}", change.id),
        before: row(before),
        after: row(after),
    }
}

/// Waits without blocking other episodes if the runtime has several threads.
fn wait(delay: Duration) {
    use tokio::runtime::{Handle, RuntimeFlavor};
    let sleep = || std::thread::sleep(delay);
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(sleep),
        _ => sleep(),
    }
}
