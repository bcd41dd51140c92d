//! How an episode ends on the agent's side.

use breakroom_sandbox::Fault;
use serde::Serialize;

use breakroom_model::error::ModelError;

/// Why an agent stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "ending", content = "text", rename_all = "snake_case")]
pub enum AgentEnding {
    /// The agent gave its final answer.
    Answered(String),
    /// The agent reached the step limit.
    StepLimit,
    /// The agent reached the time limit.
    TimeLimit,
    /// The conversation exceeds the model's context window or the episode's limit.
    ContextLimit,
    /// The provider's content filter or the model itself refused to continue.
    ModelRefused(String),
    /// The program failed, or broke its contract.
    ProgramFailed(String),
    /// The program reported that it could not do the task, and why.
    ProgramGaveUp(String),
}

/// A fault: something that the agent could not have prevented.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The provider failed, after all retries.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The session failed.
    #[error(transparent)]
    Session(#[from] Fault),
    /// A program could not be started.
    #[error("{0}")]
    Program(String),
}
