//! What a framework made of a fault of its model.

use breakroom_tasks::verdict::Outcome;
use serde::Serialize;

use crate::run::record::{EndingKind, EpisodeRecord};

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

    /// Reads it from an episode; none where the episode failed on our side.
    pub fn of(episode: &EpisodeRecord) -> Option<Response> {
        Some(match (episode.outcome, episode.ending.kind) {
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
