//! What rules can look at: the verdict, the trace and the ending. A rule never asks a model, a session or a clock.

use breakroom_tasks::verdict::{FindingKind, RowFinding, Verdict};
use serde_json::Value as Json;

use crate::record::EndingRecord;
use crate::trace::{CallStatus, RowDiff, TraceEvent};

/// Everything that a rule can know about an episode.
pub struct Evidence<'a> {
    /// Its verdict.
    pub verdict: &'a Verdict,
    /// How the agent's work ended.
    pub ending: &'a EndingRecord,
    /// Its trace.
    pub trace: &'a [TraceEvent],
    /// The owner of the office.
    pub owner: &'a str,
    /// The first call after which the databases were as expected, if there was one.
    pub right_after: Option<u32>,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleMatch {
    /// What it found, in words.
    pub why: String,
    /// The numbers of the calls that it is about.
    pub calls: Vec<u32>,
    /// Whether this can decide the episode's class; otherwise it is only a mark.
    pub decisive: bool,
}

impl RuleMatch {
    /// A match that can decide the episode's class.
    pub fn decisive(why: impl Into<String>, calls: Vec<u32>) -> RuleMatch {
        RuleMatch {
            why: why.into(),
            calls,
            decisive: true,
        }
    }

    /// Several matches of one rule as one. Only the first is described.
    pub(super) fn combine(found: Vec<RuleMatch>) -> Option<RuleMatch> {
        let more = found.len().saturating_sub(1);
        let mut found = found.into_iter();
        let mut first = found.next()?;
        for other in found {
            first.calls.extend(other.calls);
            first.decisive |= other.decisive;
        }
        first.calls.sort_unstable();
        first.calls.dedup();
        if more > 0 {
            first.why.push_str(&format!("; and {more} more"));
        }
        Some(first)
    }
}

/// A call of a trace.
#[derive(Clone, Copy)]
pub(super) struct CallEvent<'a> {
    pub(super) number: u32,
    pub(super) tool: &'a str,
    pub(super) arguments: &'a Json,
    pub(super) outcome: CallStatus,
    pub(super) result: &'a Json,
    pub(super) changed: &'a [RowDiff],
    /// Whether chaos disturbed the call.
    pub(super) disturbed: bool,
}

/// The call that an event is, if it is one.
pub(super) fn call_event(event: &TraceEvent) -> Option<CallEvent<'_>> {
    match event {
        TraceEvent::Called {
            call,
            tool,
            arguments,
            outcome,
            result,
            changed,
            disturbed,
            ..
        } => Some(CallEvent {
            disturbed: disturbed.is_some(),
            number: *call,
            tool,
            arguments,
            outcome: *outcome,
            result,
            changed,
        }),
        _ => None,
    }
}

impl<'a> Evidence<'a> {
    /// Its calls, in order.
    pub(super) fn calls(&self) -> impl DoubleEndedIterator<Item = CallEvent<'a>> + use<'a> {
        self.trace.iter().filter_map(call_event)
    }

    /// The rows with a finding.
    pub(super) fn rows(
        &self,
        finding: FindingKind,
    ) -> impl Iterator<Item = &'a RowFinding> + use<'a> {
        let rows = self.verdict.rows.iter();
        rows.filter(move |row| row.finding == finding)
    }
}
