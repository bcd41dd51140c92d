//! OpenAI's responses, from the server's side.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::http_response::ServerSentEvent;
use super::model_reply::{ModelReply, pieces};
use super::model_request::{ModelRequest, ToolChoice, push_result};
use breakroom_model::chat::{Message, ToolArguments, ToolCall, ToolResult, ToolSpec};
use breakroom_model::completions::MessageContent;

#[derive(Deserialize)]
struct ResponsesBody {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    instructions: Option<String>,
    input: Input,
    #[serde(default)]
    previous_response_id: Option<String>,
    #[serde(default)]
    tools: Option<Vec<ResponsesTool>>,
    #[serde(default)]
    tool_choice: Option<Json>,
    #[serde(default)]
    parallel_tool_calls: Option<bool>,
    #[serde(default)]
    text: Option<TextSettings>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    user: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Items(Vec<Item>),
}

/// An item; the type of a message may be left out.
#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    content: Option<MessageContent>,
    #[serde(default)]
    call_id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<String>,
    #[serde(default)]
    output: Option<Json>,
}

#[derive(Deserialize)]
struct ResponsesTool {
    /// Tools that the provider runs do not have one.
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    parameters: Json,
}

#[derive(Deserialize)]
struct TextSettings {
    #[serde(default)]
    format: Option<TextFormat>,
}

#[derive(Deserialize)]
struct TextFormat {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    schema: Option<Json>,
}

/// Reads a request.
pub(super) fn read(body: &Json) -> serde_json::Result<ModelRequest> {
    let body = ResponsesBody::deserialize(body)?;
    let mut messages = Vec::new();
    if let Some(text) = body.instructions {
        messages.push(Message::System { text });
    }
    match body.input {
        Input::Text(text) => messages.push(Message::User { text }),
        Input::Items(items) => {
            for item in items {
                add(&mut messages, item);
            }
        }
    }
    let format = body.text.and_then(|text| text.format);
    let tools = body.tools.unwrap_or_default().into_iter();
    Ok(ModelRequest {
        model: body.model,
        messages,
        tools: tools
            .filter_map(|tool| {
                Some(ToolSpec {
                    name: tool.name?,
                    description: tool.description.unwrap_or_default(),
                    schema: tool.parameters,
                })
            })
            .collect(),
        choice: ToolChoice::read(body.tool_choice.as_ref()),
        one_call: body.parallel_tool_calls == Some(false),
        schema: format.and_then(|format| {
            let object = || (format.kind == "json_object").then(|| json!({"type": "object"}));
            format.schema.or_else(object)
        }),
        stop: Vec::new(),
        stream: body.stream.unwrap_or_default(),
        stream_usage: true,
        seed: None,
        user: body.user,
        previous: body.previous_response_id,
    })
}

/// Adds an item. Several items of the model form one message.
fn add(messages: &mut Vec<Message>, item: Item) {
    let kind = item.kind.as_deref().unwrap_or("message");
    match (kind, item.role.as_deref()) {
        ("function_call", _) => {
            let call = ToolCall {
                id: item.call_id.unwrap_or_default(),
                name: item.name.unwrap_or_default(),
                arguments: ToolArguments::parse(&item.arguments.unwrap_or_default()),
            };
            match messages.last_mut() {
                Some(Message::Assistant { calls, .. }) => calls.push(call),
                _ => messages.push(Message::Assistant {
                    text: String::new(),
                    calls: vec![call],
                }),
            }
        }
        ("function_call_output", _) => push_result(
            messages,
            ToolResult {
                id: item.call_id.unwrap_or_default(),
                text: match item.output {
                    Some(Json::String(text)) => text,
                    other => other.unwrap_or_default().to_string(),
                },
                refused: false,
            },
        ),
        ("message", role) => {
            let text = item.content.map(MessageContent::text).unwrap_or_default();
            messages.push(match role {
                Some("assistant") => Message::Assistant {
                    text,
                    calls: Vec::new(),
                },
                Some("system" | "developer") => Message::System { text },
                _ => Message::User { text },
            });
        }
        // Reasoning, references, and whatever the API adds later.
        _ => {}
    }
}

