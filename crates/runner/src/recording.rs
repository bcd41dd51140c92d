//! What each call of an episode does to the rows, and what disturbs it.

use std::sync::Arc;
use std::time::Duration;

use breakroom_sandbox::Fault;
use breakroom_sandbox::changes::{Change, row_to_json};
use breakroom_sandbox::world::Row;
use breakroom_tools::session::{Dialect, Outcome};
use serde_json::Value as Json;

use breakroom_agent::{SessionWorkplace, Workplace};
use breakroom_gateway::chaos::{DisturbedCall, Disturber};
use breakroom_model::chat::ToolSpec;
use breakroom_record::trace::{CallEffects, RowStep};

/// A workplace that notes which rows each call changed.
pub struct RecordingWorkplace<'a> {
    inner: SessionWorkplace<'a>,
    disturber: Option<Disturber>,
    known: Vec<Change>,
    /// What each call changed, and what disturbed it, in order.
    pub steps: Vec<CallEffects>,
    /// What had changed in all after each call that changed something but the last, and the call's number.
    pub history: Vec<(u32, Vec<Change>)>,
    changed_by: u32,
}

impl<'a> RecordingWorkplace<'a> {
    /// Notes what happens in a fresh session, whose calls may be disturbed.
    pub fn new(
        inner: SessionWorkplace<'a>,
        disturber: Option<Disturber>,
    ) -> RecordingWorkplace<'a> {
        RecordingWorkplace {
            inner,
            disturber,
            known: Vec::new(),
            steps: Vec::new(),
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

    fn call(&mut self, tool: &str, arguments: &Json) -> Result<Outcome, Fault> {
        let SessionWorkplace { session, offer } = &mut self.inner;
        let DisturbedCall {
            outcome,
            kind: disturbed,
            delay,
            ..
        } = match &mut self.disturber {
            Some(disturber) => disturber.call(session, tool, arguments, |session| {
                SessionWorkplace { session, offer }.call(tool, arguments)
            })?,
            None => DisturbedCall::undisturbed(self.inner.call(tool, arguments)?),
        };
        if !delay.is_zero() {
            wait(delay);
        }
        let now = self.inner.session.changes()?;
        let changed = steps(&self.known, &now);
        if !changed.is_empty() {
            let before = std::mem::replace(&mut self.known, now);
            self.history.push((self.changed_by, before));
            self.changed_by = u32::try_from(self.steps.len() + 1).unwrap_or(u32::MAX);
        }
        self.steps.push(CallEffects { changed, disturbed });
        Ok(outcome)
    }
}

/// The rows that differ between two lists of changes from the same start, each ordered by table and id.
fn steps(before: &[Change], after: &[Change]) -> Vec<RowStep> {
    if before == after {
        return Vec::new();
    }
    let find = |changes: &'_ [Change], like: &Change| {
        changes
            .iter()
            .position(|other| other.id == like.id && other.table == like.table)
    };
    let mut steps = Vec::new();
    for change in after {
        let earlier = find(before, change).map(|place| &before[place]);
        let was = earlier.map_or(&change.before, |earlier| &earlier.after);
        if was != &change.after {
            steps.push(step(change, was, &change.after));
        }
    }
    // What is no change any more was put back to what the world had.
    for change in before.iter().filter(|change| find(after, change).is_none()) {
        steps.push(step(change, &change.after, &change.before));
    }
    steps
}

type Values = Option<Arc<Row>>;

fn step(change: &Change, before: &Values, after: &Values) -> RowStep {
    let row = |row: &Values| {
        row.as_ref()
            .map_or(Json::Null, |row| row_to_json(change.table, row))
    };
    RowStep {
        table: change.table.qualified_name.clone(),
        id: format!("{:08}", change.id),
        before: row(before),
        after: row(after),
    }
}

/// Waits, where other episodes may go on meanwhile.
fn wait(delay: Duration) {
    use tokio::runtime::{Handle, RuntimeFlavor};
    let sleep = || std::thread::sleep(delay);
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(sleep),
        _ => sleep(),
    }
}
