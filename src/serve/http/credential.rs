//! From a request to a plane: the token that it shows, and what that token may do.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header;
use axum::http::request::Parts;

use super::App;
use super::problem::Problem;
use crate::gateway::{Harness, Seat};

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

/// The harness's plane.
impl FromRequestParts<Arc<App>> for Harness {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        Ok(app.gateway.harness(bearer(parts))?)
    }
}

/// The seat at the session of the address.
impl FromRequestParts<Arc<App>> for Seat {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = RawPathParams::from_request_parts(parts, app).await;
        let path = path.map_err(|_| Problem::no_route(parts.uri.path()))?;
        let id = path.iter().find(|(name, _)| *name == "session");
        let (_, id) = id.ok_or_else(|| Problem::no_route(parts.uri.path()))?;
        let token = bearer(parts).or_else(|| in_address(parts));
        Ok(app.gateway.seat(id, token)?)
    }
}
