//! Bodies of JSON that are read, or refused with a problem, and that are written; and what an address says.

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body as HttpBody, Bytes, to_bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request};
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::App;
use super::problem::Problem;
use breakroom_gateway::Reason;
use breakroom_gateway::json::Object;

/// A body of JSON that is read.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let Object(value) = read(request, app).await?;
        Ok(Body(value))
    }
}

/// None where the request declares no type of its body, and so has none, or where the body is null.
impl<T: DeserializeOwned> OptionalFromRequest<Arc<App>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Option<Self>, Problem> {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(None);
        }
        let value: Option<Object<T>> = read(request, app).await?;
        Ok(value.map(|Object(value)| Body(value)))
    }
}

async fn read<T: DeserializeOwned>(request: Request, app: &App) -> Result<T, Problem> {
    if !is_json(request.headers().get(header::CONTENT_TYPE)) {
        return Err(Problem::content_type());
    }
    let limit = app.gateway.limits().request_bytes;
    let bytes = to_bytes(request.into_body(), limit).await;
    let bytes = bytes.map_err(Problem::unread)?;
    // The library's reader keeps note of where it is, which tells more of what is wrong and costs several times as much.
    let text = std::str::from_utf8(&bytes).ok();
    match text.and_then(|text| serde_json::from_str(text).ok()) {
        Some(value) => Ok(value),
        None => Ok(axum::Json::from_bytes(&bytes)?.0),
    }
}

/// Whether a content type is that of JSON (RFC 8259) or of a format that is written in it (RFC 6839), whatever its parameters.
fn is_json(kind: Option<&HeaderValue>) -> bool {
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind == "application/json" {
        return true;
    }
    let kind = kind.to_ascii_lowercase();
    let format = kind.strip_prefix("application/");
    format.is_some_and(|format| format == "json" || format.ends_with("+json"))
}

/// A body of JSON that is written.
pub(super) struct Json<T>(pub(super) T);

/// A larger buffer is not kept for the next answer.
const LARGEST_BUFFER: usize = 1 << 18;

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        // Grown by the first answers of a thread: later ones are written without growing, and leave in a body of their own length.
        thread_local! {
            static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        }
        let body = BUFFER.with_borrow_mut(|buffer| {
            buffer.clear();
            serde_json::to_writer(&mut *buffer, &self.0)
                .expect("what is sent is text, numbers, lists and objects");
            let body = Bytes::copy_from_slice(buffer);
            if buffer.capacity() > LARGEST_BUFFER {
                *buffer = Vec::new();
            }
            body
        });
        json(body.into())
    }
}

fn json(body: HttpBody) -> Response {
    let mut response = Response::new(body);
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// An object with one more field, whose text was written before for all who ask: it is sent as it lies, and not copied.
pub(super) struct With<T> {
    pub(super) object: T,
    pub(super) name: &'static str,
    pub(super) text: &'static RawValue,
}

impl<T: Serialize> IntoResponse for With<T> {
    fn into_response(self) -> Response {
        let mut head = serde_json::to_vec(&self.object)
            .expect("what is sent is text, numbers, lists and objects");
        // In the place of the brace at its end.
        head.pop();
        head.extend([b",\"", self.name.as_bytes(), b"\":"].concat());
        let parts = [
            head.into(),
            Bytes::from_static(self.text.get().as_bytes()),
            Bytes::from_static(b"}"),
        ];
        let length = parts.iter().map(Bytes::len).sum::<usize>();
        let parts = stream::iter(parts.map(Ok::<Bytes, Infallible>));
        let mut response = json(HttpBody::from_stream(parts));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, length.into());
        response
    }
}

/// What an address says after its question mark.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        let axum::extract::Query(value) = query
            .map_err(|error: QueryRejection| Reason::BadParameters.because(error.body_text()))?;
        Ok(Query(value))
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
