//! What is noted of every request: its id, the trace that it is part of, how it was answered.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::extract::Request;
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;
use tracing::Span;

use super::App;
use super::problem::Detail;
use breakroom_gateway::hexadecimal;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The longest id that a client may give its request.
const LONGEST_ID: usize = 128;

/// What is noted of a request while it is answered.
pub(super) struct Watch {
    app: Arc<App>,
    began: Instant,
    id: HeaderValue,
    /// The trace that the request says it is part of.
    trace: Option<Box<str>>,
    route: Arc<str>,
    method: Method,
}

impl Watch {
    /// Gives the request an id, or keeps the client's.
    pub(super) fn begin(app: &Arc<App>, route: Arc<str>, request: &Request) -> Watch {
        let headers = request.headers();
        let parent = headers.get(TRACEPARENT);
        Watch {
            app: Arc::clone(app),
            began: Instant::now(),
            id: request_id(headers),
            trace: parent.and_then(|header| trace_of(header.to_str().ok()?).map(Box::from)),
            route,
            method: request.method().clone(),
        }
    }

    /// The span in which the request is answered.
    pub(super) fn span(&self, headers: &HeaderMap) -> Span {
        let trace = self.trace.as_deref();
        let span = tracing::debug_span!("request", id = self.id(), trace);
        crate::telemetry::continue_trace(&span, headers);
        span
    }

    fn id(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }

    /// Counts the request, and writes a line about it: an error where the server failed, information where the request was refused, and else
    /// only for whoever looks closely.
    pub(super) fn end(self, mut response: Response) -> Response {
        let status = response.status();
        let time = self.began.elapsed();
        let detail = response.extensions_mut().remove::<Detail>();
        let detail = detail.as_ref().map(|Detail(detail)| detail.as_str());
        let microseconds = time.as_micros() as u64;
        macro_rules! note {
            ($level:ident) => {
                tracing::$level!(
                    id = self.id(),
                    trace = self.trace.as_deref(),
                    method = %self.method,
                    route = &*self.route,
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
        let (metrics, method) = (&self.app.metrics, name(&self.method));
        metrics.requested(self.route, method, status.as_u16(), time);
        response.headers_mut().insert(REQUEST_ID, self.id);
        response
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
