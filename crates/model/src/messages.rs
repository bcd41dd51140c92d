//! The messages API of Anthropic: the wire form.

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::chat::{ChatRequest, Message, StopReason, ToolArguments, ToolCall, ToolSpec, Usage};
use super::error::ErrorKind;
use super::failure;
use super::sse;
use super::wire::{Answer, AttemptError, Completion, Wire};

/// The API takes no request without a limit of tokens.
const MOST_TOKENS: u32 = 4096;

/// The API for one model.
pub(super) struct Messages {
    /// The model's name on the wire.
    pub(super) model: String,
    /// Whether to ask for a stream.
    pub(super) stream: bool,
}

impl Wire for Messages {
    const PATH: &'static str = "/v1/messages";
    const STOP: &'static str = "stop_sequences";

    fn body(&self, request: &ChatRequest<'_>) -> Json {
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
            "max_tokens": request.sampling.max_tokens.unwrap_or(MOST_TOKENS),
            "messages": request.messages.iter().filter_map(message).collect::<Vec<_>>(),
        });
        if !system.is_empty() {
            body["system"] = json!(system.join("\n\n"));
        }
        if !request.tools.is_empty() {
            body["tools"] = request.tools.iter().map(tool).collect();
        }
        if !request.stop.is_empty() {
            body[Self::STOP] = json!(request.stop);
        }
        if let Some(temperature) = request.sampling.temperature {
            body["temperature"] = json!(temperature);
        }
        if self.stream {
            body["stream"] = json!(true);
        }
        body
    }

    fn read(&self, answer: &Answer) -> Result<Completion, AttemptError> {
        let message = if answer.stream {
            gather(&answer.body)?
        } else {
            let json: Json = serde_json::from_slice(&answer.body).map_err(|reason| {
                failure::malformed(&format!("the answer is no JSON ({reason})"), &answer.body)
            })?;
            if let Some(failed) = failure::of_object(&json) {
                return Err(failed);
            }
            serde_json::from_value(json).map_err(|reason| {
                failure::malformed(
                    &format!("the answer is no message ({reason})"),
                    &answer.body,
                )
            })?
        };
        said(message)
    }
}

fn message(message: &Message) -> Option<Json> {
    Some(match message {
        Message::System { .. } => return None,
        Message::User { text } => json!({"role": "user", "content": text}),
        Message::Assistant { text, calls } => {
            let mut content = Vec::new();
            // The API refuses text that is empty or ends in blanks.
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

fn tool(tool: &ToolSpec) -> Json {
    json!({"name": tool.name, "description": tool.description, "input_schema": tool.schema})
}

#[derive(Deserialize)]
struct WireMessage {
    content: Vec<Block>,
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    usage: WireUsage,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        id: String,
        name: String,
        #[serde(default)]
        input: Json,
    },
    /// Thinking, and what is yet to come.
    #[serde(other)]
    Other,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct WireUsage {
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    cache_creation_input_tokens: Option<u64>,
    #[serde(default)]
    cache_read_input_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
}

impl WireUsage {
    /// What the end of a stream says counts over what its start said.
    fn or(self, earlier: WireUsage) -> WireUsage {
        WireUsage {
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

fn said(message: WireMessage) -> Result<Completion, AttemptError> {
    let (mut text, mut calls) = (String::new(), Vec::new());
    for block in message.content {
        match block {
            Block::Text { text: more } => text.push_str(&more),
            Block::ToolUse { id, name, input } => calls.push(ToolCall {
                id,
                name,
                arguments: ToolArguments::from_json(input),
            }),
            Block::Other => {}
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
enum Event {
    MessageStart {
        message: Start,
    },
    ContentBlockStart {
        content_block: Block,
    },
    ContentBlockDelta {
        delta: Delta,
    },
    ContentBlockStop,
    MessageDelta {
        delta: End,
        #[serde(default)]
        usage: WireUsage,
    },
    MessageStop,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Start {
    #[serde(default)]
    usage: WireUsage,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Delta {
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "input_json_delta")]
    Input { partial_json: String },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct End {
    #[serde(default)]
    stop_reason: Option<String>,
}

/// Puts the events of a stream together. Blocks come one after the other.
fn gather(body: &[u8]) -> Result<WireMessage, AttemptError> {
    let text = String::from_utf8_lossy(body);
    let mut whole = WireMessage {
        content: Vec::new(),
        stop_reason: None,
        usage: WireUsage::default(),
    };
    let mut input = String::new();
    for event in sse::events(&text) {
        let json: Json = serde_json::from_str(&event).map_err(|reason| {
            failure::malformed(
                &format!("an event of the stream is no JSON ({reason})"),
                event.as_bytes(),
            )
        })?;
        if let Some(failed) = failure::of_object(&json) {
            return Err(failed);
        }
        let event: Event = serde_json::from_value(json).map_err(|reason| {
            failure::malformed(
                &format!("an event of the stream cannot be read ({reason})"),
                event.as_bytes(),
            )
        })?;
        match event {
            Event::MessageStart { message } => whole.usage = message.usage,
            Event::ContentBlockStart { content_block } => {
                input.clear();
                whole.content.push(content_block);
            }
            Event::ContentBlockDelta { delta } => match (delta, whole.content.last_mut()) {
                (Delta::Text { text: more }, Some(Block::Text { text })) => text.push_str(&more),
                (Delta::Input { partial_json }, _) => input.push_str(&partial_json),
                _ => {}
            },
            Event::ContentBlockStop => {
                if let Some(Block::ToolUse { input: whole, .. }) = whole.content.last_mut()
                    && !input.is_empty()
                {
                    *whole = Json::String(std::mem::take(&mut input));
                }
            }
            Event::MessageDelta { delta, usage } => {
                whole.stop_reason = delta.stop_reason.or(whole.stop_reason);
                whole.usage = usage.or(whole.usage);
            }
            Event::MessageStop => return Ok(whole),
            Event::Other => {}
        }
    }
    Err(AttemptError::new(
        ErrorKind::Connection,
        "the stream broke off before the reply was whole",
    ))
}
