//! How an episode ends on the agent's side.

use serde::Serialize;

/// Why an agent stopped. A fault of ours or of a provider is no ending but an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "ending", content = "answer", rename_all = "snake_case")]
pub enum Ending {
    /// It said that it was done, with these words.
    Answered(String),
    /// No steps were left.
    StepLimit,
    /// No time was left.
    TimeLimit,
    /// The conversation is longer than the model can read.
    ContextLimit,
    /// The provider's filter, or the model itself, refused to go on.
    ModelRefused(String),
}
