//! What an agent can reach: the tools of its session, the clock, and what it was told.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::body::Body;
use super::credential::AgentPlane;
use super::openapi::schemas;
use super::problem::Problem;
use crate::calls;
use breakroom_gateway::ErrorCode;
use breakroom_gateway::wire::{AgentCall, Clock, Prompt, Tools};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest key that is taken.
const LONGEST_KEY: usize = 255;

/// The tools of the session
#[utoipa::path(get, path = "/sessions/{session}/tools", tag = "agent", params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "Names, descriptions and schemas, in the form of MCP", body = schemas::Tools)), security(("session" = []), ("server" = [])))]
pub(super) async fn tools(AgentPlane(seat): AgentPlane) -> Json<Tools> {
    let mut tools = breakroom_gateway::tool_list::of(seat.dialect());
    tools.retain(|tool| seat.offers(&tool.name));
    Json(Tools { tools })
}

/// Call a tool
///
/// What the agent can mend is a result too, marked as `refused`, with the reason as its text; nothing has changed then. With an
/// `Idempotency-Key`, a call that is sent again is not run again, but answered as the first time, with `Idempotency-Replayed: true`.
#[utoipa::path(post, path = "/sessions/{session}/calls", tag = "agent", request_body = schemas::AgentCall,
    params(("session" = String, Path, description = "The session's id"), ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "A text of the client's own, a new one for each call")),
    responses((status = 200, description = "What the tool returned, or why it refused", body = schemas::CallResult)), security(("session" = []), ("server" = [])))]
pub(super) async fn call(
    AgentPlane(seat): AgentPlane,
    Key(key): Key,
    Body(call): Body<AgentCall>,
) -> Result<Response, Problem> {
    let called = calls::run(&seat, call, key.as_deref()).await?;
    let mut response = Json(calls::Answer::of(&called.call)).into_response();
    if called.replayed {
        let replayed = HeaderValue::from_static("true");
        response.headers_mut().insert(REPLAYED, replayed);
    }
    Ok(response)
}

/// The key of a call, where it has one.
pub(super) struct Key(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(key) = parts.headers.get(IDEMPOTENCY_KEY) else {
            return Ok(Key(None));
        };
        let visible = |key: &&str| key.bytes().all(|letter| letter.is_ascii_graphic());
        match key.to_str().ok().filter(visible) {
            Some(key) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(Key(Some(key.to_owned()))),
            _ => Err(ErrorCode::BadParameters
                .with_message(format!(
                    "the header Idempotency-Key holds no key: send 1 to {LONGEST_KEY} visible letters of ASCII"
                ))
                .into()),
        }
    }
}

/// What time it is in the office
#[utoipa::path(get, path = "/sessions/{session}/clock", tag = "agent", params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "The time, and whose office it is", body = schemas::Clock)), security(("session" = []), ("server" = [])))]
pub(super) async fn clock(AgentPlane(seat): AgentPlane) -> Json<Clock> {
    Json(seat.clock())
}

/// What the agent is told to do
#[utoipa::path(get, path = "/sessions/{session}/prompt", tag = "agent", params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "The task's words", body = schemas::Prompt)), security(("session" = []), ("server" = [])))]
pub(super) async fn prompt(AgentPlane(seat): AgentPlane) -> Json<Prompt> {
    Json(seat.prompt())
}
