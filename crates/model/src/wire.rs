//! What the wire forms, the cassette and the HTTP client share: a provider's form, an answer, and an attempt that failed.

use std::time::Duration;

use serde_json::Value as Json;

use crate::chat::{ChatRequest, StopReason, ToolCall, Usage};
use crate::error::ErrorKind;

/// The form of one provider's API.
pub(super) trait Wire: Send + Sync {
    /// The path behind the base URL.
    const PATH: &'static str;

    /// The field of a request that holds the stop texts.
    const STOP: &'static str;

    /// The body of a request.
    fn body(&self, request: &ChatRequest<'_>) -> Json;

    /// What an answer with a status of success says.
    ///
    /// # Errors
    /// It is no reply, or an error in the clothes of success.
    fn read(&self, answer: &Answer) -> Result<Completion, AttemptError>;
}

/// An answer as it came.
#[derive(Debug)]
pub(super) struct Answer {
    /// Whether the body is a stream of events.
    pub(super) stream: bool,
    /// The body.
    pub(super) body: Vec<u8>,
}

/// What a model said, without what it took to get it.
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
    /// Whether asking again can help.
    pub(super) passing: bool,
    /// How long the provider wants to be left alone.
    pub(super) wait: Option<Duration>,
}

impl AttemptError {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> AttemptError {
        AttemptError {
            kind,
            status: None,
            message: message.into(),
            passing: kind.is_passing(),
            wait: None,
        }
    }
}
