//! Classifies error responses of providers.

use serde_json::Value as Json;

use super::error::ErrorKind;
use super::wire::AttemptError;

/// How many characters of a response an error message quotes.
const MAX_QUOTED: usize = 300;

/// Classifies a response that has an error status.
pub(super) fn from_status(status: u16, body: &[u8]) -> AttemptError {
    let json = serde_json::from_slice::<Json>(body).unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    let message = message(&json).unwrap_or_else(|| text.trim().to_owned());
    AttemptError {
        status: Some(status),
        ..classify(
            status,
            &codes(&json),
            &truncate(&format!("status {status}: {message}")),
        )
    }
}

/// Classifies an error object in a response that has a success status; None if there is no error.
pub(super) fn from_error_object(json: &Json) -> Option<AttemptError> {
    json.get("error").filter(|error| !error.is_null())?;
    let message = message(json).unwrap_or_else(|| json.to_string());
    let code = json["error"]["code"]
        .as_u64()
        .and_then(|code| u16::try_from(code).ok());
    Some(classify(
        code.unwrap_or_default(),
        &codes(json),
        &truncate(&message),
    ))
}

/// The error for a response that cannot be parsed.
pub(super) fn malformed(reason: &str, body: &[u8]) -> AttemptError {
    let text = String::from_utf8_lossy(body);
    AttemptError::new(
        ErrorKind::Malformed,
        truncate(&format!("{reason}: {}", text.trim())),
    )
}

fn truncate(text: &str) -> String {
    text.chars().take(MAX_QUOTED).collect()
}

/// The error codes and types; providers put them into different fields.
fn codes(json: &Json) -> String {
    let error = &json["error"];
    [
        &error["code"],
        &error["type"],
        &error["param"],
        &json["code"],
        &json["type"],
    ]
    .iter()
    .filter_map(|code| code.as_str())
    .collect::<Vec<_>>()
    .join(" ")
}

fn message(json: &Json) -> Option<String> {
    let error = &json["error"];
    [&error["message"], error, &json["message"], &json["detail"]]
        .iter()
        .find_map(|text| text.as_str())
        .map(str::to_owned)
}

/// What identifies a context-length error in the responses of OpenAI, Anthropic, vLLM, llama.cpp and routers.
const CONTEXT_LENGTH_MARKERS: [&str; 9] = [
    "context_length_exceeded",
    "exceed_context_size",
    "context length",
    "context window",
    "context size",
    "maximum context",
    "prompt is too long",
    "too many tokens",
    "request_too_large",
];

const CONTENT_FILTER_MARKERS: [&str; 4] = [
    "content_filter",
    "content_policy",
    "content management policy",
    "responsible_ai",
];

/// A retry cannot succeed if the account has no credit left.
const QUOTA_MARKERS: [&str; 3] = ["insufficient_quota", "billing", "credit balance"];

fn classify(status: u16, codes: &str, message: &str) -> AttemptError {
    let text = format!("{codes} {message}").to_lowercase();
    let mentions = |markers: &[&str]| markers.iter().any(|marker| text.contains(marker));
    let kind = match status {
        0 | 400 | 413 | 422 | 500 if mentions(&CONTEXT_LENGTH_MARKERS) => ErrorKind::ContextLength,
        0 | 400 | 403 if mentions(&CONTENT_FILTER_MARKERS) => ErrorKind::Refused,
        401 | 403 => ErrorKind::Auth,
        402 | 429 => ErrorKind::RateLimited,
        0 if mentions(&["rate_limit"]) => ErrorKind::RateLimited,
        // 408 and 409 mean that the provider did not process the request; 0 means that it failed while streaming.
        0 | 408 | 409 | 500.. => ErrorKind::Server,
        _ => ErrorKind::Rejected,
    };
    let mut error = AttemptError::new(kind, message);
    if kind == ErrorKind::RateLimited && (status == 402 || mentions(&QUOTA_MARKERS)) {
        error.retryable = false;
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kind(status: u16, body: &Json) -> (ErrorKind, bool) {
        let error = from_status(status, body.to_string().as_bytes());
        (error.kind, error.retryable)
    }

    #[test]
    fn errors_of_every_provider_are_classified() {
        let openai = |code: &str, message: &str| json!({"error": {"message": message, "type": "invalid_request_error", "code": code}});
        let anthropic = |kind: &str, message: &str| json!({"type": "error", "error": {"type": kind, "message": message}});
        let cases = [
            (
                400,
                openai("context_length_exceeded", "too long"),
                ErrorKind::ContextLength,
                false,
            ),
            (
                400,
                anthropic(
                    "invalid_request_error",
                    "prompt is too long: 300000 tokens > 200000 maximum",
                ),
                ErrorKind::ContextLength,
                false,
            ),
            (
                400,
                json!({"object": "error", "message": "This model's maximum context length is 4096 tokens"}),
                ErrorKind::ContextLength,
                false,
            ),
            (
                400,
                json!({"error": {"code": 400, "type": "exceed_context_size_error", "message": "the request exceeds"}}),
                ErrorKind::ContextLength,
                false,
            ),
            (
                400,
                openai("content_filter", "filtered"),
                ErrorKind::Refused,
                false,
            ),
            (
                400,
                openai("unsupported_value", "no"),
                ErrorKind::Rejected,
                false,
            ),
            (401, openai("invalid_api_key", "no"), ErrorKind::Auth, false),
            (
                403,
                anthropic("permission_error", "no"),
                ErrorKind::Auth,
                false,
            ),
            (
                404,
                openai("model_not_found", "no"),
                ErrorKind::Rejected,
                false,
            ),
            (
                429,
                openai("rate_limit_exceeded", "slow down"),
                ErrorKind::RateLimited,
                true,
            ),
            (
                429,
                openai("insufficient_quota", "pay"),
                ErrorKind::RateLimited,
                false,
            ),
            (500, json!({}), ErrorKind::Server, true),
            (
                529,
                anthropic("overloaded_error", "busy"),
                ErrorKind::Server,
                true,
            ),
            (503, json!("Service Unavailable"), ErrorKind::Server, true),
        ];
        for (status, body, expected, retryable) in cases {
            assert_eq!(
                kind(status, &body),
                (expected, retryable),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn an_error_object_is_found_despite_a_success_status() {
        assert!(from_error_object(&json!({"choices": [], "error": null})).is_none());
        let error = from_error_object(&json!({"error": {"code": 429, "message": "slow"}}));
        assert_eq!(error.map(|error| error.kind), Some(ErrorKind::RateLimited));
    }

    #[test]
    fn long_responses_are_truncated() {
        let error = from_status(500, "x".repeat(10_000).as_bytes());
        assert!(error.message.len() <= MAX_QUOTED);
    }
}
