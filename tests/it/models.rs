//! Providers as they are, good days and bad ones: each ends in the right class, and nothing hangs.

use std::time::Duration;

use crate::support::{Answer, Server, completion};
use breakroom::model_args::ModelArgs;
use breakroom_model::chat::{
    ChatRequest, Message, Reply, Sampling, StopReason, ToolArguments, ToolCall, ToolResult,
    ToolSpec, Usage,
};
use breakroom_model::error::{ErrorKind, ModelError};
use clap::Parser;
use serde_json::json;

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    choice: ModelArgs,
}

const PLENTY: Duration = Duration::from_secs(3600);

async fn ask(
    server: &Server,
    model: &str,
    more: &[&str],
    messages: &[Message],
    tools: &[ToolSpec],
    time: Duration,
) -> Result<Reply, ModelError> {
    let base = if model.starts_with("anthropic:") {
        server.url.clone()
    } else {
        format!("{}/v1", server.url)
    };
    let arguments = [
        "x",
        "--model",
        model,
        "--base-url",
        &base,
        "--retry-wait",
        "0",
        "--attempts",
        "3",
    ];
    let choice = Options::parse_from(arguments.iter().chain(more)).choice;
    let model = choice.open(1, None).unwrap();
    let request = ChatRequest {
        messages,
        tools,
        stop: &["\nObservation"],
        sampling: Sampling {
            temperature: Some(0.0),
            seed: Some(5),
            max_tokens: None,
        },
        deadline: tokio::time::Instant::now() + time,
    };
    model.ask(request).await
}

fn hello() -> [Message; 2] {
    [
        Message::System {
            text: "rules".into(),
        },
        Message::User {
            text: "hello".into(),
        },
    ]
}

/// What both kinds of provider come to after these answers.
async fn plain(answers: Vec<Answer>) -> Result<Reply, ModelError> {
    let server = Server::start(answers).await;
    ask(&server, "m", &[], &hello(), &[], PLENTY).await
}

async fn failing(answers: Vec<Answer>) -> (ErrorKind, u32) {
    let error = plain(answers).await.unwrap_err();
    (error.kind, error.attempts)
}

fn status(status: u16, headers: &'static str, body: &str) -> Answer {
    Answer::Whole(status, headers, body.to_owned())
}

fn tools() -> [ToolSpec; 1] {
    [ToolSpec {
        name: "look_up".into(),
        description: "Looks up.".into(),
        schema: json!({"type": "object"}),
    }]
}

fn conversation() -> Vec<Message> {
    let [system, user] = hello();
    let call = |id: &str, arguments| ToolCall {
        id: id.into(),
        name: "look_up".into(),
        arguments,
    };
    vec![
        system,
        user,
        Message::Assistant {
            text: String::new(),
            calls: vec![
                call("c0", ToolArguments::parse("{\"a\":1}")),
                call("c1", ToolArguments::Malformed("{oops".into())),
            ],
        },
        Message::Results {
            results: vec![
                ToolResult {
                    id: "c0".into(),
                    text: "one".into(),
                    refused: false,
                },
                ToolResult {
                    id: "c1".into(),
                    text: "refused: no JSON".into(),
                    refused: true,
                },
            ],
        },
    ]
}

#[tokio::test]
async fn a_reply_and_what_was_asked() {
    let server = Server::start(vec![completion("hi", &[])]).await;
    let reply = ask(&server, "m", &[], &hello(), &[], PLENTY).await.unwrap();
    assert_eq!(
        (reply.text.as_str(), reply.stop_reason, reply.attempts),
        ("hi", StopReason::End, 1)
    );
    assert_eq!(
        reply.usage,
        Usage {
            input: 100,
            cached: 40,
            output: 7
        }
    );
    let seen = server.seen();
    assert!(
        seen[0].head.starts_with("post /v1/chat/completions "),
        "{}",
        seen[0].head
    );
    assert!(!seen[0].head.contains("authorization"));
    assert_eq!(
        seen[0].body,
        json!({
            "model": "m", "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": "hello"}],
            "stop": ["\nObservation"], "temperature": 0.0, "seed": 5,
        })
    );
}

