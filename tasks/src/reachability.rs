//! Decides whether a session can still reach a correct outcome by playing more of the oracle's calls, without undoing anything.

use breakroom_sandbox::Fault;
use breakroom_tools::session::ToolSession;

use crate::judge::{Judge, play};
use crate::task::Call;
use crate::verdict::EpisodeEnding;

/// Finds calls that lead from the session's state to a correct outcome. None if nothing that was tried does.
///
/// For each correct outcome it tries the calls whose changes are still missing, and every suffix of the expected calls. Each attempt runs on a
/// fork of the session, the shortest first.
///
/// # Errors
/// A fault.
pub fn find_remaining_calls(
    judge: &Judge<'_>,
    session: &ToolSession,
) -> Result<Option<Vec<Call>>, Fault> {
    let task = judge.task();
    let answer = task.answer.as_ref().map(|answer| answer.correct_answer());
    let mut ways = judge.missing_calls(&session.changes()?);
    for outcome in &task.outcomes {
        let calls: Vec<&Call> = outcome.calls().collect();
        ways.extend((0..=calls.len()).map(|first| calls[first..].to_vec()));
    }
    ways.sort_by_key(Vec::len);
    ways.dedup();
    let ending = EpisodeEnding {
        answer: answer.as_deref(),
        ..EpisodeEnding::default()
    };
    for way in ways {
        let mut fork = session.fork()?;
        play(&mut fork, way.iter().copied())?;
        if judge.judge(&fork, &ending)?.outcome.is_correct() {
            return Ok(Some(way.into_iter().cloned().collect()));
        }
    }
    Ok(None)
}
