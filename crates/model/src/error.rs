//! Why a model gave no reply.

use serde::Serialize;

/// A request to a model that failed, after all retries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{kind} (attempts: {attempts}): {message}")]
pub struct ModelError {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The HTTP status, if the provider sent one.
    pub status: Option<u16>,
    /// How many requests were sent.
    pub attempts: u32,
    /// The provider's message or ours; it never contains the key.
    pub message: String,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The provider limits the rate of requests, or the account's quota is used up.
    RateLimited,
    /// The provider had an internal error.
    Server,
    /// The connection could not be opened, or was lost.
    Connection,
    /// The deadline passed.
    Timeout,
    /// The conversation exceeds the model's context window.
    ContextLength,
    /// A content filter or the model itself refused.
    Refused,
    /// The response is not a valid reply.
    Malformed,
    /// The key is missing, invalid or lacks permission.
    Auth,
    /// The provider rejects the request, for example because of an unknown model or parameter.
    Rejected,
    /// A scripted model has no reply for this conversation.
    Script,
    /// The recorded run that is being replayed failed here.
    Recorded,
}

impl ErrorKind {
    /// Whether a retry can succeed.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            ErrorKind::RateLimited
                | ErrorKind::Server
                | ErrorKind::Connection
                | ErrorKind::Malformed
        )
    }
}

impl std::fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            ErrorKind::RateLimited => "the provider limits the rate of requests",
            ErrorKind::Server => "the provider failed",
            ErrorKind::Connection => "the connection failed",
            ErrorKind::Timeout => "the request timed out",
            ErrorKind::ContextLength => "the conversation exceeds the model's context window",
            ErrorKind::Refused => "the model refused",
            ErrorKind::Malformed => "the provider's response is malformed",
            ErrorKind::Auth => "the provider rejected the key",
            ErrorKind::Rejected => "the provider rejected the request",
            ErrorKind::Script => "the script has no reply",
            ErrorKind::Recorded => "the model failed in the recorded run",
        })
    }
}
