//! Chat completions, as OpenAI, vLLM, llama.cpp, Ollama and routers serve them: the wire form.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::chat::{ChatRequest, Message, StopReason, ToolArguments, ToolCall, ToolSpec, Usage};
use super::error::ErrorKind;
use super::failure;
use super::sse;
use super::wire::{Answer, AttemptError, Completion, Wire};

/// The API for one model.
pub(super) struct Completions {
    /// The model's name on the wire.
    pub(super) model: String,
    /// Whether to ask for a stream.
    pub(super) stream: bool,
}

impl Wire for Completions {
    const PATH: &'static str = "/chat/completions";
    const STOP: &'static str = "stop";

    fn body(&self, request: &ChatRequest<'_>) -> Json {
        let mut body = json!({
            "model": self.model,
            "messages": request.messages.iter().flat_map(to_messages).collect::<Vec<_>>(),
        });
        let sampling = request.sampling;
        if !request.tools.is_empty() {
            body["tools"] = request.tools.iter().map(to_tool).collect();
        }
        if !request.stop.is_empty() {
            body[Self::STOP] = json!(request.stop);
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

    fn read(&self, answer: &Answer) -> Result<Completion, AttemptError> {
        let completion = if answer.stream {
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
                    &format!("the answer is no completion ({reason})"),
                    &answer.body,
                )
            })?
        };
        let Some(choice) = completion.choices.into_iter().next() else {
            return Err(failure::malformed(
                "the completion has no choice",
                &answer.body,
            ));
        };
        said(choice, completion.usage.unwrap_or_default())
    }
}

/// One of our messages as theirs: results are a message each.
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

/// One of our tools as theirs.
pub fn to_tool(tool: &ToolSpec) -> Json {
    json!({"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema}})
}

#[derive(Default, Deserialize)]
struct ChatCompletion {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<WireUsage>,
}

/// A choice; in a stream, a part of one.
#[derive(Default, Deserialize)]
struct Choice {
    #[serde(default, alias = "delta")]
    message: Spoken,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Spoken {
    #[serde(default)]
    content: Option<Content>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<WireCall>>,
}

/// What is said: text, or parts with texts.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Parts, of which only texts are read.
    Parts(Vec<Part>),
}

/// A part of what is said.
#[derive(Deserialize)]
pub struct Part {
    #[serde(default)]
    text: String,
}

impl Content {
    /// All of its text.
    pub fn text(self) -> String {
        match self {
            Content::Text(text) => text,
            Content::Parts(parts) => parts.into_iter().map(|part| part.text).collect(),
        }
    }
}

/// A call; in a stream, a part of one.
#[derive(Default, Deserialize)]
pub struct WireCall {
    #[serde(default)]
    index: Option<usize>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    function: Function,
}

impl WireCall {
    /// The call of that number in its reply.
    pub fn read(self, number: usize) -> ToolCall {
        ToolCall {
            // Without an id a result could not go back.
            id: self
                .id
                .filter(|id| !id.is_empty())
                .unwrap_or_else(|| format!("call_{number}")),
            name: self.function.name.unwrap_or_default(),
            arguments: ToolArguments::from_json(self.function.arguments),
        }
    }
}

/// The function of a call.
#[derive(Default, Deserialize)]
pub struct Function {
    #[serde(default)]
    name: Option<String>,
    /// Text by the specification; some servers send the object.
    #[serde(default)]
    arguments: Json,
}

#[derive(Clone, Default, Deserialize)]
struct WireUsage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
    #[serde(default)]
    prompt_tokens_details: Option<Details>,
}

#[derive(Clone, Default, Deserialize)]
struct Details {
    #[serde(default)]
    cached_tokens: Option<u64>,
}

fn said(choice: Choice, usage: WireUsage) -> Result<Completion, AttemptError> {
    let refused = |message: &str| Err(AttemptError::new(ErrorKind::Refused, message));
    let spoken = choice.message;
    if let Some(refusal) = spoken.refusal.filter(|refusal| !refusal.is_empty()) {
        return refused(&refusal);
    }
    if choice.finish_reason.as_deref() == Some("content_filter") {
        return refused("the provider's filter held the reply back");
    }
    let calls: Vec<ToolCall> = spoken
        .tool_calls
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(|(number, call)| call.read(number))
        .collect();
    let stop_reason = match choice.finish_reason.as_deref() {
        Some("length") => StopReason::Length,
        _ if !calls.is_empty() => StopReason::Calls,
        _ => StopReason::End,
    };
    Ok(Completion {
        text: spoken.content.map(Content::text).unwrap_or_default(),
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

/// Puts the parts of a stream together.
fn gather(body: &[u8]) -> Result<ChatCompletion, AttemptError> {
    let text = String::from_utf8_lossy(body);
    let mut whole = ChatCompletion::default();
    let (mut said, mut calls) = (String::new(), Vec::<WireCall>::new());
    let mut choice = Choice::default();
    let mut done = false;
    for event in sse::events(&text) {
        if event.trim() == "[DONE]" {
            done = true;
            break;
        }
        let json: Json = serde_json::from_str(&event).map_err(|reason| {
            failure::malformed(
                &format!("an event of the stream is no JSON ({reason})"),
                event.as_bytes(),
            )
        })?;
        if let Some(failed) = failure::of_object(&json) {
            return Err(failed);
        }
        let part: ChatCompletion = serde_json::from_value(json).map_err(|reason| {
            failure::malformed(
                &format!("an event of the stream is no part of a completion ({reason})"),
                event.as_bytes(),
            )
        })?;
        whole.usage = part.usage.or(whole.usage);
        let Some(part) = part.choices.into_iter().next() else {
            continue;
        };
        said.extend(part.message.content.map(Content::text));
        choice.finish_reason = part.finish_reason.or(choice.finish_reason);
        if let Some(refusal) = part.message.refusal {
            choice
                .message
                .refusal
                .get_or_insert_default()
                .push_str(&refusal);
        }
        for call in part.message.tool_calls.unwrap_or_default() {
            add(&mut calls, call);
        }
    }
    if !done && choice.finish_reason.is_none() {
        return Err(AttemptError::new(
            ErrorKind::Connection,
            "the stream broke off before the reply was whole",
        ));
    }
    choice.message.content = Some(Content::Text(said));
    choice.message.tool_calls = Some(calls);
    whole.choices.push(choice);
    Ok(whole)
}

/// Adds a part of a call to the call that it belongs to.
fn add(calls: &mut Vec<WireCall>, part: WireCall) {
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
