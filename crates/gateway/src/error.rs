//! Why a request was not served, with its code in every protocol. A call that a tool refuses is not among these: it is a result.

use breakroom_sandbox::Fault;

/// What kind of thing was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The message is not JSON.
    Broken,
    /// It is JSON but not a request.
    Invalid,
    /// There is no such method.
    NoMethod,
    /// The parameters do not fit the method.
    BadParameters,
    /// The server or its machine failed.
    Fault,
    /// The session is unknown or was closed.
    NoSession,
    /// The session was closed because nobody used it for too long.
    Expired,
    /// The session's episode is over.
    Ended,
    /// The limit on open sessions is reached.
    TooManySessions,
    /// The limit on a session's calls is reached.
    TooManyCalls,
    /// The key of a call was used for another call.
    KeyReused,
    /// The token is missing or unknown.
    Unauthorized,
    /// There is no suite, task or world of that name.
    Unknown,
}

/// How each protocol reports an error.
#[derive(Clone, Copy, Debug)]
pub struct ErrorInfo {
    /// The code of JSON-RPC 2.0 (section 5.1), or one of our own.
    pub code: i32,
    /// The HTTP status.
    pub status: u16,
    /// The last part of a problem's type (RFC 9457).
    pub slug: &'static str,
    /// What went wrong, in a few words that are always the same.
    pub title: &'static str,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [ErrorCode; 13] = [
        ErrorCode::Broken,
        ErrorCode::Invalid,
        ErrorCode::NoMethod,
        ErrorCode::BadParameters,
        ErrorCode::Fault,
        ErrorCode::NoSession,
        ErrorCode::Expired,
        ErrorCode::Ended,
        ErrorCode::TooManySessions,
        ErrorCode::TooManyCalls,
        ErrorCode::KeyReused,
        ErrorCode::Unauthorized,
        ErrorCode::Unknown,
    ];

    /// How each protocol reports it.
    pub fn info(self) -> ErrorInfo {
        let (code, status, slug, title) = match self {
            ErrorCode::Broken => (-32_700, 400, "broken", "not JSON"),
            ErrorCode::Invalid => (-32_600, 400, "invalid", "not a valid request"),
            ErrorCode::NoMethod => (-32_601, 404, "no-method", "no such method"),
            ErrorCode::BadParameters => (-32_602, 422, "bad-parameters", "invalid parameters"),
            ErrorCode::Fault => (-32_603, 500, "fault", "server fault"),
            ErrorCode::NoSession => (-32_001, 404, "no-session", "no such session"),
            ErrorCode::Expired => (-32_002, 410, "expired", "the session has expired"),
            ErrorCode::Ended => (-32_003, 409, "ended", "the episode is over"),
            ErrorCode::TooManySessions => (-32_004, 503, "too-many-sessions", "too many sessions"),
            ErrorCode::TooManyCalls => (-32_005, 429, "too-many-calls", "too many calls"),
            ErrorCode::KeyReused => (-32_006, 422, "key-reused", "the key was used before"),
            ErrorCode::Unauthorized => (-32_007, 401, "unauthorized", "missing or unknown token"),
            ErrorCode::Unknown => (-32_008, 404, "unknown", "no such suite, task or world"),
        };
        ErrorInfo {
            code,
            status,
            slug,
            title,
        }
    }

    /// An error with this code.
    pub fn with_message(self, message: impl Into<String>) -> ApiError {
        ApiError {
            code: self,
            message: message.into(),
        }
    }
}

/// Why a request was not served. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What kind of thing was wrong.
    pub code: ErrorCode,
    /// What was wrong, and what would be right.
    pub message: String,
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        ErrorCode::Fault.with_message(format!("{:#}", anyhow::Error::from(fault)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_error_has_a_code_and_a_slug_of_its_own() {
        let infos = ErrorCode::ALL.map(ErrorCode::info);
        let codes: BTreeSet<i32> = infos.iter().map(|info| info.code).collect();
        let slugs: BTreeSet<&str> = infos.iter().map(|info| info.slug).collect();
        assert_eq!((codes.len(), slugs.len()), (infos.len(), infos.len()));
    }
}
