//! Chat completions, from the server's side: the wire form.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::asked::{Asked, ToolChoice, push_result, stops};
use super::events::Event;
use super::forms::{Problem, ProblemKind};
use super::speech::{Speech, SpokenCall, pieces};
use breakroom_model::chat::{Message, ToolResult, ToolSpec};
use breakroom_model::completions::{CompletionsToolCall, MessageContent};

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    model: Option<String>,
    messages: Vec<Said>,
    #[serde(default)]
    tools: Option<Vec<Tool>>,
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
struct Said {
    role: String,
    #[serde(default)]
    content: Option<MessageContent>,
    #[serde(default)]
    tool_calls: Option<Vec<CompletionsToolCall>>,
    #[serde(default)]
    tool_call_id: Option<String>,
}

#[derive(Deserialize)]
struct Tool {
    #[serde(default)]
    function: Option<ToolFunction>,
}

#[derive(Deserialize)]
struct ToolFunction {
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

/// What a request asks.
pub(super) fn read(body: &Json) -> serde_json::Result<Asked> {
    let body = Body::deserialize(body)?;
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
    Ok(Asked {
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

fn finish(speech: &Speech) -> &'static str {
    if speech.calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    }
}

fn call(call: &SpokenCall) -> Json {
    json!({"id": call.id, "type": "function", "function": {"name": call.tool, "arguments": call.arguments}})
}

fn usage(speech: &Speech) -> Json {
    let usage = speech.usage;
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": 0},
    })
}

/// A reply in one piece.
pub(super) fn whole(speech: &Speech) -> Json {
    let bare = speech.refusal.is_some() || (speech.text.is_empty() && !speech.calls.is_empty());
    let mut message = json!({
        "role": "assistant",
        "content": if bare { Json::Null } else { json!(speech.text) },
        "refusal": speech.refusal,
    });
    if !speech.calls.is_empty() {
        message["tool_calls"] = speech.calls.iter().map(call).collect();
    }
    json!({
        "id": format!("chatcmpl-{}", speech.id),
        "object": "chat.completion",
        "created": speech.created,
        "model": speech.model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish(speech)}],
        "usage": usage(speech),
    })
}

/// A reply as a stream.
pub(super) fn events(speech: &Speech, with_usage: bool) -> Vec<Event> {
    let mut deltas = vec![json!({"role": "assistant", "content": ""})];
    if let Some(refusal) = &speech.refusal {
        deltas.extend(
            pieces(refusal)
                .iter()
                .map(|piece| json!({"refusal": piece})),
        );
    } else if !speech.text.is_empty() {
        deltas.extend(
            pieces(&speech.text)
                .iter()
                .map(|piece| json!({"content": piece})),
        );
    }
    for (index, spoken) in speech.calls.iter().enumerate() {
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
            "id": format!("chatcmpl-{}", speech.id),
            "object": "chat.completion.chunk",
            "created": speech.created,
            "model": speech.model,
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
        json!([{"index": 0, "delta": {}, "finish_reason": finish(speech)}]),
    ));
    if with_usage {
        let mut last = chunk(json!([]));
        last["usage"] = usage(speech);
        chunks.push(last);
    }
    chunks
        .iter()
        .map(Json::to_string)
        .chain(["[DONE]".to_owned()])
        .map(|data| Event { name: None, data })
        .collect()
}

/// A problem, in OpenAI's words.
pub(super) fn problem(problem: &Problem) -> Json {
    let (kind, code) = match problem.kind {
        ProblemKind::Invalid => ("invalid_request_error", "invalid_request"),
        ProblemKind::NotFound => ("invalid_request_error", "not_found"),
        ProblemKind::TooLong => ("invalid_request_error", "context_length_exceeded"),
        ProblemKind::RateLimit => ("requests", "rate_limit_exceeded"),
        ProblemKind::Server | ProblemKind::Late => ("server_error", "internal_error"),
    };
    json!({"error": {"message": problem.message, "type": kind, "param": null, "code": code}})
}
