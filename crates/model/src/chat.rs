//! Conversations, requests and replies, independent of any provider's wire format.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Message {
    /// The instructions: who the model is, and the rules.
    System {
        /// The text.
        text: String,
    },
    /// A message of the user, or of the agent loop on the user's behalf.
    User {
        /// The text.
        text: String,
    },
    /// A message of the model.
    Assistant {
        /// Its text; often empty if there are calls.
        text: String,
        /// Its tool calls, in order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<ToolCall>,
    },
    /// The results of the preceding message's calls, one for each call.
    Results {
        /// In the order of the calls.
        results: Vec<ToolResult>,
    },
}

/// A native tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolCall {
    /// The provider's id for the call; the result is sent back under it.
    pub id: String,
    /// The tool's name, as the model wrote it.
    pub name: String,
    /// Its arguments.
    pub arguments: ToolArguments,
}

/// The arguments of a tool call, as the model sent them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ToolArguments {
    /// A JSON object.
    Object(Map<String, Json>),
    /// Text that is not a JSON object.
    Malformed(String),
}

impl ToolArguments {
    /// Parses the text of arguments; empty text is an empty object.
    pub fn parse(text: &str) -> ToolArguments {
        if text.trim().is_empty() {
            return ToolArguments::Object(Map::new());
        }
        match serde_json::from_str(text) {
            Ok(Json::Object(object)) => ToolArguments::Object(object),
            _ => ToolArguments::Malformed(text.to_owned()),
        }
    }

    /// Converts arguments that were sent as an object, as the text of an object, or as null.
    pub fn from_json(json: Json) -> ToolArguments {
        match json {
            Json::Object(object) => ToolArguments::Object(object),
            Json::Null => ToolArguments::Object(Map::new()),
            Json::String(text) => ToolArguments::parse(&text),
            other => ToolArguments::Malformed(other.to_string()),
        }
    }

    /// The object, or the malformed text as a JSON string.
    pub fn to_json(&self) -> Json {
        match self {
            ToolArguments::Object(object) => Json::Object(object.clone()),
            ToolArguments::Malformed(text) => Json::String(text.clone()),
        }
    }
}

/// The result of a native tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolResult {
    /// The id of the call.
    pub id: String,
    /// The result as text.
    pub text: String,
    /// Whether the call was refused.
    pub refused: bool,
}

/// A tool that a model may call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolSpec {
    /// `domain_verb_noun`: letters, digits and underscores, as providers require.
    pub name: String,
    /// What it does.
    pub description: String,
    /// JSON Schema of its arguments.
    pub schema: Json,
}

/// One request to a model.
#[derive(Clone, Debug)]
pub struct ChatRequest<'a> {
    /// The conversation so far.
    pub messages: &'a [Message],
    /// Tools that the model can call natively; empty if it is to write text only.
    pub tools: &'a [ToolSpec],
    /// Stop sequences: the model stops before writing one of them.
    pub stop: &'a [&'a str],
    /// The sampling parameters.
    pub sampling: Sampling,
    /// When the reply must have arrived.
    pub deadline: tokio::time::Instant,
}

/// Sampling parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Sampling {
    /// Zero for the most likely reply; None for the provider's default.
    pub temperature: Option<f64>,
    /// The seed, for providers that accept one.
    pub seed: Option<u64>,
    /// The limit of one reply in tokens; None for the provider's default.
    pub max_tokens: Option<u32>,
}

/// A model's reply.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reply {
    /// Its text.
    pub text: String,
    /// Its tool calls.
    pub calls: Vec<ToolCall>,
    /// Why the model stopped.
    pub stop_reason: StopReason,
    /// The tokens that it used.
    pub usage: Usage,
    /// How many requests were sent, including the one that succeeded.
    pub attempts: u32,
    /// The time from the first attempt to the reply.
    pub took: Duration,
}

impl Reply {
    /// The reply as a message of the conversation.
    pub fn message(&self) -> Message {
        Message::Assistant {
            text: self.text.clone(),
            calls: self.calls.clone(),
        }
    }
}

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It finished, or reached a stop sequence.
    End,
    /// It called tools.
    Calls,
    /// It reached the token limit, so the reply is cut off.
    Length,
}

/// The tokens that a reply used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Input tokens, including cached ones.
    pub input: u64,
    /// Input tokens that were read from a cache.
    pub cached: u64,
    /// Output tokens.
    pub output: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Usage) {
        self.input += other.input;
        self.cached += other.cached;
        self.output += other.output;
    }
}