#[tokio::test]
async fn parallel_calls_and_arguments_that_are_no_json() {
    let server = Server::start(vec![completion(
        "",
        &[
            ("look_up", "{\"a\": 1}"),
            ("look_up", "{oops"),
            ("look_up", ""),
        ],
    )])
    .await;
    let reply = ask(&server, "m", &[], &conversation(), &tools(), PLENTY)
        .await
        .unwrap();
    let arguments: Vec<_> = reply.calls.into_iter().map(|call| call.arguments).collect();
    assert_eq!(
        arguments,
        [
            ToolArguments::parse("{\"a\":1}"),
            ToolArguments::Malformed("{oops".into()),
            ToolArguments::Object(serde_json::Map::new())
        ]
    );
    assert_eq!(reply.stop_reason, StopReason::Calls);
    let body = &server.seen()[0].body;
    assert_eq!(body["tools"][0]["function"]["name"], "look_up");
    assert_eq!(
        body["messages"][2]["tool_calls"][1]["function"]["arguments"],
        "{oops"
    );
    assert_eq!(
        body["messages"][4],
        json!({"role": "tool", "tool_call_id": "c1", "content": "refused: no JSON"})
    );
}

#[tokio::test]
async fn a_stream_is_put_together() {
    let events = [
        json!({"choices": [{"delta": {"role": "assistant", "content": "I lo"}}]}),
        json!({"choices": [{"delta": {"content": "ok."}}]}),
        json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "x", "arguments": "{\"q\":"}}]}}]}),
        json!({"choices": [{"delta": {"tool_calls": [{"index": 1, "id": "b", "function": {"name": "y", "arguments": ""}}]}}]}),
        json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": "2}"}}]}}]}),
        json!({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}),
        json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}}),
    ];
    let stream: String = events
        .iter()
        .map(|event| format!("data: {event}\n\n"))
        .collect();
    let server = Server::start(vec![Answer::Events(format!("{stream}data: [DONE]\n\n"))]).await;
    let reply = ask(&server, "m", &["--stream"], &hello(), &[], PLENTY)
        .await
        .unwrap();
    assert_eq!(server.seen()[0].body["stream"], true);
    assert_eq!(reply.text, "I look.");
    let calls: Vec<_> = reply
        .calls
        .iter()
        .map(|call| {
            (
                call.id.as_str(),
                call.name.as_str(),
                call.arguments.to_json(),
            )
        })
        .collect();
    assert_eq!(calls, [("a", "x", json!({"q": 2})), ("b", "y", json!({}))]);
    assert_eq!((reply.usage.input, reply.usage.output), (9, 3));
}

#[tokio::test]
async fn too_many_requests_and_then_fine() {
    let reply = plain(vec![
        status(429, "retry-after: 0\r\n", "{}"),
        status(503, "", "busy"),
        completion("hi", &[]),
    ])
    .await
    .unwrap();
    assert_eq!((reply.text.as_str(), reply.attempts), ("hi", 3));
}

#[tokio::test]
async fn a_failure_that_lasts_ends_in_its_class() {
    assert_eq!(
        failing(vec![status(500, "", "oops")]).await,
        (ErrorKind::Server, 3)
    );
    assert_eq!(
        failing(vec![status(429, "", "{}")]).await,
        (ErrorKind::RateLimited, 3)
    );
    assert_eq!(
        failing(vec![status(200, "", "<html>")]).await,
        (ErrorKind::Malformed, 3)
    );
    assert_eq!(
        failing(vec![status(200, "", "{\"choices\": []}")]).await,
        (ErrorKind::Malformed, 3)
    );
    assert_eq!(
        failing(vec![Answer::CutOff("{\"choices\": [{\"mess".into())]).await,
        (ErrorKind::Connection, 3)
    );
    assert_eq!(
        failing(vec![Answer::Closed]).await,
        (ErrorKind::Connection, 3)
    );
    let part = json!({"choices": [{"delta": {"content": "I lo"}}]});
    assert_eq!(
        failing(vec![Answer::Events(format!("data: {part}\n\n"))]).await,
        (ErrorKind::Connection, 3)
    );
    assert_eq!(
        failing(vec![Answer::Events("data: {oops\n\n".into())]).await,
        (ErrorKind::Malformed, 3)
    );
}

#[tokio::test]
async fn what_asking_again_cannot_mend_is_asked_once() {
    let error =
        |code: &str| format!("{{\"error\": {{\"message\": \"no\", \"code\": \"{code}\"}}}}");
    assert_eq!(
        failing(vec![status(401, "", &error("invalid_api_key"))]).await,
        (ErrorKind::Auth, 1)
    );
    assert_eq!(
        failing(vec![status(404, "", &error("model_not_found"))]).await,
        (ErrorKind::Rejected, 1)
    );
    assert_eq!(
        failing(vec![status(400, "", &error("context_length_exceeded"))]).await,
        (ErrorKind::ContextLength, 1)
    );
    assert_eq!(
        failing(vec![status(429, "", &error("insufficient_quota"))]).await,
        (ErrorKind::RateLimited, 1)
    );
    let said = |message: serde_json::Value, reason: &str| {
        json!({"choices": [{"message": message, "finish_reason": reason}]}).to_string()
    };
    let filtered = said(json!({"content": ""}), "content_filter");
    assert_eq!(
        failing(vec![status(200, "", &filtered)]).await,
        (ErrorKind::Refused, 1)
    );
    let refused = said(json!({"content": null, "refusal": "I will not"}), "stop");
    assert_eq!(
        failing(vec![status(200, "", &refused)]).await,
        (ErrorKind::Refused, 1)
    );
}

