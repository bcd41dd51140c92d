//! The APIs that the server speaks.

use axum::response::Response;
use serde_json::Value as Json;

use super::http_response::{Delivery, ServerSentEvent, whole};
use super::model_reply::ModelReply;
use super::model_request::ModelRequest;
use super::request_error::RequestError;
use super::{completions, messages, responses};

/// An API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    /// OpenAI's chat completions.
    Completions,
    /// OpenAI's responses.
    Responses,
    /// Anthropic's messages.
    Messages,
}

impl Api {
    /// Every API.
    pub(super) const ALL: [Api; 3] = [Api::Completions, Api::Responses, Api::Messages];

    /// Its path.
    pub(super) fn path(self) -> &'static str {
        match self {
            Api::Completions => "/v1/chat/completions",
            Api::Responses => "/v1/responses",
            Api::Messages => "/v1/messages",
        }
    }

    /// Reads a request.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn read(self, body: &Json) -> Result<ModelRequest, RequestError> {
        let request = match self {
            Api::Completions => completions::read(body),
            Api::Responses => responses::read(body),
            Api::Messages => messages::read(body),
        };
        request
            .map_err(|error| RequestError::invalid(format!("the request cannot be read: {error}")))
    }

    /// A reply in one piece.
    pub(super) fn whole(self, reply: &ModelReply) -> Json {
        match self {
            Api::Completions => completions::whole(reply),
            Api::Responses => responses::whole(reply),
            Api::Messages => messages::whole(reply),
        }
    }

    /// A reply as a stream.
    pub(super) fn events(self, reply: &ModelReply, request: &ModelRequest) -> Vec<ServerSentEvent> {
        match self {
            Api::Completions => completions::events(reply, request.stream_usage),
            Api::Responses => responses::events(reply),
            Api::Messages => messages::events(reply),
        }
    }

    /// The body of an error.
    pub(super) fn error(self, error: &RequestError) -> Json {
        match self {
            Api::Completions | Api::Responses => completions::error(error),
            Api::Messages => messages::error(error),
        }
    }

    /// An error as an HTTP response.
    pub(super) fn refusal(self, error: &RequestError) -> Response {
        let text = self.error(error).to_string();
        whole(error.kind.status(), text, Delivery::Complete)
    }
}
