//! Rules over the calls and replies of a trace.

use breakroom_tasks::verdict::{FindingKind, RowFinding};

use super::evidence::{Called, Evidence, Found, called};
use super::seen::{Guess, guesses};
use crate::trace::{CallOutcome, Line};

/// Whether nothing was called, and nothing was unreadable, after a line.
fn is_last(evidence: &Evidence<'_>, place: usize) -> bool {
    let act = |line: &Line| matches!(line, Line::Called { .. } | Line::Unreadable { .. });
    !evidence.trace[place + 1..].iter().any(act)
}

/// What a rule finds in single lines: each finding is decisive where it is the last thing that was tried.
fn in_lines<'a>(
    evidence: &Evidence<'a>,
    mut find: impl FnMut(&'a Line) -> Option<(String, Option<u32>)>,
) -> Option<Found> {
    let mut found = Vec::new();
    for (place, line) in evidence.trace.iter().enumerate() {
        if let Some((why, call)) = find(line) {
            found.push(Found {
                why,
                calls: call.into_iter().collect(),
                decisive: is_last(evidence, place),
            });
        }
    }
    Found::all(found)
}

fn numbered(why: String, call: Called<'_>) -> Option<(String, Option<u32>)> {
    Some((
        format!("call {} ({}): {why}", call.number, call.tool),
        Some(call.number),
    ))
}

pub(super) fn malformed_action(evidence: &Evidence<'_>) -> Option<Found> {
    in_lines(evidence, |line| match (line, called(line)) {
        (Line::Unreadable { reason }, _) => Some((reason.clone(), None)),
        (_, Some(call)) if !call.arguments.is_object() => {
            numbered("its arguments are no JSON object".to_owned(), call)
        }
        _ => None,
    })
}

pub(super) fn unknown_tool(evidence: &Evidence<'_>) -> Option<Found> {
    in_lines(evidence, |line| {
        let call = called(line).filter(|call| call.outcome == CallOutcome::UnknownTool)?;
        numbered(
            "there is no such tool, or it was not offered".to_owned(),
            call,
        )
    })
}

pub(super) fn refused_repeated(evidence: &Evidence<'_>) -> Option<Found> {
    let mut refused: Vec<Called<'_>> = Vec::new();
    in_lines(evidence, |line| {
        // To try again what was disturbed is what one should do.
        let call =
            called(line).filter(|call| call.outcome == CallOutcome::Refused && !call.disturbed)?;
        let same =
            |other: &&Called<'_>| other.tool == call.tool && other.arguments == call.arguments;
        let first = refused.iter().find(same).map(|first| first.number);
        refused.push(call);
        numbered(format!("refused as call {} was", first?), call)
    })
}

pub(super) fn guessed(evidence: &Evidence<'_>) -> Option<Found> {
    let found = guesses(evidence).into_iter().map(|guess| Found {
        why: format!(
            "call {} ({}): {} is {}, which it was never shown",
            guess.call, guess.tool, guess.argument, guess.value
        ),
        calls: vec![guess.call],
        decisive: evidence
            .verdict
            .rows
            .iter()
            .any(|row| is_wrong_for(row, &guess)),
    });
    let mut found: Vec<Found> = found.collect();
    // What decides is told first.
    found.sort_by_key(|found| !found.decisive);
    Found::all(found)
}

/// Whether a row is wrong because of a guessed value.
fn is_wrong_for(row: &RowFinding, guess: &Guess<'_>) -> bool {
    let made = row.calls.iter().any(|made| made.call == guess.call);
    let holds = |value: &serde_json::Value| {
        value
            .as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case(&guess.value))
    };
    made && match row.finding {
        FindingKind::Missing => false,
        FindingKind::Extra => true,
        FindingKind::Wrong => row.columns.iter().any(|column| holds(&column.found)),
    }
}
