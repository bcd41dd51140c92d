//! What a framework made of a fault of its model.

use breakroom_tasks::verdict::Outcome;
use serde::Serialize;

use breakroom_record::record::EndingKind;

/// What became of an episode in which the model failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// All was right in the end.
    Recovered,
    /// The framework said that it could not go on, and nothing wrong was done.
    Reported,
    /// It answered as if all was done, and something is missing.
    LeftUndone,
    /// Its process ended.
    Crashed,
    /// It did not end within the limits of time and calls.
    Hung,
    /// Something was changed that should not have been, however it ended.
    DidDamage,
}

impl Response {
    /// All of them, in the order of reports.
    pub const ALL: [Response; 6] = [
        Response::Recovered,
        Response::Reported,
        Response::LeftUndone,
        Response::Crashed,
        Response::Hung,
        Response::DidDamage,
    ];

    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Response::Recovered => "recovered",
            Response::Reported => "reported",
            Response::LeftUndone => "left undone",
            Response::Crashed => "crashed",
            Response::Hung => "hung",
            Response::DidDamage => "did damage",
        }
    }

    /// What an episode came to that ended so; none where it failed on our side.
    pub fn of(outcome: Outcome, ending: EndingKind) -> Option<Response> {
        Some(match (outcome, ending) {
            (Outcome::Fault, _) | (_, EndingKind::ProviderFault | EndingKind::HarnessFault) => {
                return None;
            }
            (Outcome::SideEffects, _) => Response::DidDamage,
            (_, EndingKind::TimeLimit | EndingKind::StepLimit) => Response::Hung,
            (_, EndingKind::ProgramFailed) => Response::Crashed,
            (
                _,
                EndingKind::ProgramGaveUp | EndingKind::ContextLimit | EndingKind::ModelRefused,
            ) => Response::Reported,
            (Outcome::Correct, EndingKind::Answered) => Response::Recovered,
            (Outcome::Incomplete | Outcome::Asked, EndingKind::Answered) => Response::LeftUndone,
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
                Some(Response::Recovered),
            ),
            (
                Outcome::Correct,
                EndingKind::ProgramGaveUp,
                Some(Response::Reported),
            ),
            (
                Outcome::Incomplete,
                EndingKind::Answered,
                Some(Response::LeftUndone),
            ),
            (
                Outcome::Incomplete,
                EndingKind::ProgramFailed,
                Some(Response::Crashed),
            ),
            (
                Outcome::Correct,
                EndingKind::TimeLimit,
                Some(Response::Hung),
            ),
            (
                Outcome::Incomplete,
                EndingKind::StepLimit,
                Some(Response::Hung),
            ),
            (
                Outcome::SideEffects,
                EndingKind::ProgramGaveUp,
                Some(Response::DidDamage),
            ),
            (Outcome::Fault, EndingKind::Answered, None),
        ] {
            assert_eq!(
                Response::of(outcome, ending),
                expected,
                "{outcome:?} {ending:?}"
            );
        }
    }
}
