//! Why a call failed. What the agent can fix is never mixed up with what it cannot.

use breakroom_sandbox::Fault;

/// A refused call, which changed nothing. The text tells the agent what was wrong and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No tool has that name. The text suggests similar ones.
    #[error("{0}")]
    UnknownTool(String),
    /// The agent can fix it.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// A failure of the office itself.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Refuses the call with this message.
pub(super) fn refuse<T>(message: impl Into<String>) -> Result<T, CallError> {
    Err(CallError::Refusal(Refusal(message.into())))
}
