//! What a client asks, in no API's form.

use serde_json::Value as Json;

use breakroom_model::chat::{Message, ToolSpec};

/// One request.
#[derive(Debug, Default)]
pub(super) struct ModelRequest {
    /// The model's name as the client writes it.
    pub(super) model: Option<String>,
    /// The conversation.
    pub(super) messages: Vec<Message>,
    /// Tools that can be called natively.
    pub(super) tools: Vec<ToolSpec>,
    /// Whether they may be.
    pub(super) choice: ToolChoice,
    /// Whether only one call may be made in a reply.
    pub(super) one_call: bool,
    /// The schema that an answer has to fit.
    pub(super) schema: Option<Json>,
    /// Texts before which a reply stops.
    pub(super) stop: Vec<String>,
    /// Whether the reply is to be a stream.
    pub(super) stream: bool,
    /// Whether the stream is to say what it took.
    pub(super) stream_usage: bool,
    /// The seed.
    pub(super) seed: Option<u64>,
    /// Whom the client asks for: tells conversations apart that are about the same task.
    pub(super) user: Option<String>,
    /// The reply that the conversation goes on from, where the server has to remember it.
    pub(super) previous: Option<String>,
}

/// Whether tools may be called.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum ToolChoice {
    /// As the model likes, or any of them.
    #[default]
    Free,
    /// None of them.
    None,
    /// This one.
    Named(String),
}

impl ToolChoice {
    /// Reads it as any of the APIs writes it.
    pub(super) fn read(choice: Option<&Json>) -> ToolChoice {
        let Some(choice) = choice else {
            return ToolChoice::Free;
        };
        if [choice, &choice["type"]].contains(&&Json::from("none")) {
            return ToolChoice::None;
        }
        let name = [&choice["function"]["name"], &choice["name"]]
            .into_iter()
            .find_map(Json::as_str);
        name.map_or(ToolChoice::Free, |name| ToolChoice::Named(name.to_owned()))
    }
}

/// Stop texts: one, or several.
pub(super) fn stops(stop: Option<&Json>) -> Vec<String> {
    match stop {
        Some(Json::String(text)) => vec![text.clone()],
        Some(Json::Array(texts)) => texts
            .iter()
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// Adds what a call came to: results that follow each other are one message.
pub(super) fn push_result(messages: &mut Vec<Message>, result: breakroom_model::chat::ToolResult) {
    match messages.last_mut() {
        Some(Message::Results { results }) => results.push(result),
        _ => messages.push(Message::Results {
            results: vec![result],
        }),
    }
}
