//! Telling from an answer of a provider why it is no reply.

use serde_json::Value as Json;

use super::error::ErrorKind;
use super::wire::AttemptError;

/// How much of an answer a message quotes.
const QUOTED: usize = 300;

/// What an answer with a status of failure means.
pub(super) fn of_status(status: u16, body: &[u8]) -> AttemptError {
    let json = serde_json::from_slice::<Json>(body).unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    let said = message(&json).unwrap_or_else(|| text.trim().to_owned());
    AttemptError {
        status: Some(status),
        ..of(
            status,
            &codes(&json),
            &quoted(&format!("status {status}: {said}")),
        )
    }
}

/// What an error object means that came with a status of success; None where there is none.
pub(super) fn of_object(json: &Json) -> Option<AttemptError> {
    json.get("error").filter(|error| !error.is_null())?;
    let said = message(json).unwrap_or_else(|| json.to_string());
    let code = json["error"]["code"]
        .as_u64()
        .and_then(|code| u16::try_from(code).ok());
    Some(of(code.unwrap_or_default(), &codes(json), &quoted(&said)))
}

/// An answer that cannot be read.
pub(super) fn malformed(reason: &str, body: &[u8]) -> AttemptError {
    let text = String::from_utf8_lossy(body);
    AttemptError::new(
        ErrorKind::Malformed,
        quoted(&format!("{reason}: {}", text.trim())),
    )
}

fn quoted(text: &str) -> String {
    text.chars().take(QUOTED).collect()
}

/// The words that name an error, of which providers have several each.
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

/// What tells that a conversation is too long: the codes and words of OpenAI, Anthropic, vLLM, llama.cpp and routers.
const TOO_LONG: [&str; 9] = [
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

const FILTERED: [&str; 4] = [
    "content_filter",
    "content_policy",
    "content management policy",
    "responsible_ai",
];

/// Waiting does not fill an empty account.
const SPENT: [&str; 3] = ["insufficient_quota", "billing", "credit balance"];

fn of(status: u16, codes: &str, message: &str) -> AttemptError {
    let words = format!("{codes} {message}").to_lowercase();
    let says = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let kind = match status {
        0 | 400 | 413 | 422 | 500 if says(&TOO_LONG) => ErrorKind::ContextLength,
        0 | 400 | 403 if says(&FILTERED) => ErrorKind::Refused,
        401 | 403 => ErrorKind::Auth,
        402 | 429 => ErrorKind::RateLimited,
        0 if says(&["rate_limit"]) => ErrorKind::RateLimited,
        // 408 and 409 are a provider that did not get to it; 0 is one that failed while it streamed.
        0 | 408 | 409 | 500.. => ErrorKind::Server,
        _ => ErrorKind::Rejected,
    };
    let mut failed = AttemptError::new(kind, message);
    if kind == ErrorKind::RateLimited && (status == 402 || says(&SPENT)) {
        failed.passing = false;
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kind(status: u16, body: &Json) -> (ErrorKind, bool) {
        let failed = of_status(status, body.to_string().as_bytes());
        (failed.kind, failed.passing)
    }

    #[test]
    fn each_provider_says_it_in_its_own_way() {
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
        for (status, body, expected, passing) in cases {
            assert_eq!(kind(status, &body), (expected, passing), "{status} {body}");
        }
    }

    #[test]
    fn an_error_may_come_with_success() {
        assert!(of_object(&json!({"choices": [], "error": null})).is_none());
        let failed = of_object(&json!({"error": {"code": 429, "message": "slow"}}));
        assert_eq!(
            failed.map(|failed| failed.kind),
            Some(ErrorKind::RateLimited)
        );
    }

    #[test]
    fn long_answers_are_quoted_in_part() {
        let failed = of_status(500, "x".repeat(10_000).as_bytes());
        assert!(failed.message.len() <= QUOTED);
    }
}
