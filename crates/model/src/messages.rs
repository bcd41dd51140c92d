//! The wire format of Anthropic's messages API.

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::chat::{ChatRequest, Message, StopReason, ToolArguments, ToolCall, ToolSpec, Usage};
use super::error::ErrorKind;
use super::provider_errors;
use super::sse;
use super::wire::{AttemptError, Completion, ResponseBody, WireFormat};

/// The API requires a token limit in every request.
const DEFAULT_MAX_TOKENS: u32 = 4096;

/// The messages API of one model.
pub(super) struct MessagesFormat {
    /// The model's name on the wire.
    pub(super) model: String,
    /// Whether to request a stream.
    pub(super) stream: bool,
}

impl WireFormat for MessagesFormat {
    const PATH: &'static str = "/v1/messages";
    const STOP_FIELD: &'static str = "stop_sequences";

    fn request_body(&self, request: &ChatRequest<'_>) -> Json {
        let system: Vec<&str> = request
            .messages
            .iter()
            .filter_map(|message| match message {
                Message::System { text } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let mut body = json!({
            "model": self.model,
            "max_tokens": request.sampling.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS),
            "messages": request.messages.iter().filter_map(to_message).collect::<Vec<_>>(),
        });
        if !system.is_empty() {
            body["system"] = json!(system.join("\n\n"));
        }
        if !request.tools.is_empty() {
            body["tools"] = request.tools.iter().map(to_tool).collect();
        }
        if !request.stop.is_empty() {
            body[Self::STOP_FIELD] = json!(request.stop);
        }
        if let Some(temperature) = request.sampling.temperature {
            body["temperature"] = json!(temperature);
        }
        if self.stream {
            body["stream"] = json!(true);
        }
        body
    }

    fn parse(&self, body: &ResponseBody) -> Result<Completion, AttemptError> {
        let message = if body.is_stream {
            assemble_stream(&body.bytes)?
        } else {
            let json: Json = serde_json::from_slice(&body.bytes).map_err(|reason| {
                provider_errors::malformed(
                    &format!("the response is not JSON ({reason})"),
                    &body.bytes,
                )
            })?;
            if let Some(error) = provider_errors::from_error_object(&json) {
                return Err(error);
            }
            serde_json::from_value(json).map_err(|reason| {
                provider_errors::malformed(
                    &format!("the response is not a message ({reason})"),
                    &body.bytes,
                )
            })?
        };
        to_completion(message)
    }
}

fn to_message(message: &Message) -> Option<Json> {
    Some(match message {
        Message::System { .. } => return None,
        Message::User { text } => json!({"role": "user", "content": text}),
        Message::Assistant { text, calls } => {
            let mut content = Vec::new();
            // The API rejects text that is empty or ends in whitespace.
            if !text.trim().is_empty() {
                content.push(json!({"type": "text", "text": text.trim_end()}));
            }
            content.extend(calls.iter().map(|call| {
                let input = match &call.arguments {
                    ToolArguments::Object(object) => object.clone(),
                    ToolArguments::Malformed(_) => Map::new(),
                };
                json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input})
            }));
            json!({"role": "assistant", "content": content})
        }
        Message::Results { results } => {
            let content: Vec<Json> = results
                .iter()
                .map(|result| {
                    json!({"type": "tool_result", "tool_use_id": result.id, "content": result.text, "is_error": result.refused})
                })
                .collect();
            json!({"role": "user", "content": content})
        }
    })
}

fn to_tool(tool: &ToolSpec) -> Json {
    json!({"name": tool.name, "description": tool.description, "input_schema": tool.schema})
}

