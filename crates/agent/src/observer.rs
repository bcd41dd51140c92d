//! The events of an episode, and the trait of what is notified of them.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::ToolOutcome;
use crate::react::format_issues::FormatIssues;
use breakroom_model::chat::{Message, Reply, ToolSpec};

/// Something that is notified of events, such as the writer of a trace.
pub trait Observer: Send {
    /// Handles the next event.
    fn on_event(&mut self, event: EpisodeEvent<'_>);
}

/// An observer that ignores every event.
impl Observer for () {
    fn on_event(&mut self, _: EpisodeEvent<'_>) {}
}

/// An event of an episode.
#[derive(Clone, Debug)]
pub enum EpisodeEvent<'a> {
    /// The conversation started.
    ConversationStarted {
        /// The system message and the task.
        messages: &'a [Message],
        /// The tools to call natively; empty for text ReAct.
        tools: &'a [ToolSpec],
    },
    /// The model replied.
    ModelReplied {
        /// The reply.
        reply: &'a Reply,
    },
    /// A reply deviated from the format, but was readable.
    ReplyRepaired {
        /// How it deviated.
        issues: &'a FormatIssues,
    },
    /// A reply was unreadable, and was sent back to the model.
    ReplyRejected {
        /// What was wrong with it.
        reason: &'a str,
    },
    /// A tool was called.
    ToolCalled {
        /// The tool's name, as the agent wrote it.
        tool: &'a str,
        /// The arguments, as the agent wrote them: an object, unless they were not JSON.
        arguments: &'a Json,
        /// The outcome of the call.
        outcome: &'a ToolOutcome,
        /// How long the call took.
        took: Duration,
    },
    /// A program ended; this is everything that it wrote to one stream.
    ProgramWrote {
        /// The stream.
        stream: OutputStream,
        /// The text, with invalid UTF-8 replaced; of standard error only the end.
        text: &'a str,
    },
}

/// An output stream of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OutputStream {
    /// Standard output: the answer.
    #[serde(rename = "answer")]
    Stdout,
    /// Standard error.
    #[serde(rename = "log")]
    Stderr,
}