fn part(text: &str) -> Json {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

/// The items of a reply.
fn items(reply: &ModelReply) -> Vec<Json> {
    let mut items = Vec::new();
    let message = |content: Json| json!({"id": format!("msg_{}", reply.id), "type": "message", "status": "completed", "role": "assistant", "content": [content]});
    if let Some(refusal) = &reply.refusal {
        items.push(message(json!({"type": "refusal", "refusal": refusal})));
    } else if !reply.text.is_empty() || reply.calls.is_empty() {
        items.push(message(part(&reply.text)));
    }
    for (number, call) in reply.calls.iter().enumerate() {
        items.push(json!({
            "id": format!("fc_{number}_{}", reply.id),
            "type": "function_call",
            "status": "completed",
            "call_id": call.id,
            "name": call.tool,
            "arguments": call.arguments,
        }));
    }
    items
}

/// A reply with a status and items.
fn response(reply: &ModelReply, status: &str, output: Vec<Json>) -> Json {
    let usage = reply.usage;
    let done = status == "completed";
    json!({
        "id": format!("resp_{}", reply.id),
        "object": "response",
        "created_at": reply.created,
        "status": status,
        "background": false,
        "error": null,
        "incomplete_details": null,
        "instructions": null,
        "max_output_tokens": null,
        "model": reply.model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "reasoning": {"effort": null, "summary": null},
        "store": true,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": done.then(|| json!({
            "input_tokens": usage.input,
            "input_tokens_details": {"cached_tokens": usage.cached},
            "output_tokens": usage.output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage.input + usage.output,
        })),
        "user": null,
        "metadata": {},
    })
}

/// A reply in one piece.
pub(super) fn whole(reply: &ModelReply) -> Json {
    response(reply, "completed", items(reply))
}

/// A reply as a stream.
pub(super) fn events(reply: &ModelReply) -> Vec<ServerSentEvent> {
    let started = response(reply, "in_progress", Vec::new());
    let mut events = vec![
        json!({"type": "response.created", "response": started}),
        json!({"type": "response.in_progress", "response": started}),
    ];
    for (index, item) in items(reply).iter().enumerate() {
        let mut opened = item.clone();
        opened["status"] = json!("in_progress");
        let told = if item["type"] == "function_call" {
            opened["arguments"] = json!("");
            arguments_events(index, item)
        } else {
            opened["content"] = json!([]);
            text_events(index, item)
        };
        events.push(
            json!({"type": "response.output_item.added", "output_index": index, "item": opened}),
        );
        events.extend(told);
        events.push(
            json!({"type": "response.output_item.done", "output_index": index, "item": item}),
        );
    }
    events.push(json!({"type": "response.completed", "response": whole(reply)}));
    let events = events.into_iter().zip(0..);
    events
        .map(|(mut event, number)| {
            event["sequence_number"] = json!(number);
            ServerSentEvent {
                name: event["type"].as_str().map(str::to_owned),
                data: event.to_string(),
            }
        })
        .collect()
}

fn arguments_events(index: usize, item: &Json) -> Vec<Json> {
    let event = |kind: &str, field: &str, value: Json| json!({"type": format!("response.function_call_arguments.{kind}"), "item_id": item["id"], "output_index": index, field: value});
    let arguments = item["arguments"].as_str().unwrap_or_default();
    let deltas = pieces(arguments).into_iter();
    let mut events: Vec<Json> = deltas
        .map(|piece| event("delta", "delta", json!(piece)))
        .collect();
    let mut done = event("done", "arguments", json!(arguments));
    done["name"] = item["name"].clone();
    events.push(done);
    events
}

/// The events of a message's only part, a text or a refusal.
fn text_events(index: usize, item: &Json) -> Vec<Json> {
    let content = &item["content"][0];
    let (kind, field) = match content["type"].as_str() {
        Some("refusal") => ("refusal", "refusal"),
        _ => ("output_text", "text"),
    };
    let text = content[field].as_str().unwrap_or_default();
    let event = |kind: &str, field: &str, value: Json| json!({"type": format!("response.{kind}"), "item_id": item["id"], "output_index": index, "content_index": 0, field: value});
    let mut opened = content.clone();
    opened[field] = json!("");
    let mut events = vec![event("content_part.added", "part", opened)];
    let with_logprobs = |mut event: Json| {
        if kind == "output_text" {
            event["logprobs"] = json!([]);
        }
        event
    };
    if !text.is_empty() {
        let deltas = pieces(text).into_iter();
        events
            .extend(deltas.map(|piece| {
                with_logprobs(event(&format!("{kind}.delta"), "delta", json!(piece)))
            }));
    }
    events.push(with_logprobs(event(
        &format!("{kind}.done"),
        field,
        json!(text),
    )));
    events.push(event("content_part.done", "part", content.clone()));
    events
}
