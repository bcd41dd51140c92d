//! Finds the call after which a correct outcome was out of reach: replays the calls, and after each of them lets the oracle continue.

use anyhow::Result;
use breakroom_tasks::judge::Judge;
use breakroom_tasks::reachability::find_remaining_calls;
use breakroom_tasks::task::{Call, Task};
use breakroom_tasks::verdict::ScoringRules;
use breakroom_tools::session::{InitialState, ToolSession};
use serde::Serialize;
use serde_json::Value as Json;

use breakroom_agent::{SessionWorkplace, ToolSelection, Workplace};
use breakroom_gateway::chaos::DisturbanceKind;
use breakroom_record::trace::TraceEvent;

/// How long a correct outcome was in reach, without undoing anything.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "reach", rename_all = "snake_case")]
pub enum Reachability {
    /// It was out of reach after this call.
    Lost {
        /// The call's number, counted from one.
        call: u32,
        /// Its tool.
        tool: String,
        /// The calls that would have led to a correct outcome before it.
        before: Vec<Call>,
    },
    /// It was in reach to the end.
    Kept {
        /// The calls that were still missing; none if the outcome was reached.
        left: Vec<Call>,
    },
    /// It was never in reach: the task itself is wrong.
    Never,
    /// The calls cannot be replayed.
    Unknown {
        /// The reason.
        why: String,
    },
}

/// A call as it was made.
struct ReplayedCall<'a> {
    tool: &'a str,
    arguments: &'a Json,
    /// False if chaos kept the tool from running.
    carried_out: bool,
}

fn replayed_call(line: &TraceEvent) -> Option<ReplayedCall<'_>> {
    match line {
        TraceEvent::Called {
            tool,
            arguments,
            disturbed,
            ..
        } => Some(ReplayedCall {
            tool,
            arguments,
            carried_out: !matches!(
                disturbed,
                Some(DisturbanceKind::ErrorBefore | DisturbanceKind::StaleRead)
            ),
        }),
        _ => None,
    }
}

impl ReplayedCall<'_> {
    /// Makes the call again; false if it did not run.
    fn replay(&self, session: &mut ToolSession, selection: &ToolSelection) -> Result<bool> {
        if !self.carried_out {
            session.skip_call()?;
            return Ok(false);
        }
        let mut workplace = SessionWorkplace { session, selection };
        let outcome = workplace.call(self.tool, self.arguments)?;
        Ok(!outcome.is_refused())
    }
}

/// Replays an episode's calls. If a later call repaired the damage, the outcome does not count as lost.
///
/// # Errors
/// A fault.
pub fn reachability(
    start: &InitialState,
    task: &Task,
    rules: ScoringRules,
    selection: &ToolSelection,
    trace: &[TraceEvent],
) -> Result<Reachability> {
    let calls: Vec<ReplayedCall<'_>> = trace.iter().filter_map(replayed_call).collect();
    let judge = Judge::new(start, task)?.with_rules(rules)?;
    let mut session = start.open()?;
    // The last call after which a correct outcome was in reach, and the calls that lead to it.
    let mut known = find_remaining_calls(&judge, &session)?.map(|way| (0, way));
    let mut is_open = known.is_some();
    let mut before = session.changes()?;
    for (place, call) in calls.iter().enumerate() {
        let ran = call.replay(&mut session, selection)?;
        let now = session.changes()?;
        // By some rules, a call that did not run counts, too.
        if now != before || (!ran && rules != ScoringRules::Native) {
            let way = find_remaining_calls(&judge, &session)?;
            is_open = way.is_some();
            known = way.map(|way| (place + 1, way)).or(known);
        } else if let Some((last, _)) = known.as_mut().filter(|_| is_open) {
            *last = place + 1;
        }
        before = now;
    }
    Ok(match known {
        None => Reachability::Never,
        Some((last, left)) if last == calls.len() => Reachability::Kept { left },
        Some((last, before)) => Reachability::Lost {
            call: u32::try_from(last + 1).unwrap_or(u32::MAX),
            tool: calls[last].tool.to_owned(),
            before,
        },
    })
}
