//! Whether a session can still come to an end that is right: by playing the oracle on, without undoing anything.

use breakroom_sandbox::Fault;
use breakroom_tools::session::ToolSession;

use crate::judge::{Judge, play};
use crate::task::Call;
use crate::verdict::{Ending, Outcome};

/// The calls that lead from where a session is to an end that is right; none where no way was found.
///
/// Tried are, for each outcome, the calls whose changes are not there yet and every end of the oracle's calls from none of them to all,
/// each on a fork of the session, the shortest first.
///
/// # Errors
/// A fault.
pub fn way_on(judge: &Judge<'_>, session: &ToolSession) -> Result<Option<Vec<Call>>, Fault> {
    let task = judge.task();
    let answer = task.answer.as_ref().map(|answer| answer.words());
    let mut ways = judge.open(&session.changes()?);
    for outcome in &task.outcomes {
        let calls: Vec<&Call> = outcome.calls().collect();
        ways.extend((0..=calls.len()).map(|first| calls[first..].to_vec()));
    }
    ways.sort_by_key(Vec::len);
    ways.dedup();
    let ending = Ending {
        answer: answer.as_deref(),
        ..Ending::default()
    };
    for way in ways {
        let mut fork = session.fork()?;
        play(&mut fork, way.iter().copied())?;
        if judge.judge(&fork, &ending)?.outcome == Outcome::Correct {
            return Ok(Some(way.into_iter().cloned().collect()));
        }
    }
    Ok(None)
}
