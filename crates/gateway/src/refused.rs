//! Why something was not served, in the words of every protocol. What a tool refuses is no such thing, but a result.

use breakroom_sandbox::Fault;

/// What kind of thing was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The message is no JSON.
    Broken,
    /// It is JSON but no message.
    Invalid,
    /// There is no such method.
    NoMethod,
    /// The parameters are not those of the method.
    BadParameters,
    /// Ours.
    Fault,
    /// The session is unknown or was closed.
    NoSession,
    /// Nobody used the session for too long.
    Expired,
    /// The session's episode is over.
    Ended,
    /// There are as many sessions as there may be.
    TooManySessions,
    /// The session has had as many calls as it may.
    TooManyCalls,
    /// The key of a call was used for another call.
    KeyReused,
    /// No token, or one that is not known.
    Unauthorized,
    /// There is no suite, task or world of the name.
    Unknown,
}

/// How a reason is told.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The code of JSON-RPC 2.0 (section 5.1), or one of our own.
    pub code: i32,
    /// The status of HTTP.
    pub status: u16,
    /// The last part of a problem's type (RFC 9457).
    pub slug: &'static str,
    /// What went wrong, in a few words that are the same every time.
    pub title: &'static str,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 13] = [
        Reason::Broken,
        Reason::Invalid,
        Reason::NoMethod,
        Reason::BadParameters,
        Reason::Fault,
        Reason::NoSession,
        Reason::Expired,
        Reason::Ended,
        Reason::TooManySessions,
        Reason::TooManyCalls,
        Reason::KeyReused,
        Reason::Unauthorized,
        Reason::Unknown,
    ];

    /// How each protocol tells it.
    pub fn told(self) -> Told {
        let (code, status, slug, title) = match self {
            Reason::Broken => (-32_700, 400, "broken", "no JSON"),
            Reason::Invalid => (-32_600, 400, "invalid", "no message"),
            Reason::NoMethod => (-32_601, 404, "no-method", "no such method"),
            Reason::BadParameters => (-32_602, 422, "bad-parameters", "wrong parameters"),
            Reason::Fault => (-32_603, 500, "fault", "a fault of the server"),
            Reason::NoSession => (-32_001, 404, "no-session", "no such session"),
            Reason::Expired => (-32_002, 410, "expired", "the session has expired"),
            Reason::Ended => (-32_003, 409, "ended", "the episode is over"),
            Reason::TooManySessions => (-32_004, 503, "too-many-sessions", "too many sessions"),
            Reason::TooManyCalls => (-32_005, 429, "too-many-calls", "too many calls"),
            Reason::KeyReused => (-32_006, 422, "key-reused", "the key was used before"),
            Reason::Unauthorized => (-32_007, 401, "unauthorized", "no token, or a wrong one"),
            Reason::Unknown => (-32_008, 404, "unknown", "no such suite, task or world"),
        };
        Told {
            code,
            status,
            slug,
            title,
        }
    }

    /// A refusal for this reason.
    pub fn because(self, message: impl Into<String>) -> Refused {
        Refused {
            reason: self,
            message: message.into(),
        }
    }
}

/// Why a message was not served. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// What kind of thing was wrong.
    pub reason: Reason,
    /// What was wrong, and what would be right.
    pub message: String,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Reason::Fault.because(format!("{:#}", anyhow::Error::from(fault)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_has_a_code_and_a_slug_of_its_own() {
        let told = Reason::ALL.map(Reason::told);
        let codes: BTreeSet<i32> = told.iter().map(|told| told.code).collect();
        let slugs: BTreeSet<&str> = told.iter().map(|told| told.slug).collect();
        assert_eq!((codes.len(), slugs.len()), (told.len(), told.len()));
    }
}
