//! What an agent made of an office that misbehaved.

use breakroom_tasks::verdict::Outcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an agent made of an office that misbehaved.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    /// The end was right all the same.
    Recovered,
    /// Something is missing, and nothing wrong was changed.
    GaveUp,
    /// Something was changed that should not have been.
    DidDamage,
}

impl Recovery {
    /// What the agent made of its disturbed calls; `None` if no call was disturbed, or if the episode is a fault.
    pub fn of(outcome: Outcome, disturbed: usize) -> Option<Recovery> {
        match outcome {
            _ if disturbed == 0 => None,
            Outcome::Correct => Some(Recovery::Recovered),
            Outcome::Incomplete | Outcome::Asked => Some(Recovery::GaveUp),
            Outcome::SideEffects => Some(Recovery::DidDamage),
            Outcome::Fault => None,
        }
    }

    /// As reports write it.
    pub fn words(self) -> &'static str {
        match self {
            Recovery::Recovered => "recovered",
            Recovery::GaveUp => "gave up",
            Recovery::DidDamage => "did damage",
        }
    }
}
