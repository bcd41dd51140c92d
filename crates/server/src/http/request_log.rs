//! Logs every request: its id, the trace that it is part of, and how it was answered.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::app_state::AppState;
use super::problem::Detail;
use breakroom_gateway::random_hex;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The longest id that a client may give its request.
const MAX_ID_LENGTH: usize = 128;

/// Answers a request in a span of its own, counts it, and logs it: as an error if the server failed, as information if the request was
/// refused, and otherwise only for debugging.
pub(super) async fn log_request(
    State(app): State<Arc<AppState>>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let method = request.method().clone();
    let headers = request.headers();
    let id_header = request_id(headers);
    let id = id_header.to_str().unwrap_or_default();
    let trace = headers.get(TRACEPARENT).and_then(|it| it.to_str().ok());
    let trace = trace.and_then(trace_of).map(str::to_owned);
    let trace = trace.as_deref();
    let span = tracing::debug_span!("request", id, trace);
    crate::telemetry::continue_trace(&span, headers);

    let mut response = next.run(request).instrument(span).await;

    let (status, time) = (response.status(), began.elapsed());
    let detail = response.extensions_mut().remove::<Detail>();
    let detail = detail.as_ref().map(|Detail(detail)| detail.as_str());
    macro_rules! log {
        ($level:ident) => {
            tracing::$level!(
                id,
                trace,
                %method,
                route,
                status = status.as_u16(),
                microseconds = time.as_micros() as u64,
                detail,
                "request"
            )
        };
    }
    if status.is_server_error() {
        log!(error);
    } else if status.is_client_error() {
        log!(info);
    } else {
        log!(debug);
    }
    app.metrics
        .count_request(route, method_label(&method), status.as_u16(), time);
    response.headers_mut().insert(REQUEST_ID, id_header);
    response
}

/// The id that the client gave, if it is short and visible, or a random one: numbers in order would tell an agent how many other requests
/// there are.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let from_client = headers
        .get(REQUEST_ID)
        .filter(|id| id.to_str().is_ok() && (1..=MAX_ID_LENGTH).contains(&id.len()));
    from_client.cloned().unwrap_or_else(|| {
        HeaderValue::try_from(random_hex::<8>()).expect("hexadecimal digits make a header")
    })
}

/// The name of a method in the metrics.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "OTHER",
    }
}

/// The trace in `00-TRACE-PARENT-FLAGS` (W3C Trace Context, level 1). A malformed header is ignored, as the standard demands.
fn trace_of(header: &str) -> Option<&str> {
    let mut parts = header.split('-');
    let [version, trace, parent, flags] = [(); 4].map(|()| parts.next().unwrap_or_default());
    let is = |part: &str, length: usize| {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        part.len() == length && part.bytes().all(hexadecimal)
    };
    let sound = is(version, 2) && is(trace, 32) && is(parent, 16) && is(flags, 2);
    // Later versions may have more parts; version 00 may not.
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
