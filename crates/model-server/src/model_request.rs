//! A client's request, in the form of no API.

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
    /// Whether and how they may be called.
    pub(super) choice: ToolChoice,
    /// Whether only one call may be made in a reply.
    pub(super) one_call: bool,
    /// The schema that an answer has to fit.
    pub(super) schema: Option<Json>,
    /// Texts before which a reply stops.
    pub(super) stop: Vec<String>,
    /// Whether to stream the reply.
    pub(super) stream: bool,
    /// Whether the stream reports token usage.
    pub(super) stream_usage: bool,
    /// The seed.
    pub(super) seed: Option<u64>,
    /// The client's user. It tells apart conversations about the same task.
    pub(super) user: Option<String>,
    /// The earlier reply that the conversation goes on from, if the server has to remember it.
    pub(super) previous: Option<String>,
}

/// Whether tools may be called.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum ToolChoice {
    /// The model decides, or has to call any of them.
    #[default]
    Free,
    /// None of them.
    None,
    /// This one.
    Named(String),
}

impl ToolChoice {
    /// Reads it in the form of any of the APIs.
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

/// Reads one stop text or several.
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

/// Adds a call's result. Consecutive results form one message.
pub(super) fn push_result(messages: &mut Vec<Message>, result: breakroom_model::chat::ToolResult) {
    match messages.last_mut() {
        Some(Message::Results { results }) => results.push(result),
        _ => messages.push(Message::Results {
            results: vec![result],
        }),
    }
}
