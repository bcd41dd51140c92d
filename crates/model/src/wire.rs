//! What the wire formats, the cassettes and the HTTP client share: the trait of a wire format, response bodies, and failed attempts.

use std::time::Duration;

use serde_json::Value as Json;

use crate::chat::{ChatRequest, StopReason, ToolCall, Usage};
use crate::error::ErrorKind;

/// The wire format of one provider's API.
pub(super) trait WireFormat: Send + Sync {
    /// The path below the base URL.
    const PATH: &'static str;

    /// The request field that holds the stop sequences.
    const STOP_FIELD: &'static str;

    /// Builds the body of a request.
    fn request_body(&self, request: &ChatRequest<'_>) -> Json;

    /// Parses a response that has a success status.
    ///
    /// # Errors
    /// The body is not a valid reply, or it is an error object despite the status.
    fn parse(&self, body: &ResponseBody) -> Result<Completion, AttemptError>;
}

/// The body of a response.
#[derive(Debug)]
pub(super) struct ResponseBody {
    /// Whether it is a stream of server-sent events.
    pub(super) is_stream: bool,
    /// The bytes.
    pub(super) bytes: Vec<u8>,
}

/// A model's reply, before attempts and time are added.
#[derive(Debug)]
pub(super) struct Completion {
    pub(super) text: String,
    pub(super) calls: Vec<ToolCall>,
    pub(super) stop_reason: StopReason,
    pub(super) usage: Usage,
}

/// An attempt that failed.
#[derive(Debug)]
pub(super) struct AttemptError {
    pub(super) kind: ErrorKind,
    pub(super) status: Option<u16>,
    pub(super) message: String,
    /// Whether a retry can succeed.
    pub(super) retryable: bool,
    /// How long the provider asks us to wait.
    pub(super) retry_after: Option<Duration>,
}

impl AttemptError {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> AttemptError {
        AttemptError {
            kind,
            status: None,
            message: message.into(),
            retryable: kind.is_retryable(),
            retry_after: None,
        }
    }
}