#[tokio::test]
async fn a_model_that_takes_no_stop_texts_is_asked_without() {
    let no = "{\"error\": {\"message\": \"Unsupported parameter: 'stop' is not supported with this model.\"}}";
    let server = Server::start(vec![status(400, "", no), completion("hi", &[])]).await;
    let reply = ask(&server, "m", &[], &hello(), &[], PLENTY).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.attempts), ("hi", 2));
    assert_eq!(server.seen()[1].body.get("stop"), None);
}

#[tokio::test]
async fn a_reply_at_the_limit_of_tokens_says_so() {
    let cut = json!({"choices": [{"message": {"content": "I wou"}, "finish_reason": "length"}]});
    let reply = plain(vec![status(200, "", &cut.to_string())])
        .await
        .unwrap();
    assert_eq!(reply.stop_reason, StopReason::Length);
}

#[tokio::test]
async fn silence_ends_at_the_deadline_and_a_wait_beyond_it_at_once() {
    let server = Server::start(vec![Answer::Silence]).await;
    let error = ask(&server, "m", &[], &hello(), &[], Duration::from_millis(20))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout);
    for wait in [
        "retry-after: 7200\r\n",
        "retry-after: 1000000000000000000\r\n",
    ] {
        let failed = failing(vec![status(429, wait, "{}")]).await;
        assert_eq!(failed, (ErrorKind::RateLimited, 1));
    }
}

#[tokio::test]
async fn a_key_is_sent_and_never_shown() {
    // The one variable that every test process has serves as the key.
    let key = std::env::var("CARGO_PKG_NAME").unwrap_or_else(|_| env!("CARGO_PKG_NAME").into());
    let body = json!({"error": {"message": format!("wrong key: {key}!")}}).to_string();
    for (model, header) in [
        ("m", "authorization: bearer "),
        ("anthropic:m", "x-api-key: "),
    ] {
        let server = Server::start(vec![status(401, "", &body)]).await;
        let error = ask(
            &server,
            model,
            &["--api-key-env", "CARGO_PKG_NAME"],
            &hello(),
            &[],
            PLENTY,
        )
        .await
        .unwrap_err();
        assert!(
            server.seen()[0].head.contains(&format!("{header}{key}")),
            "{}",
            server.seen()[0].head
        );
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("wrong key: ***!") && !shown.contains(&key),
            "{shown}"
        );
    }
}

fn spoken(content: serde_json::Value, reason: &str) -> Answer {
    let usage = json!({"input_tokens": 10, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 1, "output_tokens": 6});
    let body = json!({"type": "message", "role": "assistant", "content": content, "stop_reason": reason, "usage": usage});
    Answer::Whole(200, "", body.to_string())
}

#[tokio::test]
async fn anthropics_messages() {
    let content = json!([
        {"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "t0", "name": "look_up", "input": {"a": 1}}, {"type": "tool_use", "id": "t1", "name": "look_up", "input": {}},
    ]);
    let server = Server::start(vec![spoken(content, "tool_use")]).await;
    let reply = ask(
        &server,
        "anthropic:m",
        &[],
        &conversation(),
        &tools(),
        PLENTY,
    )
    .await
    .unwrap();
    assert_eq!(
        (reply.text.as_str(), reply.calls.len(), reply.stop_reason),
        ("I look.", 2, StopReason::Calls)
    );
    assert_eq!(
        reply.usage,
        Usage {
            input: 15,
            cached: 4,
            output: 6
        }
    );
    let seen = server.seen();
    assert!(
        seen[0].head.starts_with("post /v1/messages ")
            && seen[0].head.contains("anthropic-version: "),
        "{}",
        seen[0].head
    );
    assert_eq!(
        seen[0].body,
        json!({
            "model": "m", "max_tokens": 4096, "system": "rules",
            "messages": [
                {"role": "user", "content": "hello"},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "c0", "name": "look_up", "input": {"a": 1}},
                    {"type": "tool_use", "id": "c1", "name": "look_up", "input": {}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "c0", "content": "one", "is_error": false},
                    {"type": "tool_result", "tool_use_id": "c1", "content": "refused: no JSON", "is_error": true},
                ]},
            ],
            "tools": [{"name": "look_up", "description": "Looks up.", "input_schema": {"type": "object"}}],
            "stop_sequences": ["\nObservation"], "temperature": 0.0,
        })
    );
}

