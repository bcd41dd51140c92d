//! The wire format of chat completions, which OpenAI, vLLM, llama.cpp, Ollama and routers serve.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::chat::{ChatRequest, Message, StopReason, ToolArguments, ToolCall, ToolSpec, Usage};
use super::error::ErrorKind;
use super::provider_errors;
use super::sse;
use super::wire::{AttemptError, Completion, ResponseBody, WireFormat};

/// The chat completions API of one model.
pub(super) struct ChatCompletionsFormat {
    /// The model's name on the wire.
    pub(super) model: String,
    /// Whether to request a stream.
    pub(super) stream: bool,
}

impl WireFormat for ChatCompletionsFormat {
    const PATH: &'static str = "/chat/completions";
    const STOP_FIELD: &'static str = "stop";

    fn request_body(&self, request: &ChatRequest<'_>) -> Json {
        let mut body = json!({
            "model": self.model,
            "messages": request.messages.iter().flat_map(to_messages).collect::<Vec<_>>(),
        });
        let sampling = request.sampling;
        if !request.tools.is_empty() {
            body["tools"] = request.tools.iter().map(to_tool).collect();
        }
        if !request.stop.is_empty() {
            body[Self::STOP_FIELD] = json!(request.stop);
        }
        for (name, value) in [
            (
                "temperature",
                sampling.temperature.map(|value| json!(value)),
            ),
            ("seed", sampling.seed.map(|value| json!(value))),
            ("max_tokens", sampling.max_tokens.map(|value| json!(value))),
        ] {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        if self.stream {
            body["stream"] = json!(true);
            body["stream_options"] = json!({"include_usage": true});
        }
        body
    }

    fn parse(&self, body: &ResponseBody) -> Result<Completion, AttemptError> {
        let completion = if body.is_stream {
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
                    &format!("the response is not a completion ({reason})"),
                    &body.bytes,
                )
            })?
        };
        let Some(choice) = completion.choices.into_iter().next() else {
            return Err(provider_errors::malformed(
                "the completion has no choice",
                &body.bytes,
            ));
        };
        to_completion(choice, completion.usage.unwrap_or_default())
    }
}

/// Converts one of our messages. Each tool result becomes a message of its own.
pub fn to_messages(message: &Message) -> Vec<Json> {
    match message {
        Message::System { text } => vec![json!({"role": "system", "content": text})],
        Message::User { text } => vec![json!({"role": "user", "content": text})],
        Message::Assistant { text, calls } if calls.is_empty() => {
            vec![json!({"role": "assistant", "content": text})]
        }
        Message::Assistant { text, calls } => {
            let calls: Vec<Json> = calls
                .iter()
                .map(|call| {
                    let arguments = match &call.arguments {
                        ToolArguments::Object(object) => Json::Object(object.clone()).to_string(),
                        ToolArguments::Malformed(text) => text.clone(),
                    };
                    json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}})
                })
                .collect();
            let content = if text.is_empty() {
                Json::Null
            } else {
                json!(text)
            };
            vec![json!({"role": "assistant", "content": content, "tool_calls": calls})]
        }
        Message::Results { results } => results
            .iter()
            .map(
                |result| json!({"role": "tool", "tool_call_id": result.id, "content": result.text}),
            )
            .collect(),
    }
}

