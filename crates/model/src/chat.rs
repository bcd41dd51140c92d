//! What is said to a model and what it says, in no provider's form.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Message {
    /// Who the model is and what the rules are.
    System {
        /// The text.
        text: String,
    },
    /// What the user, or the loop in the user's place, says.
    User {
        /// The text.
        text: String,
    },
    /// What the model said.
    Assistant {
        /// Its text; often empty beside calls.
        text: String,
        /// The tools that it calls, in order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<ToolCall>,
    },
    /// What the calls of the message before came to, one each.
    Results {
        /// In the order of the calls.
        results: Vec<ToolResult>,
    },
}

/// A native tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolCall {
    /// The provider's id, under which the result goes back.
    pub id: String,
    /// The tool as the model named it.
    pub name: String,
    /// Its arguments.
    pub arguments: ToolArguments,
}

/// ToolArguments as they came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ToolArguments {
    /// A JSON object.
    Object(Map<String, Json>),
    /// Text that is no JSON object.
    Malformed(String),
}

impl ToolArguments {
    /// Reads the text of arguments; an empty one means none.
    pub fn parse(text: &str) -> ToolArguments {
        if text.trim().is_empty() {
            return ToolArguments::Object(Map::new());
        }
        match serde_json::from_str(text) {
            Ok(Json::Object(object)) => ToolArguments::Object(object),
            _ => ToolArguments::Malformed(text.to_owned()),
        }
    }

    /// Reads arguments that came as an object, as the text of one, or not at all.
    pub fn from_json(json: Json) -> ToolArguments {
        match json {
            Json::Object(object) => ToolArguments::Object(object),
            Json::Null => ToolArguments::Object(Map::new()),
            Json::String(text) => ToolArguments::parse(&text),
            other => ToolArguments::Malformed(other.to_string()),
        }
    }

    /// As JSON: the object, or the text.
    pub fn to_json(&self) -> Json {
        match self {
            ToolArguments::Object(object) => Json::Object(object.clone()),
            ToolArguments::Malformed(text) => Json::String(text.clone()),
        }
    }
}

/// What a native tool call came to.
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
    /// `domain_verb_noun`: letters, digits and underscores, as providers ask.
    pub name: String,
    /// What it does.
    pub description: String,
    /// JSON Schema of its arguments.
    pub schema: Json,
}

/// What one call of a model asks.
#[derive(Clone, Debug)]
pub struct ChatRequest<'a> {
    /// The conversation so far.
    pub messages: &'a [Message],
    /// Tools that can be called natively; none for text.
    pub tools: &'a [ToolSpec],
    /// Texts before which the model stops.
    pub stop: &'a [&'a str],
    /// How the model samples.
    pub sampling: Sampling,
    /// The moment by which the reply must be there.
    pub deadline: tokio::time::Instant,
}

/// How a model samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Sampling {
    /// Zero for the likeliest reply; none for the provider's own choice.
    pub temperature: Option<f64>,
    /// The seed, where a provider takes one.
    pub seed: Option<u64>,
    /// The most tokens of one reply; none for the provider's own choice.
    pub max_tokens: Option<u32>,
}

/// What a model said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reply {
    /// Its text.
    pub text: String,
    /// The tools that it calls.
    pub calls: Vec<ToolCall>,
    /// Why it stopped.
    pub stop_reason: StopReason,
    /// What it took.
    pub usage: Usage,
    /// How often the provider was asked, once at the least.
    pub attempts: u32,
    /// From the first attempt to the reply.
    pub took: Duration,
}

impl Reply {
    /// The message of a conversation that it is.
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
    /// It was done, or came to a stop text.
    End,
    /// It calls tools.
    Calls,
    /// It came to the limit of tokens: the reply is cut off.
    Length,
}

/// What a reply took, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Tokens read, those from a cache included.
    pub input: u64,
    /// Tokens read from a cache.
    pub cached: u64,
    /// Tokens written.
    pub output: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Usage) {
        self.input += other.input;
        self.cached += other.cached;
        self.output += other.output;
    }
}
