//! From a request to a plane: its token, what that token may do, and who needs none.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::app_state::AppState;
use super::problem::Problem;
use breakroom_gateway::{AgentSession, Harness};

/// The token of `Authorization: Bearer TOKEN`.
pub(crate) fn bearer(parts: &Parts) -> Option<&str> {
    let shown = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = shown.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// `?token=TOKEN`, for clients that can be given an address and nothing else.
#[derive(Deserialize)]
struct TokenQuery {
    token: String,
}

/// The harness's plane.
pub(super) struct HarnessPlane(pub(super) Harness);

impl FromRequestParts<Arc<AppState>> for HarnessPlane {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Problem> {
        Ok(HarnessPlane(app.gateway.harness(bearer(parts))?))
    }
}

/// The session of an address like `/sessions/{session}/calls`.
pub(super) struct SessionPath(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for SessionPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(SessionPath(id)),
            Err(_) => Err(Problem::no_route(parts.uri.path())),
        }
    }
}

/// An agent's access to the session of the address.
pub(crate) struct AgentPlane(pub(crate) AgentSession);

impl FromRequestParts<Arc<AppState>> for AgentPlane {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Problem> {
        let SessionPath(id) = SessionPath::from_request_parts(parts, app).await?;
        let in_address = Query::<TokenQuery>::try_from_uri(&parts.uri).ok();
        let in_address = in_address.as_ref().map(|Query(query)| query.token.as_str());
        Ok(AgentPlane(
            app.gateway
                .agent_session(&id, bearer(parts).or(in_address))?,
        ))
    }
}

/// Refuses a request to a server without a token that names another host.
///
/// Anyone who reaches such a server is its harness. A web page can reach it through a name of its own that resolves to this machine.
pub(super) async fn refuse_foreign_host(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    if app.gateway.needs_token() || is_named_as_loopback(request.headers()) {
        return next.run(request).await;
    }
    Problem::foreign("a server without a token answers only to localhost or its own address: use one of these, or start it with --token").into_response()
}

fn is_named_as_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST);
    let Some(host) = host.and_then(|host| host.to_str().ok()) else {
        // HTTP/1.0, which no browser speaks.
        return true;
    };
    let name = match host.strip_prefix('[') {
        Some(ipv6) => ipv6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_loopback = || {
        let address = name.parse::<std::net::IpAddr>();
        address.is_ok_and(|address| address.is_loopback())
    };
    name.eq_ignore_ascii_case("localhost") || is_loopback()
}
