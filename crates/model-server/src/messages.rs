//! Anthropic's messages, from the server's side.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::http_response::ServerSentEvent;
use super::model_reply::{ModelReply, ReplyCall, pieces};
use super::model_request::{ModelRequest, ToolChoice, push_result, stops};
use super::request_error::{RequestError, RequestErrorKind};
use breakroom_model::chat::{Message, ToolArguments, ToolCall, ToolResult, ToolSpec};
use breakroom_model::completions::MessageContent;

#[derive(Deserialize)]
struct MessagesBody {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    system: Option<MessageContent>,
    messages: Vec<MessagesTurn>,
    #[serde(default)]
    tools: Option<Vec<MessagesTool>>,
    #[serde(default)]
    tool_choice: Option<Json>,
    #[serde(default)]
    stop_sequences: Option<Json>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    metadata: Option<Metadata>,
    #[serde(default)]
    output_config: Option<OutputConfig>,
    #[serde(default)]
    output_format: Option<OutputFormat>,
}

#[derive(Deserialize)]
struct MessagesTurn {
    role: String,
    content: MessagesContent,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum MessagesContent {
    Text(String),
    List(Vec<MessagesBlock>),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum MessagesBlock {
    Text {
        text: String,
    },
    ToolUse {
        id: String,
        name: String,
        #[serde(default)]
        input: Json,
    },
    ToolResult {
        tool_use_id: String,
        #[serde(default)]
        content: Option<MessageContent>,
        #[serde(default)]
        is_error: Option<bool>,
    },
    /// Thinking, images, and whatever the API adds later.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct MessagesTool {
    name: String,
    #[serde(default)]
    description: Option<String>,
    /// Tools that the provider runs do not have one.
    #[serde(default)]
    input_schema: Json,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct OutputConfig {
    #[serde(default)]
    format: Option<OutputFormat>,
}

#[derive(Deserialize)]
struct OutputFormat {
    #[serde(default)]
    schema: Option<Json>,
}

/// Reads a request.
pub(super) fn read(body: &Json) -> serde_json::Result<ModelRequest> {
    let body = MessagesBody::deserialize(body)?;
    let mut messages = Vec::new();
    if let Some(system) = body.system {
        messages.push(Message::System {
            text: system.text(),
        });
    }
    for said in body.messages {
        add(&mut messages, said);
    }
    let choice = body.tool_choice;
    let format = body.output_config.and_then(|config| config.format);
    Ok(ModelRequest {
        model: body.model,
        messages,
        tools: body
            .tools
            .unwrap_or_default()
            .into_iter()
            .map(|tool| ToolSpec {
                name: tool.name,
                description: tool.description.unwrap_or_default(),
                schema: tool.input_schema,
            })
            .collect(),
        one_call: choice
            .as_ref()
            .is_some_and(|choice| choice["disable_parallel_tool_use"] == true),
        choice: ToolChoice::read(choice.as_ref()),
        schema: format
            .or(body.output_format)
            .and_then(|format| format.schema),
        stop: stops(body.stop_sequences.as_ref()),
        stream: body.stream.unwrap_or_default(),
        stream_usage: true,
        seed: None,
        user: body.metadata.and_then(|metadata| metadata.user_id),
        previous: None,
    })
}

/// Adds a message. The results of calls are part of the user's message.
fn add(messages: &mut Vec<Message>, said: MessagesTurn) {
    let blocks = match said.content {
        MessagesContent::Text(text) => vec![MessagesBlock::Text { text }],
        MessagesContent::List(blocks) => blocks,
    };
    let (mut texts, mut calls) = (Vec::new(), Vec::new());
    for block in blocks {
        match block {
            MessagesBlock::Text { text } => texts.push(text),
            MessagesBlock::ToolUse { id, name, input } => calls.push(ToolCall {
                id,
                name,
                arguments: ToolArguments::from_json(input),
            }),
            MessagesBlock::ToolResult {
                tool_use_id,
                content,
                is_error,
            } => push_result(
                messages,
                ToolResult {
                    id: tool_use_id,
                    text: content.map(MessageContent::text).unwrap_or_default(),
                    refused: is_error.unwrap_or_default(),
                },
            ),
            MessagesBlock::Other => {}
        }
    }
    let text = texts.join("\n");
    if said.role == "assistant" {
        messages.push(Message::Assistant { text, calls });
    } else if !text.is_empty() {
        messages.push(Message::User { text });
    }
}

fn stop_reason(reply: &ModelReply) -> &'static str {
    match &reply.refusal {
        Some(_) => "refusal",
        None if reply.calls.is_empty() => "end_turn",
        None => "tool_use",
    }
}

/// The text, or the refusal instead of it.
fn text(reply: &ModelReply) -> &str {
    reply.refusal.as_ref().unwrap_or(&reply.text)
}

fn usage(reply: &ModelReply) -> Json {
    let usage = reply.usage;
    json!({
        "input_tokens": usage.input - usage.cached,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.output,
    })
}

fn message(reply: &ModelReply, content: Vec<Json>) -> Json {
    json!({
        "id": format!("msg_{}", reply.id),
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": content,
        "stop_reason": stop_reason(reply),
        "stop_sequence": null,
        "usage": usage(reply),
    })
}

fn tool_use(call: &ReplyCall, input: Json) -> Json {
    json!({"type": "tool_use", "id": call.id, "name": call.tool, "input": input})
}

/// A reply in one piece. The API takes arguments as an object only, so arguments that are not JSON become a string.
pub(super) fn whole(reply: &ModelReply) -> Json {
    let mut content = Vec::new();
    if !text(reply).is_empty() {
        content.push(json!({"type": "text", "text": text(reply)}));
    }
    content.extend(reply.calls.iter().map(|call| {
        let input = serde_json::from_str(&call.arguments);
        tool_use(call, input.unwrap_or_else(|_| json!(call.arguments)))
    }));
    message(reply, content)
}

/// A reply as a stream.
pub(super) fn events(reply: &ModelReply) -> Vec<ServerSentEvent> {
    let mut start = message(reply, Vec::new());
    start["stop_reason"] = Json::Null;
    start["usage"]["output_tokens"] = json!(1);
    let mut events = vec![
        json!({"type": "message_start", "message": start}),
        json!({"type": "ping"}),
    ];
    let mut index = 0;
    let mut block = |block: Json, deltas: Vec<Json>| {
        events.push(json!({"type": "content_block_start", "index": index, "content_block": block}));
        events.extend(
            deltas.into_iter().map(
                |delta| json!({"type": "content_block_delta", "index": index, "delta": delta}),
            ),
        );
        events.push(json!({"type": "content_block_stop", "index": index}));
        index += 1;
    };
    if !text(reply).is_empty() {
        let deltas = pieces(text(reply)).into_iter();
        block(
            json!({"type": "text", "text": ""}),
            deltas
                .map(|piece| json!({"type": "text_delta", "text": piece}))
                .collect(),
        );
    }
    for call in &reply.calls {
        let deltas = pieces(&call.arguments).into_iter();
        block(
            tool_use(call, json!({})),
            deltas
                .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}))
                .collect(),
        );
    }
    events.push(json!({
        "type": "message_delta",
        "delta": {"stop_reason": stop_reason(reply), "stop_sequence": null},
        "usage": {"output_tokens": reply.usage.output},
    }));
    events.push(json!({"type": "message_stop"}));
    events
        .iter()
        .map(|event| ServerSentEvent {
            name: event["type"].as_str().map(str::to_owned),
            data: event.to_string(),
        })
        .collect()
}

/// The body of an error, as Anthropic writes it.
pub(super) fn error(error: &RequestError) -> Json {
    let kind = match error.kind {
        RequestErrorKind::Invalid | RequestErrorKind::TooLong => "invalid_request_error",
        RequestErrorKind::NotFound => "not_found_error",
        RequestErrorKind::RateLimit => "rate_limit_error",
        RequestErrorKind::Server | RequestErrorKind::Timeout => "api_error",
    };
    // Only the message tells that a conversation is too long.
    let words = match error.kind {
        RequestErrorKind::TooLong => "prompt is too long: ",
        _ => "",
    };
    json!({"type": "error", "error": {"type": kind, "message": format!("{words}{}", error.message)}})
}