/// Converts one of our tool specifications.
pub fn to_tool(tool: &ToolSpec) -> Json {
    json!({"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema}})
}

#[derive(Default, Deserialize)]
struct ChatCompletion {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<CompletionsUsage>,
}

/// A choice; in a stream, a delta of one.
#[derive(Default, Deserialize)]
struct Choice {
    #[serde(default, alias = "delta")]
    message: ChoiceMessage,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct ChoiceMessage {
    #[serde(default)]
    content: Option<MessageContent>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<CompletionsToolCall>>,
}

/// The content of a message: text, or a list of parts.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum MessageContent {
    /// Plain text.
    Text(String),
    /// Parts; everything but their text is ignored.
    Parts(Vec<ContentPart>),
}

/// A part of a message.
#[derive(Deserialize)]
pub struct ContentPart {
    #[serde(default)]
    text: String,
}

impl MessageContent {
    /// The text of all parts.
    pub fn text(self) -> String {
        match self {
            MessageContent::Text(text) => text,
            MessageContent::Parts(parts) => parts.into_iter().map(|part| part.text).collect(),
        }
    }
}

/// A tool call; in a stream, a delta of one.
#[derive(Default, Deserialize)]
pub struct CompletionsToolCall {
    #[serde(default)]
    index: Option<usize>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    function: CalledFunction,
}

impl CompletionsToolCall {
    /// Converts the call; `index` is its position in the reply.
    pub fn into_tool_call(self, index: usize) -> ToolCall {
        ToolCall {
            // A result is sent back under the id of its call, so every call needs one.
            id: self
                .id
                .filter(|id| !id.is_empty())
                .unwrap_or_else(|| format!("call_{index}")),
            name: self.function.name.unwrap_or_default(),
            arguments: ToolArguments::from_json(self.function.arguments),
        }
    }
}

/// The function of a call.
#[derive(Default, Deserialize)]
pub struct CalledFunction {
    #[serde(default)]
    name: Option<String>,
    /// Text according to the specification, but some servers send an object.
    #[serde(default)]
    arguments: Json,
}

#[derive(Clone, Default, Deserialize)]
struct CompletionsUsage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
    #[serde(default)]
    prompt_tokens_details: Option<PromptTokenDetails>,
}

#[derive(Clone, Default, Deserialize)]
struct PromptTokenDetails {
    #[serde(default)]
    cached_tokens: Option<u64>,
}

fn to_completion(choice: Choice, usage: CompletionsUsage) -> Result<Completion, AttemptError> {
    let refused = |message: &str| Err(AttemptError::new(ErrorKind::Refused, message));
    let message = choice.message;
    if let Some(refusal) = message.refusal.filter(|refusal| !refusal.is_empty()) {
        return refused(&refusal);
    }
    if choice.finish_reason.as_deref() == Some("content_filter") {
        return refused("the provider's content filter blocked the reply");
    }
    let calls: Vec<ToolCall> = message
        .tool_calls
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(|(index, call)| call.into_tool_call(index))
        .collect();
    let stop_reason = match choice.finish_reason.as_deref() {
        Some("length") => StopReason::Length,
        _ if !calls.is_empty() => StopReason::Calls,
        _ => StopReason::End,
    };
    Ok(Completion {
        text: message
            .content
            .map(MessageContent::text)
            .unwrap_or_default(),
        calls,
        stop_reason,
        usage: Usage {
            input: usage.prompt_tokens,
            cached: usage
                .prompt_tokens_details
                .and_then(|details| details.cached_tokens)
                .unwrap_or_default(),
            output: usage.completion_tokens,
        },
    })
}

/// Assembles a completion from the events of a stream.
fn assemble_stream(body: &[u8]) -> Result<ChatCompletion, AttemptError> {
    let text = String::from_utf8_lossy(body);
    let mut whole = ChatCompletion::default();
    let (mut content, mut calls) = (String::new(), Vec::<CompletionsToolCall>::new());
    let mut choice = Choice::default();
    let mut done = false;
    for event in sse::events(&text) {
        if event.trim() == "[DONE]" {
            done = true;
            break;
        }
        let json: Json = serde_json::from_str(&event).map_err(|reason| {
            provider_errors::malformed(
                &format!("an event of the stream is not JSON ({reason})"),
                event.as_bytes(),
            )
        })?;
        if let Some(error) = provider_errors::from_error_object(&json) {
            return Err(error);
        }
        let part: ChatCompletion = serde_json::from_value(json).map_err(|reason| {
            provider_errors::malformed(
                &format!("an event of the stream is not a part of a completion ({reason})"),
                event.as_bytes(),
            )
        })?;
        whole.usage = part.usage.or(whole.usage);
        let Some(delta) = part.choices.into_iter().next() else {
            continue;
        };
        content.extend(delta.message.content.map(MessageContent::text));
        choice.finish_reason = delta.finish_reason.or(choice.finish_reason);
        if let Some(refusal) = delta.message.refusal {
            choice
                .message
                .refusal
                .get_or_insert_default()
                .push_str(&refusal);
        }
        for call in delta.message.tool_calls.unwrap_or_default() {
            merge_call(&mut calls, call);
        }
    }
    if !done && choice.finish_reason.is_none() {
        return Err(AttemptError::new(
            ErrorKind::Connection,
            "the stream ended before the reply was complete",
        ));
    }
    choice.message.content = Some(MessageContent::Text(content));
    choice.message.tool_calls = Some(calls);
    whole.choices.push(choice);
    Ok(whole)
}

/// Merges the delta of a call into the call that it belongs to.
fn merge_call(calls: &mut Vec<CompletionsToolCall>, part: CompletionsToolCall) {
    let same = calls.iter_mut().find(|call| match part.index {
        Some(_) => call.index == part.index,
        None => call.id == part.id,
    });
    match same {
        Some(call) => {
            if let (Json::String(whole), Json::String(more)) =
                (&mut call.function.arguments, &part.function.arguments)
            {
                whole.push_str(more);
            } else if call.function.arguments.is_null() {
                call.function.arguments = part.function.arguments;
            }
            call.id = call.id.take().or(part.id);
            call.function.name = call.function.name.take().or(part.function.name);
        }
        None => calls.push(part),
    }
}
