//! A call and its result, as a policy reads them from a conversation.

use breakroom_tasks::task::Call;
use serde_json::Value as Json;

/// A tool call that was made, and its result.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The call; None if the message was unreadable.
    pub call: Option<Call>,
    /// What the tool returned, or the text of the refusal.
    pub result: Result<Json, String>,
}

impl Exchange {
    pub(super) fn is_of(&self, call: &Call) -> bool {
        self.call.as_ref() == Some(call)
    }
}
