//! The two kinds of failure of a call, never mixed.

use breakroom_sandbox::Fault;

/// What the agent can mend: it says what was wrong and what would be right, and nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There is no tool of that name; the text names those that are near.
    #[error("{0}")]
    UnknownTool(String),
    /// The agent's to mend.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A refusal with this message.
pub(super) fn refuse<T>(message: impl Into<String>) -> Result<T, CallError> {
    Err(CallError::Refusal(Refusal(message.into())))
}
