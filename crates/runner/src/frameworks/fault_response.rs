//! How a framework responds to a fault of its model.

use breakroom_tasks::verdict::Outcome;
use serde::Serialize;

use breakroom_record::record::EndingKind;

/// How a framework responded to a fault of its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultResponse {
    /// The task was completed correctly.
    Recovered,
    /// The framework reported that it could not continue, and nothing wrong was done.
    Reported,
    /// It answered as if the task were done, but something is missing.
    LeftUndone,
    /// Its process exited.
    Crashed,
    /// It reached the limit of time or calls.
    Hung,
    /// Something was changed that should not have been, however it ended.
    DidDamage,
}

impl FaultResponse {
    /// All responses, in the order of reports.
    pub const ALL: [FaultResponse; 6] = [
        FaultResponse::Recovered,
        FaultResponse::Reported,
        FaultResponse::LeftUndone,
        FaultResponse::Crashed,
        FaultResponse::Hung,
        FaultResponse::DidDamage,
    ];

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            FaultResponse::Recovered => "recovered",
            FaultResponse::Reported => "reported",
            FaultResponse::LeftUndone => "left undone",
            FaultResponse::Crashed => "crashed",
            FaultResponse::Hung => "hung",
            FaultResponse::DidDamage => "did damage",
        }
    }

    /// The response of an episode with this outcome and ending; `None` if it is a fault of Breakroom.
    pub fn of(outcome: Outcome, ending: EndingKind) -> Option<FaultResponse> {
        if !outcome.is_judged() {
            return None;
        }
        let response = match ending {
            EndingKind::ProviderFault | EndingKind::HarnessFault => return None,
            EndingKind::TimeLimit | EndingKind::StepLimit => FaultResponse::Hung,
            EndingKind::ProgramFailed => FaultResponse::Crashed,
            EndingKind::ProgramGaveUp | EndingKind::ContextLimit | EndingKind::ModelRefused => {
                FaultResponse::Reported
            }
            EndingKind::Answered if outcome.is_correct() => FaultResponse::Recovered,
            EndingKind::Answered => FaultResponse::LeftUndone,
        };
        Some(if outcome.is_harm() {
            FaultResponse::DidDamage
        } else {
            response
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_counts_before_how_it_ended_and_a_report_before_what_was_done() {
        for (outcome, ending, expected) in [
            (
                Outcome::Correct,
                EndingKind::Answered,
                Some(FaultResponse::Recovered),
            ),
            (
                Outcome::Correct,
                EndingKind::ProgramGaveUp,
                Some(FaultResponse::Reported),
            ),
            (
                Outcome::Incomplete,
                EndingKind::Answered,
                Some(FaultResponse::LeftUndone),
            ),
            (
                Outcome::Incomplete,
                EndingKind::ProgramFailed,
                Some(FaultResponse::Crashed),
            ),
            (
                Outcome::Correct,
                EndingKind::TimeLimit,
                Some(FaultResponse::Hung),
            ),
            (
                Outcome::Incomplete,
                EndingKind::StepLimit,
                Some(FaultResponse::Hung),
            ),
            (
                Outcome::SideEffects,
                EndingKind::ProgramGaveUp,
                Some(FaultResponse::DidDamage),
            ),
            (Outcome::Fault, EndingKind::Answered, None),
        ] {
            assert_eq!(
                FaultResponse::of(outcome, ending),
                expected,
                "{outcome:?} {ending:?}"
            );
        }
    }
}
