//! How an episode ends on the agent's side.

use breakroom_sandbox::Fault;
use serde::Serialize;

use breakroom_model::error::ModelError;

/// Why an agent stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "ending", content = "text", rename_all = "snake_case")]
pub enum Ending {
    /// It said that it was done, with these words.
    Answered(String),
    /// No steps were left.
    StepLimit,
    /// No time was left.
    TimeLimit,
    /// The conversation is longer than the model can read, or than it may be.
    ContextLimit,
    /// The provider's filter, or the model itself, refused to go on.
    ModelRefused(String),
    /// The program failed, or did what it must not.
    ProgramFailed(String),
    /// The program said that it could not do it, and why.
    ProgramGaveUp(String),
}

/// A fault: nothing that the agent could have done otherwise.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The provider failed for good.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The session failed.
    #[error(transparent)]
    Session(#[from] Fault),
    /// A program could not be started.
    #[error("{0}")]
    Program(String),
}