#[tokio::test]
async fn anthropics_stream() {
    let events = [
        json!({"type": "message_start", "message": {"usage": {"input_tokens": 8, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "ping"}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Two "}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "calls."}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t0", "name": "x", "input": {}}}),
        json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "{\"q\": "}}),
        json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "2}"}}),
        json!({"type": "content_block_stop", "index": 1}),
        json!({"type": "content_block_start", "index": 2, "content_block": {"type": "tool_use", "id": "t1", "name": "y", "input": {}}}),
        json!({"type": "content_block_stop", "index": 2}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 30}}),
        json!({"type": "message_stop"}),
    ];
    let stream = |events: &[serde_json::Value]| {
        let text: String = events
            .iter()
            .map(|event| {
                format!(
                    "event: {}\ndata: {event}\n\n",
                    event["type"].as_str().unwrap()
                )
            })
            .collect();
        Answer::Events(text)
    };
    let server = Server::start(vec![stream(&events[..9]), stream(&events)]).await;
    let reply = ask(&server, "anthropic:m", &["--stream"], &hello(), &[], PLENTY)
        .await
        .unwrap();
    // The first stream broke off.
    assert_eq!((reply.attempts, reply.text.as_str()), (2, "Two calls."));
    let calls: Vec<_> = reply
        .calls
        .iter()
        .map(|call| (call.id.as_str(), call.arguments.to_json()))
        .collect();
    assert_eq!(calls, [("t0", json!({"q": 2})), ("t1", json!({}))]);
    assert_eq!((reply.usage.input, reply.usage.output), (8, 30));
}

#[tokio::test]
async fn anthropics_failures() {
    let error = |kind: &str, message: &str| {
        json!({"type": "error", "error": {"type": kind, "message": message}}).to_string()
    };
    let cases = [
        (
            status(529, "", &error("overloaded_error", "busy")),
            ErrorKind::Server,
            3,
        ),
        (
            status(
                400,
                "",
                &error("invalid_request_error", "prompt is too long: 9 > 8"),
            ),
            ErrorKind::ContextLength,
            1,
        ),
        (spoken(json!([]), "refusal"), ErrorKind::Refused, 1),
        (
            spoken(json!([]), "model_context_window_exceeded"),
            ErrorKind::ContextLength,
            1,
        ),
        (
            Answer::Events(format!(
                "event: error\ndata: {}\n\n",
                error("overloaded_error", "busy")
            )),
            ErrorKind::Server,
            3,
        ),
        (status(200, "", "[]"), ErrorKind::Malformed, 3),
        (
            status(401, "", &error("authentication_error", "no")),
            ErrorKind::Auth,
            1,
        ),
    ];
    for (answer, kind, attempts) in cases {
        let server = Server::start(vec![answer]).await;
        let failed = ask(&server, "anthropic:m", &[], &hello(), &[], PLENTY)
            .await
            .unwrap_err();
        assert_eq!((failed.kind, failed.attempts), (kind, attempts), "{failed}");
    }
}

#[test]
fn a_choice_that_cannot_be_opened_says_why() {
    let open = |arguments: &[&str]| {
        let choice = Options::parse_from(["x"].iter().chain(arguments)).choice;
        format!("{:#}", choice.open(0, None).err().unwrap())
    };
    assert!(open(&[]).contains("--model"));
    assert!(open(&["--model", "m", "--base-url", "nowhere"]).contains("nowhere"));
    assert!(
        open(&["--model", "m", "--api-key-env", "BREAKROOM_NO_SUCH_KEY"])
            .contains("BREAKROOM_NO_SUCH_KEY")
    );
    assert!(open(&["--model", "scripted:/no/such/file"]).contains("/no/such/file"));
}

/// TLS is set up, and a server that does not speak it is one more broken connection.
#[tokio::test]
async fn a_server_without_tls_is_a_broken_connection() {
    let mut server = Server::start(vec![completion("hi", &[])]).await;
    server.url = server.url.replace("http:", "https:");
    let error = ask(&server, "m", &[], &hello(), &[], PLENTY)
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Connection, 3));
}
