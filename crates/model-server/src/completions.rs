//! Chat completions, from the server's side.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::http_response::ServerSentEvent;
use super::model_reply::{ModelReply, ReplyCall, pieces};
use super::model_request::{ModelRequest, ToolChoice, push_result, stops};
use super::request_error::{RequestError, RequestErrorKind};
use breakroom_model::chat::{Message, ToolResult, ToolSpec};
use breakroom_model::completions::{CompletionsToolCall, MessageContent};

#[derive(Deserialize)]
struct CompletionsBody {
    #[serde(default)]
    model: Option<String>,
    messages: Vec<CompletionsMessage>,
    #[serde(default)]
    tools: Option<Vec<CompletionsTool>>,
    #[serde(default)]
    tool_choice: Option<Json>,
    #[serde(default)]
    parallel_tool_calls: Option<bool>,
    #[serde(default)]
    response_format: Option<ResponseFormat>,
    #[serde(default)]
    stop: Option<Json>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    #[serde(default)]
    seed: Option<u64>,
    #[serde(default)]
    user: Option<String>,
}

#[derive(Deserialize)]
struct CompletionsMessage {
    role: String,
    #[serde(default)]
    content: Option<MessageContent>,
    #[serde(default)]
    tool_calls: Option<Vec<CompletionsToolCall>>,
    #[serde(default)]
    tool_call_id: Option<String>,
}

#[derive(Deserialize)]
struct CompletionsTool {
    #[serde(default)]
    function: Option<CompletionsFunction>,
}

#[derive(Deserialize)]
struct CompletionsFunction {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    parameters: Json,
}

#[derive(Default, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Deserialize)]
struct ResponseFormat {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    json_schema: Option<JsonSchema>,
}

#[derive(Deserialize)]
struct JsonSchema {
    #[serde(default)]
    schema: Json,
}

/// Reads a request.
pub(super) fn read(body: &Json) -> serde_json::Result<ModelRequest> {
    let body = CompletionsBody::deserialize(body)?;
    let mut messages = Vec::new();
    for said in body.messages {
        let text = said.content.map(MessageContent::text).unwrap_or_default();
        match said.role.as_str() {
            "system" | "developer" => messages.push(Message::System { text }),
            "assistant" => messages.push(Message::Assistant {
                text,
                calls: said
                    .tool_calls
                    .unwrap_or_default()
                    .into_iter()
                    .enumerate()
                    .map(|(index, call)| call.into_tool_call(index))
                    .collect(),
            }),
            "tool" | "function" => push_result(
                &mut messages,
                ToolResult {
                    id: said.tool_call_id.unwrap_or_default(),
                    text,
                    refused: false,
                },
            ),
            _ => messages.push(Message::User { text }),
        }
    }
    let tools = body.tools.unwrap_or_default().into_iter();
    let tools = tools.filter_map(|tool| tool.function);
    Ok(ModelRequest {
        model: body.model,
        messages,
        tools: tools
            .map(|tool| ToolSpec {
                name: tool.name,
                description: tool.description.unwrap_or_default(),
                schema: tool.parameters,
            })
            .collect(),
        choice: ToolChoice::read(body.tool_choice.as_ref()),
        one_call: body.parallel_tool_calls == Some(false),
        schema: body.response_format.and_then(|format| match format {
            ResponseFormat {
                json_schema: Some(schema),
                ..
            } => Some(schema.schema),
            ResponseFormat { kind, .. } => {
                (kind == "json_object").then(|| json!({"type": "object"}))
            }
        }),
        stop: stops(body.stop.as_ref()),
        stream: body.stream.unwrap_or_default(),
        stream_usage: body.stream_options.unwrap_or_default().include_usage,
        seed: body.seed,
        user: body.user,
        previous: None,
    })
}

fn finish(reply: &ModelReply) -> &'static str {
    if reply.calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    }
}

fn call(call: &ReplyCall) -> Json {
    json!({"id": call.id, "type": "function", "function": {"name": call.tool, "arguments": call.arguments}})
}

fn usage(reply: &ModelReply) -> Json {
    let usage = reply.usage;
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": 0},
    })
}

/// A reply in one piece.
pub(super) fn whole(reply: &ModelReply) -> Json {
    let bare = reply.refusal.is_some() || (reply.text.is_empty() && !reply.calls.is_empty());
    let mut message = json!({
        "role": "assistant",
        "content": if bare { Json::Null } else { json!(reply.text) },
        "refusal": reply.refusal,
    });
    if !reply.calls.is_empty() {
        message["tool_calls"] = reply.calls.iter().map(call).collect();
    }
    json!({
        "id": format!("chatcmpl-{}", reply.id),
        "object": "chat.completion",
        "created": reply.created,
        "model": reply.model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish(reply)}],
        "usage": usage(reply),
    })
}

/// A reply as a stream.
pub(super) fn events(reply: &ModelReply, with_usage: bool) -> Vec<ServerSentEvent> {
    let mut deltas = vec![json!({"role": "assistant", "content": ""})];
    if let Some(refusal) = &reply.refusal {
        deltas.extend(
            pieces(refusal)
                .iter()
                .map(|piece| json!({"refusal": piece})),
        );
    } else if !reply.text.is_empty() {
        deltas.extend(
            pieces(&reply.text)
                .iter()
                .map(|piece| json!({"content": piece})),
        );
    }
    for (index, spoken) in reply.calls.iter().enumerate() {
        let mut first = call(spoken);
        first["index"] = json!(index);
        first["function"]["arguments"] = json!("");
        deltas.push(json!({"tool_calls": [first]}));
        deltas.extend(pieces(&spoken.arguments).iter().map(
            |piece| json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}),
        ));
    }
    let chunk = |choices: Json| {
        let mut chunk = json!({
            "id": format!("chatcmpl-{}", reply.id),
            "object": "chat.completion.chunk",
            "created": reply.created,
            "model": reply.model,
            "choices": choices,
        });
        if with_usage {
            chunk["usage"] = Json::Null;
        }
        chunk
    };
    let mut chunks: Vec<Json> = deltas
        .into_iter()
        .map(|delta| chunk(json!([{"index": 0, "delta": delta, "finish_reason": null}])))
        .collect();
    chunks.push(chunk(
        json!([{"index": 0, "delta": {}, "finish_reason": finish(reply)}]),
    ));
    if with_usage {
        let mut last = chunk(json!([]));
        last["usage"] = usage(reply);
        chunks.push(last);
    }
    chunks
        .iter()
        .map(Json::to_string)
        .chain(["[DONE]".to_owned()])
        .map(|data| ServerSentEvent { name: None, data })
        .collect()
}

/// The body of an error, as OpenAI writes it.
pub(super) fn error(error: &RequestError) -> Json {
    let (kind, code) = match error.kind {
        RequestErrorKind::Invalid => ("invalid_request_error", "invalid_request"),
        RequestErrorKind::NotFound => ("invalid_request_error", "not_found"),
        RequestErrorKind::TooLong => ("invalid_request_error", "context_length_exceeded"),
        RequestErrorKind::RateLimit => ("requests", "rate_limit_exceeded"),
        RequestErrorKind::Server | RequestErrorKind::Timeout => ("server_error", "internal_error"),
    };
    json!({"error": {"message": error.message, "type": kind, "param": null, "code": code}})
}
