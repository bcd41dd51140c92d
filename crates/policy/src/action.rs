//! What a policy does next.

use breakroom_tasks::task::Call;

/// What a policy does next.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyAction {
    /// Call a tool.
    Call(Call),
    /// Write this call as malformed JSON, which nobody can read.
    MalformedCall(Call),
    /// End with this answer.
    Answer(String),
}