#[derive(Deserialize)]
struct MessagesReply {
    content: Vec<ContentBlock>,
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    usage: MessagesUsage,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ContentBlock {
    Text {
        text: String,
    },
    ToolUse {
        id: String,
        name: String,
        #[serde(default)]
        input: Json,
    },
    /// Thinking, and kinds that the API may add.
    #[serde(other)]
    Other,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct MessagesUsage {
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    cache_creation_input_tokens: Option<u64>,
    #[serde(default)]
    cache_read_input_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
}

impl MessagesUsage {
    /// Figures at the end of a stream override those at its start.
    fn or(self, earlier: MessagesUsage) -> MessagesUsage {
        MessagesUsage {
            input_tokens: self.input_tokens.or(earlier.input_tokens),
            cache_creation_input_tokens: self
                .cache_creation_input_tokens
                .or(earlier.cache_creation_input_tokens),
            cache_read_input_tokens: self
                .cache_read_input_tokens
                .or(earlier.cache_read_input_tokens),
            output_tokens: self.output_tokens.or(earlier.output_tokens),
        }
    }
}

fn to_completion(message: MessagesReply) -> Result<Completion, AttemptError> {
    let (mut text, mut calls) = (String::new(), Vec::new());
    for block in message.content {
        match block {
            ContentBlock::Text { text: more } => text.push_str(&more),
            ContentBlock::ToolUse { id, name, input } => calls.push(ToolCall {
                id,
                name,
                arguments: ToolArguments::from_json(input),
            }),
            ContentBlock::Other => {}
        }
    }
    let stop_reason = match message.stop_reason.as_deref() {
        Some("refusal") => {
            let why = if text.is_empty() {
                "the model declined to reply"
            } else {
                &text
            };
            return Err(AttemptError::new(ErrorKind::Refused, why));
        }
        Some("model_context_window_exceeded") => {
            return Err(AttemptError::new(
                ErrorKind::ContextLength,
                "the model's context window is full",
            ));
        }
        Some("max_tokens") => StopReason::Length,
        _ if !calls.is_empty() => StopReason::Calls,
        _ => StopReason::End,
    };
    let usage = message.usage;
    let cached = usage.cache_read_input_tokens.unwrap_or_default();
    Ok(Completion {
        text,
        calls,
        stop_reason,
        usage: Usage {
            input: usage.input_tokens.unwrap_or_default()
                + usage.cache_creation_input_tokens.unwrap_or_default()
                + cached,
            cached,
            output: usage.output_tokens.unwrap_or_default(),
        },
    })
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum StreamEvent {
    MessageStart {
        message: MessageStart,
    },
    ContentBlockStart {
        content_block: ContentBlock,
    },
    ContentBlockDelta {
        delta: BlockDelta,
    },
    ContentBlockStop,
    MessageDelta {
        delta: MessageDelta,
        #[serde(default)]
        usage: MessagesUsage,
    },
    MessageStop,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct MessageStart {
    #[serde(default)]
    usage: MessagesUsage,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum BlockDelta {
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "input_json_delta")]
    Input { partial_json: String },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct MessageDelta {
    #[serde(default)]
    stop_reason: Option<String>,
}

/// Assembles a message from the events of a stream. Blocks arrive one after the other.
fn assemble_stream(body: &[u8]) -> Result<MessagesReply, AttemptError> {
    let text = String::from_utf8_lossy(body);
    let mut whole = MessagesReply {
        content: Vec::new(),
        stop_reason: None,
        usage: MessagesUsage::default(),
    };
    let mut input = String::new();
    for event in sse::events(&text) {
        let json: Json = serde_json::from_str(&event).map_err(|reason| {
            provider_errors::malformed(
                &format!("an event of the stream is not JSON ({reason})"),
                event.as_bytes(),
            )
        })?;
        if let Some(error) = provider_errors::from_error_object(&json) {
            return Err(error);
        }
        let event: StreamEvent = serde_json::from_value(json).map_err(|reason| {
            provider_errors::malformed(
                &format!("an event of the stream cannot be parsed ({reason})"),
                event.as_bytes(),
            )
        })?;
        match event {
            StreamEvent::MessageStart { message } => whole.usage = message.usage,
            StreamEvent::ContentBlockStart { content_block } => {
                input.clear();
                whole.content.push(content_block);
            }
            StreamEvent::ContentBlockDelta { delta } => match (delta, whole.content.last_mut()) {
                (BlockDelta::Text { text: more }, Some(ContentBlock::Text { text })) => {
                    text.push_str(&more)
                }
                (BlockDelta::Input { partial_json }, _) => input.push_str(&partial_json),
                _ => {}
            },
            StreamEvent::ContentBlockStop => {
                if let Some(ContentBlock::ToolUse { input: whole, .. }) = whole.content.last_mut()
                    && !input.is_empty()
                {
                    *whole = Json::String(std::mem::take(&mut input));
                }
            }
            StreamEvent::MessageDelta { delta, usage } => {
                whole.stop_reason = delta.stop_reason.or(whole.stop_reason);
                whole.usage = usage.or(whole.usage);
            }
            StreamEvent::MessageStop => return Ok(whole),
            StreamEvent::Other => {}
        }
    }
    Err(AttemptError::new(
        ErrorKind::Connection,
        "the stream ended before the reply was complete",
    ))
}
