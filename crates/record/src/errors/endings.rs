//! Rules over how the agent's work ended.

use breakroom_tasks::answer::asks_back;

use super::evidence::{Evidence, RuleMatch};
use crate::record::EndingKind;
use crate::trace::CallStatus;

fn ended(evidence: &Evidence<'_>, kind: EndingKind, why: &str) -> Option<RuleMatch> {
    let text = evidence.ending.text.as_deref();
    (evidence.ending.kind == kind).then(|| RuleMatch::decisive(text.unwrap_or(why), Vec::new()))
}

pub(super) fn harness_fault(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    ended(evidence, EndingKind::HarnessFault, "the reason is unknown")
}

pub(super) fn provider_fault(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    ended(evidence, EndingKind::ProviderFault, "the reason is unknown")
}

pub(super) fn program_failed(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    ended(evidence, EndingKind::ProgramFailed, "the reason is unknown")
}

pub(super) fn step_limit(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    ended(
        evidence,
        EndingKind::StepLimit,
        "no step was left for an answer",
    )
}

pub(super) fn time_limit(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    ended(
        evidence,
        EndingKind::TimeLimit,
        "no time was left for an answer",
    )
}

pub(super) fn context_limit(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    ended(
        evidence,
        EndingKind::ContextLimit,
        "no room was left for an answer",
    )
}

/// The final answer, if the agent gave one.
fn last_words<'a>(evidence: &Evidence<'a>) -> Option<&'a str> {
    let text = evidence.ending.text.as_deref();
    text.filter(|_| evidence.ending.kind == EndingKind::Answered)
}

pub(super) fn asked_back(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let words = last_words(evidence)?;
    asks_back(words).then(|| {
        RuleMatch::decisive(
            format!("the final answer asks: {}", quoted(words)),
            Vec::new(),
        )
    })
}

/// Phrases that say that something could not be done.
const COULD_NOT: [&str; 14] = [
    "i cannot",
    "i can't",
    "i can not",
    "could not",
    "couldn't",
    "unable to",
    "not able to",
    "was not possible",
    "wasn't possible",
    "is not possible",
    "isn't possible",
    "failed to",
    "i give up",
    "no way to",
];

pub(super) fn gave_up(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let model = ended(evidence, EndingKind::ModelRefused, "the model refused");
    let program = || ended(evidence, EndingKind::ProgramGaveUp, "the program gave up");
    if let Some(found) = model.or_else(program) {
        return Some(found);
    }
    let words = last_words(evidence)?;
    let lower = words.to_lowercase().replace('’', "'");
    if COULD_NOT.iter().any(|phrase| lower.contains(phrase)) {
        return Some(RuleMatch::decisive(
            format!("the final answer says so: {}", quoted(words)),
            Vec::new(),
        ));
    }
    let last = evidence.calls().next_back()?;
    (last.outcome == CallStatus::Refused).then(|| {
        RuleMatch::decisive(
            format!(
                "the last call, {} ({}), was refused, and the agent tried nothing else",
                last.number, last.tool
            ),
            vec![last.number],
        )
    })
}

pub(super) fn no_action(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    // An agent that could not be asked or started did not choose to do nothing.
    let faulty = matches!(
        evidence.ending.kind,
        EndingKind::ProviderFault | EndingKind::HarnessFault
    );
    (!faulty && evidence.calls().next().is_none())
        .then(|| RuleMatch::decisive("the agent finished without calling a tool", Vec::new()))
}

/// The end of a text, on one line.
fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = line.chars().count();
    let kept: String = line.chars().skip(length.saturating_sub(120)).collect();
    format!("“{}{kept}”", if length > 120 { "…" } else { "" })
}
