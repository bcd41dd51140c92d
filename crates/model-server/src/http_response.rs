//! HTTP responses: whole or as a stream of events, and either of them cut off in the middle.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::stream;

/// A server-sent event.
#[derive(Clone, Debug)]
pub(super) struct ServerSentEvent {
    /// Its name, if the API names events.
    pub(super) name: Option<String>,
    /// Its data.
    pub(super) data: String,
}

impl ServerSentEvent {
    fn bytes(&self) -> Bytes {
        let name = self.name.as_ref();
        let name = name
            .map(|name| format!("event: {name}\n"))
            .unwrap_or_default();
        Bytes::from(format!("{name}data: {}\n\n", self.data))
    }
}

/// Whether the whole response is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Complete,
    /// Half of it is sent, and then the connection breaks.
    CutOff,
}

/// A stream of events.
pub(super) fn stream_of(events: &[ServerSentEvent], delivery: Delivery) -> Response {
    let mut chunks: Vec<Bytes> = events.iter().map(ServerSentEvent::bytes).collect();
    if delivery == Delivery::CutOff {
        chunks.truncate(chunks.len().div_ceil(2));
        // The last chunk is only the start of an event.
        if let Some(last) = chunks.last_mut() {
            last.truncate(last.len() / 2);
        }
    }
    let mut response = Response::new(body(chunks, delivery));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// A JSON body.
pub(super) fn whole(status: StatusCode, text: String, delivery: Delivery) -> Response {
    let mut response = match delivery {
        Delivery::Complete => Response::new(Body::from(text)),
        Delivery::CutOff => {
            let length = text.len();
            let mut bytes = Bytes::from(text);
            bytes.truncate(length / 2);
            let mut response = Response::new(body(vec![bytes], delivery));
            response.headers_mut().insert(CONTENT_LENGTH, length.into());
            response
        }
    };
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// A body that is sent in chunks, with an error at the end if the connection has to break.
fn body(chunks: Vec<Bytes>, delivery: Delivery) -> Body {
    let broken =
        (delivery == Delivery::CutOff).then(|| Err(io::Error::other("broken off as asked for")));
    let parts = chunks.into_iter().map(Ok).chain(broken);
    let parts = stream::unfold(parts, async |mut parts| {
        let part = parts.next()?;
        // Gives the connection time to send what it has. An error would drop it.
        tokio::task::yield_now().await;
        Some((part, parts))
    });
    Body::from_stream(parts)
}
