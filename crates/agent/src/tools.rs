//! The agent `tools`: any model that calls tools natively, several at once included.

use super::episode::{Halt, Work, ended};
use super::{AgentError, Ending, Episode, Event, Mind};
use crate::react::prompt::digest;
use breakroom_model::chat::{Message, StopReason, ToolResult};

const PROMPT: &str = include_str!("tools.md");

/// SHA-256 of the wording of the system message, in hexadecimal.
pub fn prompt_hash() -> String {
    digest(PROMPT)
}

/// Works on a task by native tool calls.
///
/// # Errors
/// A fault of the provider or of the session.
pub async fn run_tools(mind: Mind<'_>, episode: Episode<'_>) -> Result<Ending, AgentError> {
    ended(work(mind, Work::begin(episode)).await)
}

async fn work(mind: Mind<'_>, mut work: Work<'_>) -> Result<Ending, Halt> {
    let Episode {
        task,
        clock,
        owner,
        limits,
        ..
    } = work.episode;
    let tools = work.episode.workplace.tools();
    let system = PROMPT.replace("{clock}", clock).replace("{owner}", owner);
    let mut messages = vec![
        Message::System { text: system },
        Message::User {
            text: task.to_owned(),
        },
    ];
    work.saw(Event::Began {
        messages: &messages,
        tools: &tools,
    });
    for _ in 0..limits.steps {
        let reply = work.ask(mind, &messages, &tools, &[]).await?;
        if reply.calls.is_empty() {
            let reason = if reply.stop_reason == StopReason::Length {
                "the reply is cut off at the limit of tokens"
            } else if reply.text.trim().is_empty() {
                "the reply is empty"
            } else {
                return Ok(Ending::Answered(reply.text));
            };
            work.saw(Event::Unreadable { reason });
            messages.extend(unread(&reply.text, reason));
            continue;
        }
        messages.push(reply.message());
        let mut results = Vec::new();
        for call in &reply.calls {
            let outcome = work.call(&call.name, &call.arguments.to_json())?;
            results.push(ToolResult {
                id: call.id.clone(),
                text: outcome.text(),
                refused: outcome.is_refused(),
            });
        }
        messages.push(Message::Results { results });
    }
    Ok(Ending::StepLimit)
}

/// What becomes part of the conversation where a reply could not be read: the reply, and the reason.
pub fn unread(text: &str, reason: &str) -> [Message; 2] {
    // Providers refuse empty messages.
    let said = text.trim();
    let said = Message::Assistant {
        text: if said.is_empty() { "…" } else { said }.to_owned(),
        calls: Vec::new(),
    };
    let text =
        format!("Nothing was done, since {reason}. Call a tool, or say what you did or found out.");
    [said, Message::User { text }]
}
