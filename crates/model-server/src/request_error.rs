//! Why a request gets an error instead of a reply, in the terms of no API.

use axum::http::StatusCode;

/// An error that a client is told.
#[derive(Clone, Debug)]
pub(super) struct RequestError {
    pub(super) kind: RequestErrorKind,
    pub(super) message: String,
}

/// The kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestErrorKind {
    /// The request cannot be read, or it is about an unknown task.
    Invalid,
    /// There is nothing at this path or under this id.
    NotFound,
    /// The conversation is longer than the model's context.
    TooLong,
    /// Too many requests.
    RateLimit,
    /// The server failed.
    Server,
    /// The reply took too long.
    Timeout,
}

impl RequestErrorKind {
    /// The HTTP status.
    pub(super) fn status(self) -> StatusCode {
        match self {
            RequestErrorKind::Invalid | RequestErrorKind::TooLong => StatusCode::BAD_REQUEST,
            RequestErrorKind::NotFound => StatusCode::NOT_FOUND,
            RequestErrorKind::RateLimit => StatusCode::TOO_MANY_REQUESTS,
            RequestErrorKind::Server => StatusCode::INTERNAL_SERVER_ERROR,
            RequestErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

impl RequestError {
    pub(super) fn of(kind: RequestErrorKind, message: impl Into<String>) -> RequestError {
        RequestError {
            kind,
            message: message.into(),
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> RequestError {
        RequestError::of(RequestErrorKind::Invalid, message)
    }
}
