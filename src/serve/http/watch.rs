//! What is noted of every request: its id, the trace that it is part of, how it was answered.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::extract::Request;
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::App;
use super::credential::foreign;
use super::problem::Detail;
use crate::gateway::hexadecimal;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The longest id that a client may give its request.
const LONGEST_ID: usize = 128;

/// Gives the request an id, or keeps the client's; refuses it where it may come from a web page; counts it, and writes a line about it: an error where the server failed, information where
/// the request was refused, and else only for whoever looks closely.
pub(super) async fn watch<F: Future<Output = Response>>(
    app: &App,
    places: &Places,
    request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers());
    let route = places.of(request.uri().path());
    let method = request.method().clone();
    let parent = request.headers().get(TRACEPARENT);
    let trace = parent.and_then(|header| trace_of(header.to_str().ok()?).map(str::to_owned));
    let text = || id.to_str().unwrap_or_default();
    let span = tracing::debug_span!("request", id = text(), trace);
    crate::serve::telemetry::continue_trace(&span, request.headers());
    let mut response = match foreign(app, request.headers()) {
        Some(problem) => problem.into_response(),
        None => answer(request).instrument(span).await,
    };

    let status = response.status();
    let time = began.elapsed();
    let detail = response.extensions_mut().remove::<Detail>();
    let detail = detail.as_ref().map(|Detail(detail)| detail.as_str());
    let microseconds = time.as_micros() as u64;
    macro_rules! note {
        ($level:ident) => {
            tracing::$level!(
                id = text(),
                trace,
                %method,
                route = &*route,
                status = status.as_u16(),
                microseconds,
                detail,
                "request"
            )
        };
    }
    if status.is_server_error() {
        note!(error);
    } else if status.is_client_error() {
        note!(info);
    } else {
        note!(debug);
    }
    app.metrics
        .requested(route, name(&method), status.as_u16(), time);
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The routes, for what is noted of a request: which of them it asked for.
pub(super) struct Places {
    places: matchit::Router<Arc<str>>,
    none: Arc<str>,
}

impl Places {
    pub(super) fn new<'a>(routes: impl IntoIterator<Item = &'a str>) -> Places {
        let mut places = matchit::Router::new();
        for route in routes {
            let inserted = places.insert(route, route.into());
            inserted.expect("routes are told apart, as the service's are");
        }
        Places {
            places,
            none: "none".into(),
        }
    }

    /// The route of a path, or `none`.
    fn of(&self, path: &str) -> Arc<str> {
        let place = self.places.at(path);
        Arc::clone(place.map_or(&self.none, |place| place.value))
    }
}

/// The id that the client gave, where it is short and visible, or a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // Numbers in order would tell an agent how many requests there are besides its own.
    static SCRAMBLE: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let given = headers.get(REQUEST_ID).filter(|id| {
        let visible = id.to_str().is_ok();
        visible && (1..=LONGEST_ID).contains(&id.len())
    });
    given.cloned().unwrap_or_else(|| {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let scrambled = SCRAMBLE.hash_one(number).to_be_bytes();
        HeaderValue::try_from(hexadecimal(&scrambled)).expect("digits and letters make a header")
    })
}

/// The name of a method, among those that a metric tells apart.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "OTHER",
    }
}

/// The trace of `00-TRACE-PARENT-FLAGS` (W3C Trace Context, level 1); none where it is no such thing, which is to be passed over.
fn trace_of(header: &str) -> Option<&str> {
    let mut parts = header.split('-');
    let [version, trace, parent, flags] = [(); 4].map(|()| parts.next().unwrap_or_default());
    let is = |part: &str, length: usize| {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        part.len() == length && part.bytes().all(hexadecimal)
    };
    let sound = is(version, 2) && is(trace, 32) && is(parent, 16) && is(flags, 2);
    // Later versions may say more; this one may not.
    let whole = version != "ff" && (version != "00" || parts.next().is_none());
    let known = |part: &str| part.bytes().any(|byte| byte != b'0');
    (sound && whole && known(trace) && known(parent)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_as_the_w3c_says() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let good = format!("00-{trace}-b7ad6b7169203331-01");
        assert_eq!(trace_of(&good), Some(trace));
        assert_eq!(trace_of(&good.replace("00-", "cc-")), Some(trace));
        let more = format!("cc-{trace}-b7ad6b7169203331-01-more");
        assert_eq!(trace_of(&more), Some(trace));
        for bad in [
            format!("{good}-more"),
            good.replace("00-", "ff-"),
            good.replace(trace, &trace.to_uppercase()),
            good.replace(trace, &"0".repeat(32)),
            good.replace("b7ad6b7169203331", "0000000000000000"),
            good.replace("-01", ""),
            String::new(),
        ] {
            assert_eq!(trace_of(&bad), None, "{bad}");
        }
    }
}
