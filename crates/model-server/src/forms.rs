//! The list of APIs.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value as Json;

use super::asked::Asked;
use super::events::{Event, Reach, whole};
use super::speech::Speech;
use super::{completions, messages, responses};

/// An API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// OpenAI's chat completions.
    Completions,
    /// OpenAI's responses.
    Responses,
    /// Anthropic's messages.
    Messages,
}

/// What goes wrong for a client, in no API's words.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) kind: ProblemKind,
    pub(super) message: String,
}

/// Which kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProblemKind {
    /// The request cannot be read, or is about no task that there is.
    Invalid,
    /// There is no such thing.
    NotFound,
    /// The conversation is longer than the model reads.
    TooLong,
    /// Too many requests.
    RateLimit,
    /// The server failed.
    Server,
    /// It took too long.
    Late,
}

impl ProblemKind {
    /// The HTTP status.
    pub(super) fn status(self) -> StatusCode {
        match self {
            ProblemKind::Invalid | ProblemKind::TooLong => StatusCode::BAD_REQUEST,
            ProblemKind::NotFound => StatusCode::NOT_FOUND,
            ProblemKind::RateLimit => StatusCode::TOO_MANY_REQUESTS,
            ProblemKind::Server => StatusCode::INTERNAL_SERVER_ERROR,
            ProblemKind::Late => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

impl Problem {
    pub(super) fn of(kind: ProblemKind, message: impl Into<String>) -> Problem {
        Problem {
            kind,
            message: message.into(),
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Problem {
        Problem::of(ProblemKind::Invalid, message)
    }
}

impl Form {
    /// Every API.
    pub(super) const ALL: [Form; 3] = [Form::Completions, Form::Responses, Form::Messages];

    /// Its path.
    pub(super) fn path(self) -> &'static str {
        match self {
            Form::Completions => "/v1/chat/completions",
            Form::Responses => "/v1/responses",
            Form::Messages => "/v1/messages",
        }
    }

    /// What a request asks.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn read(self, body: &Json) -> Result<Asked, Problem> {
        let asked = match self {
            Form::Completions => completions::read(body),
            Form::Responses => responses::read(body),
            Form::Messages => messages::read(body),
        };
        asked.map_err(|error| Problem::invalid(format!("the request cannot be read: {error}")))
    }

    /// A reply in one piece.
    pub(super) fn whole(self, speech: &Speech) -> Json {
        match self {
            Form::Completions => completions::whole(speech),
            Form::Responses => responses::whole(speech),
            Form::Messages => messages::whole(speech),
        }
    }

    /// A reply as a stream.
    pub(super) fn events(self, speech: &Speech, asked: &Asked) -> Vec<Event> {
        match self {
            Form::Completions => completions::events(speech, asked.stream_usage),
            Form::Responses => responses::events(speech),
            Form::Messages => messages::events(speech),
        }
    }

    /// A problem.
    pub(super) fn problem(self, problem: &Problem) -> Json {
        match self {
            Form::Completions | Form::Responses => completions::problem(problem),
            Form::Messages => messages::problem(problem),
        }
    }

    /// A problem as an answer.
    pub(super) fn refusal(self, problem: &Problem) -> Response {
        let text = self.problem(problem).to_string();
        whole(problem.kind.status(), text, Reach::Whole)
    }
}
