//! Errors as problem details (RFC 9457).

use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use breakroom_gateway::wire;
use breakroom_gateway::{ApiError, ErrorCode};

/// A kind of problem that only HTTP has: status, last part of the type, title.
type ProblemKind = (StatusCode, &'static str, &'static str);

const NO_ROUTE: ProblemKind = (StatusCode::NOT_FOUND, "no-route", "no such address");
const NO_SUCH_METHOD: ProblemKind = (
    StatusCode::METHOD_NOT_ALLOWED,
    "method-not-allowed",
    "another method is needed",
);
const CONTENT_TYPE: ProblemKind = (
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "content-type",
    "the body is of another type",
);
const TOO_LARGE: ProblemKind = (
    StatusCode::PAYLOAD_TOO_LARGE,
    "too-large",
    "the request is too large",
);
const FOREIGN: ProblemKind = (
    StatusCode::FORBIDDEN,
    "foreign",
    "the request comes from elsewhere",
);

/// Every such kind.
pub(super) const PROBLEM_KINDS: [ProblemKind; 5] =
    [NO_ROUTE, NO_SUCH_METHOD, CONTENT_TYPE, TOO_LARGE, FOREIGN];

/// Why a request was not served.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
    detail: String,
}

impl Problem {
    fn of((status, slug, title): ProblemKind, detail: impl Into<String>) -> Problem {
        Problem {
            status,
            slug,
            title,
            detail: detail.into(),
        }
    }

    /// There is nothing at this address.
    pub(super) fn no_route(path: &str) -> Problem {
        Problem::of(
            NO_ROUTE,
            format!("there is nothing at {path}: GET /docs lists every address"),
        )
    }

    /// The address does not serve this method.
    pub(super) fn no_such_method(method: &str) -> Problem {
        Problem::of(
            NO_SUCH_METHOD,
            format!("this address does not serve {method}: the header Allow lists its methods"),
        )
    }

    /// A web page of another site sent the request, or the request uses a host name that is not the server's.
    pub(super) fn foreign(detail: impl Into<String>) -> Problem {
        Problem::of(FOREIGN, detail)
    }

    /// An MCP client has a session that is gone or never existed. It is told to begin again.
    pub(crate) fn forgotten(error: ApiError) -> Problem {
        match error.code {
            ErrorCode::Unauthorized | ErrorCode::Expired => ErrorCode::NoSession
                .with_message("the session of this Mcp-Session-Id is gone: begin with initialize")
                .into(),
            _ => error.into(),
        }
    }

    /// The request does not declare its body as JSON.
    pub(super) fn content_type() -> Problem {
        Problem::of(
            CONTENT_TYPE,
            "the body is not declared as JSON: send `Content-Type: application/json`",
        )
    }

    /// The request is larger than the server accepts.
    pub(crate) fn too_large() -> Problem {
        Problem::of(
            TOO_LARGE,
            "the body is larger than the server accepts: send less, or start the server with a larger --max-request-bytes",
        )
    }

    /// Serving the request failed.
    pub(super) fn server_failed() -> Problem {
        ErrorCode::Fault
            .with_message("the server failed: look for this answer's x-request-id in its log")
            .into()
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let info = error.code.info();
        Problem {
            status: StatusCode::from_u16(info.status)
                .expect("the statuses of error codes exist, a test sends each"),
            slug: info.slug,
            title: info.title,
            detail: error.message,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = wire::ProblemDetails {
            kind: format!("/docs#{}", self.slug),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
        };
        let body = serde_json::to_vec(&body).expect("a problem is text and a number");
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, kind, body).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = axum::http::HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        // For the log.
        response.extensions_mut().insert(Detail(self.detail));
        response
    }
}

/// A problem's detail, beside its answer.
#[derive(Clone)]
pub(super) struct Detail(pub(super) String);

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Problem::too_large();
        }
        ErrorCode::Invalid
            .with_message(format!(
                "the body was not received completely: {}",
                rejection.body_text()
            ))
            .into()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::JsonSyntaxError(error) => {
                ErrorCode::Broken.with_message(error.body_text()).into()
            }
            JsonRejection::JsonDataError(error) => {
                let text = error.body_text();
                // The framework's own words come first.
                let reason = text.split_once("target type: ");
                let reason = reason.map_or(text.as_str(), |(_, reason)| reason);
                ErrorCode::BadParameters.with_message(reason).into()
            }
            other => ErrorCode::Invalid.with_message(other.body_text()).into(),
        }
    }
}
