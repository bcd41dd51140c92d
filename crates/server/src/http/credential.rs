//! From a request to a plane: the token that it shows, what that token may do, and who is let in without one.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

use super::App;
use super::problem::Problem;
use breakroom_gateway::{Harness, Seat};

/// The token of `Authorization: Bearer TOKEN`.
pub(crate) fn bearer(parts: &Parts) -> Option<&str> {
    let shown = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = shown.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The token of `?token=TOKEN`, for clients that can be given an address and nothing else.
fn in_address(parts: &Parts) -> Option<&str> {
    let query = parts.uri.query()?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("token="))
}

/// A request that may do everything.
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

    // The router's own extractor needs the router before it.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let path = parts.uri.path();
        let id = session_of(path).ok_or_else(|| Problem::no_route(path))?;
        Ok(Named(id.into_owned()))
    }
}

fn session_of(path: &str) -> Option<Cow<'_, str>> {
    let id = path.strip_prefix("/sessions/")?.split('/').next()?;
    percent_decode_str(id).decode_utf8().ok()
}

/// A request that may call the tools of the session in its address.
pub(crate) struct AgentPlane(pub(crate) Seat);

impl FromRequestParts<Arc<App>> for AgentPlane {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = parts.uri.path();
        let id = session_of(path).ok_or_else(|| Problem::no_route(path))?;
        let token = bearer(parts).or_else(|| in_address(parts));
        Ok(AgentPlane(app.gateway.seat(&id, token)?))
    }
}

/// Without a server token whoever reaches the server is its harness. A web page can reach it under a name of its own that leads to this
/// machine, so it has to be called by its own.
pub(super) fn foreign(app: &App, headers: &HeaderMap) -> Option<Problem> {
    let foreign = !app.gateway.needs_token() && !called_by_its_name(headers);
    foreign.then(|| Problem::foreign("the server without a token is called localhost or by its address: use that, or start it with --token"))
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
