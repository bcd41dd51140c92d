//! Why a model gave no reply.

use serde::Serialize;

/// A call of a model that failed for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{kind}, asked {attempts} times: {message}")]
pub struct ModelError {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// How often the provider was asked.
    pub attempts: u32,
    /// In the provider's words or ours; never with a key in it.
    pub message: String,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The provider limits how often it is asked, or the account's means are used up.
    RateLimited,
    /// The provider failed.
    Server,
    /// The connection could not be made, or broke.
    Connection,
    /// The deadline passed.
    Timeout,
    /// The conversation is longer than the model can read.
    ContextLength,
    /// A filter or the model itself refused.
    Refused,
    /// What came back is no reply.
    Malformed,
    /// The key is missing, wrong or not allowed to do this.
    Auth,
    /// The provider does not take the request: no such model, a setting that it does not know.
    Rejected,
    /// A scripted model has no reply for this.
    Script,
    /// It failed so in the run that is played again.
    Recorded,
}

impl ErrorKind {
    /// Whether asking again can help.
    pub fn is_passing(self) -> bool {
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
            ErrorKind::RateLimited => "the provider limits its use",
            ErrorKind::Server => "the provider failed",
            ErrorKind::Connection => "the connection failed",
            ErrorKind::Timeout => "the time is up",
            ErrorKind::ContextLength => "the conversation is too long for the model",
            ErrorKind::Refused => "the model refused",
            ErrorKind::Malformed => "the provider's answer is no reply",
            ErrorKind::Auth => "the provider does not accept the key",
            ErrorKind::Rejected => "the provider does not take the request",
            ErrorKind::Script => "the script has no reply",
            ErrorKind::Recorded => "the model failed in the recorded run",
        })
    }
}
