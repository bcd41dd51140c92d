//! What happens in an episode, told to whoever keeps it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::ToolOutcome;
use crate::react::marks::Marks;
use breakroom_model::chat::{Message, Reply, ToolSpec};

/// Who keeps what happens, such as the writer of a trace.
pub trait Observer: Send {
    /// Takes the next event.
    fn saw(&mut self, event: Event<'_>);
}

/// The observer that keeps nothing.
impl Observer for () {
    fn saw(&mut self, _: Event<'_>) {}
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The conversation began with these messages, and these tools to call natively.
    Began {
        /// System and task.
        messages: &'a [Message],
        /// None for text.
        tools: &'a [ToolSpec],
    },
    /// The model said something.
    Replied {
        /// What it said and what that took.
        reply: &'a Reply,
    },
    /// A reply could be read once this was mended.
    Mended {
        /// What was mended.
        marks: &'a Marks,
    },
    /// A reply went back to the model.
    Unreadable {
        /// What was wrong with it.
        reason: &'a str,
    },
    /// A tool was called.
    Called {
        /// As the agent named it.
        tool: &'a str,
        /// As the agent gave them; an object, unless they were no JSON.
        arguments: &'a Json,
        /// What it came to.
        outcome: &'a ToolOutcome,
        /// How long it ran.
        took: Duration,
    },
    /// A program wrote this in all.
    Wrote {
        /// Where.
        output: Output,
        /// Text, with what is none replaced; of standard error only the end.
        text: &'a str,
    },
}

/// Where a program wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Standard output: the answer.
    Answer,
    /// Standard error.
    Log,
}
