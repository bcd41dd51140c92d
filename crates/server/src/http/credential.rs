//! From a request to a plane: the token that it shows, what that token may do, and who is let in without one.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::App;
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
struct TokenInAddress {
    token: String,
}

/// The harness's plane.
pub(super) struct HarnessPlane(pub(super) Harness);

impl FromRequestParts<Arc<App>> for HarnessPlane {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        Ok(HarnessPlane(app.gateway.harness(bearer(parts))?))
    }
}

/// The session of an address like `/sessions/{session}/calls`.
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Named(id)),
            Err(_) => Err(Problem::no_route(parts.uri.path())),
        }
    }
}

/// The agent_session at the session of the address.
pub(crate) struct AgentPlane(pub(crate) AgentSession);

impl FromRequestParts<Arc<App>> for AgentPlane {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Named(id) = Named::from_request_parts(parts, app).await?;
        let in_address = Query::<TokenInAddress>::try_from_uri(&parts.uri).ok();
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
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if app.gateway.needs_token() || called_by_its_name(request.headers()) {
        return next.run(request).await;
    }
    Problem::foreign("the server without a token is called localhost or by its address: use that, or start it with --token").into_response()
}

fn called_by_its_name(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST);
    let Some(host) = host.and_then(|host| host.to_str().ok()) else {
        // HTTP/1.0, which no browser speaks.
        return true;
    };
    let name = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_loopback = || {
        let address = name.parse::<std::net::IpAddr>();
        address.is_ok_and(|address| address.is_loopback())
    };
    name.eq_ignore_ascii_case("localhost") || is_loopback()
}
