//! Reads JSON bodies and query strings, or answers with a problem.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request};
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::app_state::AppState;
use super::problem::Problem;
use breakroom_gateway::ErrorCode;
use breakroom_gateway::json::Object;

/// A JSON body.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<AppState>> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, Problem> {
        let Object(value) = read(request, app).await?;
        Ok(JsonBody(value))
    }
}

/// `None` if the request has no content type, and so no body, or if the body is null.
impl<T: DeserializeOwned> OptionalFromRequest<Arc<AppState>> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Option<Self>, Problem> {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(None);
        }
        let value: Option<Object<T>> = read(request, app).await?;
        Ok(value.map(|Object(value)| JsonBody(value)))
    }
}

async fn read<T: DeserializeOwned>(request: Request, app: &Arc<AppState>) -> Result<T, Problem> {
    if !is_json(request.headers().get(header::CONTENT_TYPE)) {
        return Err(Problem::content_type());
    }
    let bytes = Bytes::from_request(request, app).await?;
    Ok(Json::from_bytes(&bytes)?.0)
}

/// Whether a content type is JSON (RFC 8259) or a format based on it (RFC 6839), whatever its parameters are.
fn is_json(kind: Option<&HeaderValue>) -> bool {
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    let format = kind.strip_prefix("application/");
    format.is_some_and(|format| format == "json" || format.ends_with("+json"))
}

/// The query string.
pub(super) struct QueryString<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for QueryString<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        let axum::extract::Query(value) = query.map_err(|error: QueryRejection| {
            ErrorCode::BadParameters.with_message(error.body_text())
        })?;
        Ok(QueryString(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_json_by_its_name() {
        for (kind, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/problem+json", true),
            ("application/json-seq", false),
            ("text/json", false),
            ("", false),
        ] {
            let header = HeaderValue::from_static(kind);
            assert_eq!(is_json(Some(&header)), expected, "{kind}");
        }
        assert!(!is_json(None));
    }
}
