//! The routes of an agent: the tools of its session, the clock, and its prompt.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::body::JsonBody;
use super::credential::AgentPlane;
use super::openapi::schemas;
use super::problem::Problem;
use crate::calls;
use breakroom_gateway::ErrorCode;
use breakroom_gateway::wire::{AgentCall, OfficeClock, TaskPrompt, ToolList};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest key that is accepted.
const MAX_KEY_LENGTH: usize = 255;

/// The tools of the session
#[utoipa::path(get, path = "/sessions/{session}/tools", tag = "agent", params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "SessionIds, descriptions and schemas, in the form of MCP", body = schemas::Tools)), security(("session" = []), ("server" = [])))]
pub(super) async fn tools(AgentPlane(session): AgentPlane) -> Json<ToolList> {
    let mut tools = breakroom_gateway::tool_list::of(session.dialect());
    tools.retain(|tool| session.offers(&tool.name));
    Json(ToolList { tools })
}

/// Call a tool
///
/// If the agent can fix what is wrong, the answer is a result too, marked as `refused`, with the reason as its text. Nothing has changed then.
/// With an `Idempotency-Key`, a call that is sent again is not run again. It gets the first answer, with `Idempotency-Replayed: true`.
#[utoipa::path(post, path = "/sessions/{session}/calls", tag = "agent", request_body = schemas::AgentCall,
    params(("session" = String, Path, description = "The session's id"), ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "A text of the client's choice, a new one for each call")),
    responses((status = 200, description = "What the tool returned, or why it refused", body = schemas::CallResult)), security(("session" = []), ("server" = [])))]
pub(super) async fn call(
    AgentPlane(session): AgentPlane,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(call): JsonBody<AgentCall>,
) -> Result<Response, Problem> {
    let reply = calls::run(&session, call, key.as_deref()).await?;
    let mut response = Json(calls::BorrowedCallResult::of(&reply.call)).into_response();
    if reply.replayed {
        let replayed = HeaderValue::from_static("true");
        response.headers_mut().insert(REPLAYED, replayed);
    }
    Ok(response)
}

/// The key of a call, if it has one.
pub(super) struct IdempotencyKey(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(key) = parts.headers.get(IDEMPOTENCY_KEY) else {
            return Ok(IdempotencyKey(None));
        };
        let visible = |key: &&str| key.bytes().all(|letter| letter.is_ascii_graphic());
        match key.to_str().ok().filter(visible) {
            Some(key) if (1..=MAX_KEY_LENGTH).contains(&key.len()) => {
                Ok(IdempotencyKey(Some(key.to_owned())))
            }
            _ => Err(ErrorCode::BadParameters
                .with_message(format!(
                    "invalid Idempotency-Key: send 1 to {MAX_KEY_LENGTH} visible ASCII characters"
                ))
                .into()),
        }
    }
}

/// What time it is in the office
#[utoipa::path(get, path = "/sessions/{session}/clock", tag = "agent", params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "The time, and whose office it is", body = schemas::Clock)), security(("session" = []), ("server" = [])))]
pub(super) async fn clock(AgentPlane(session): AgentPlane) -> Json<OfficeClock> {
    Json(session.clock())
}

/// What the agent is told to do
#[utoipa::path(get, path = "/sessions/{session}/prompt", tag = "agent", params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "The task's prompt", body = schemas::Prompt)), security(("session" = []), ("server" = [])))]
pub(super) async fn prompt(AgentPlane(session): AgentPlane) -> Json<TaskPrompt> {
    Json(session.prompt())
}
