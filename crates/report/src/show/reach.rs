//! Where a correct end went out of reach: the calls are played again, and at each of them the oracle is played on.

use anyhow::Result;
use breakroom_tasks::judge::Judge;
use breakroom_tasks::reach::way_on;
use breakroom_tasks::task::{Call, Task};
use breakroom_tasks::verdict::Rules;
use breakroom_tools::session::{Session, Start};
use serde::Serialize;
use serde_json::Value as Json;

use breakroom_agent::{Offer, SessionWorkplace, Workplace};
use breakroom_gateway::chaos::DisturbanceKind;
use breakroom_record::trace::Line;

/// Until when a correct end was in reach, without undoing anything.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "reach", rename_all = "snake_case")]
pub enum Reach {
    /// After this call it was not.
    Lost {
        /// The call's number, counted from one.
        call: u32,
        /// Its tool.
        tool: String,
        /// What would have ended right before it.
        before: Vec<Call>,
    },
    /// It was to the end.
    Kept {
        /// What would have ended right then; nothing where it did.
        left: Vec<Call>,
    },
    /// It never was: the task itself is wrong.
    Never,
    /// The calls cannot be played again.
    Unknown {
        /// Why.
        why: String,
    },
}

/// A call as it was made.
struct Played<'a> {
    tool: &'a str,
    arguments: &'a Json,
    /// Not so where the office's side misbehaved on purpose.
    carried_out: bool,
}

fn played(line: &Line) -> Option<Played<'_>> {
    match line {
        Line::Called {
            tool,
            arguments,
            disturbed,
            ..
        } => Some(Played {
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

impl Played<'_> {
    /// Makes the call again; false where it did not run.
    fn again(&self, session: &mut Session, offer: &Offer) -> Result<bool> {
        if !self.carried_out {
            session.pass_over_call()?;
            return Ok(false);
        }
        let mut workplace = SessionWorkplace { session, offer };
        let outcome = workplace.call(self.tool, self.arguments)?;
        Ok(!outcome.is_refused())
    }
}

/// Plays an episode's calls again. What became unreachable and was mended by a later call does not count as lost.
///
/// # Errors
/// A fault.
pub fn reach(
    start: &Start,
    task: &Task,
    rules: Rules,
    offer: &Offer,
    trace: &[Line],
) -> Result<Reach> {
    let calls: Vec<Played<'_>> = trace.iter().filter_map(played).collect();
    let judge = Judge::new(start, task)?.with_rules(rules)?;
    let mut session = start.open()?;
    // After which call there was a way on, and which; none was made before the first.
    let mut known = way_on(&judge, &session)?.map(|way| (0, way));
    let mut is_open = known.is_some();
    let mut before = session.changes()?;
    for (place, call) in calls.iter().enumerate() {
        let ran = call.again(&mut session, offer)?;
        let now = session.changes()?;
        // By some rules a call that did not run counts as well.
        if now != before || (!ran && rules != Rules::Native) {
            let way = way_on(&judge, &session)?;
            is_open = way.is_some();
            known = way.map(|way| (place + 1, way)).or(known);
        } else if let Some((last, _)) = known.as_mut().filter(|_| is_open) {
            *last = place + 1;
        }
        before = now;
    }
    Ok(match known {
        None => Reach::Never,
        Some((last, left)) if last == calls.len() => Reach::Kept { left },
        Some((last, before)) => Reach::Lost {
            call: u32::try_from(last + 1).unwrap_or(u32::MAX),
            tool: calls[last].tool.to_owned(),
            before,
        },
    })
}
