//! Rules over the calls and replies of a trace.

use breakroom_tasks::verdict::{FindingKind, RowFinding};

use super::evidence::{CallEvent, Evidence, RuleMatch, call_event};
use super::shown_values::{GuessedArgument, guessed_arguments};
use crate::trace::{CallStatus, TraceEvent};

/// Whether no call and no unreadable reply follow an event.
fn is_last(evidence: &Evidence<'_>, place: usize) -> bool {
    let act = |event: &TraceEvent| {
        matches!(
            event,
            TraceEvent::Called { .. } | TraceEvent::Unreadable { .. }
        )
    };
    !evidence.trace[place + 1..].iter().any(act)
}

/// What a rule finds in single events. A match is decisive if it is the last thing that the agent tried.
fn in_events<'a>(
    evidence: &Evidence<'a>,
    mut find: impl FnMut(&'a TraceEvent) -> Option<(String, Option<u32>)>,
) -> Option<RuleMatch> {
    let mut found = Vec::new();
    for (place, event) in evidence.trace.iter().enumerate() {
        if let Some((why, call)) = find(event) {
            found.push(RuleMatch {
                why,
                calls: call.into_iter().collect(),
                decisive: is_last(evidence, place),
            });
        }
    }
    RuleMatch::combine(found)
}

fn numbered(why: String, call: CallEvent<'_>) -> Option<(String, Option<u32>)> {
    Some((
        format!("call {} ({}): {why}", call.number, call.tool),
        Some(call.number),
    ))
}

pub(super) fn malformed_action(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    in_events(evidence, |event| match (event, call_event(event)) {
        (TraceEvent::Unreadable { reason }, _) => Some((reason.clone(), None)),
        (_, Some(call)) if !call.arguments.is_object() => {
            numbered("its arguments are not a JSON object".to_owned(), call)
        }
        _ => None,
    })
}

pub(super) fn unknown_tool(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    in_events(evidence, |event| {
        let call = call_event(event).filter(|call| call.outcome == CallStatus::UnknownTool)?;
        numbered(
            "there is no such tool, or it was not offered".to_owned(),
            call,
        )
    })
}

pub(super) fn refused_repeated(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let mut refused: Vec<CallEvent<'_>> = Vec::new();
    in_events(evidence, |event| {
        // Retrying a disturbed call is the right thing to do.
        let call = call_event(event)
            .filter(|call| call.outcome == CallStatus::Refused && !call.disturbed)?;
        let same =
            |other: &&CallEvent<'_>| other.tool == call.tool && other.arguments == call.arguments;
        let first = refused.iter().find(same).map(|first| first.number);
        refused.push(call);
        numbered(format!("refused like call {}", first?), call)
    })
}

pub(super) fn guessed(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let found = guessed_arguments(evidence)
        .into_iter()
        .map(|guess| RuleMatch {
            why: format!(
                "call {} ({}): {} is {}, which the agent was never shown",
                guess.call, guess.tool, guess.argument, guess.value
            ),
            calls: vec![guess.call],
            decisive: evidence
                .verdict
                .rows
                .iter()
                .any(|row| is_wrong_for(row, &guess)),
        });
    let mut found: Vec<RuleMatch> = found.collect();
    // The decisive one is described.
    found.sort_by_key(|found| !found.decisive);
    RuleMatch::combine(found)
}

/// Whether a row is wrong because of a guessed value.
fn is_wrong_for(row: &RowFinding, guess: &GuessedArgument<'_>) -> bool {
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
