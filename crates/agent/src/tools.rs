//! The agent `tools`, for any model that calls tools natively, including several at once.

use super::episode::{ActiveEpisode, EpisodeExit, episode_result};
use super::{AgentEnding, AgentError, Episode, EpisodeEvent, ModelConfig};
use breakroom_model::chat::{Message, StopReason, ToolResult};

const PROMPT: &str = include_str!("tools.md");

/// The hash of the system message's wording.
pub fn prompt_hash() -> String {
    crate::prompt_hash::prompt_hash(PROMPT)
}

/// Works on a task by native tool calls.
///
/// # Errors
/// A fault of the provider or of the session.
pub async fn run_tools(
    config: ModelConfig<'_>,
    episode: Episode<'_>,
) -> Result<AgentEnding, AgentError> {
    episode_result(run(config, ActiveEpisode::start(episode)).await)
}

async fn run(
    config: ModelConfig<'_>,
    mut active: ActiveEpisode<'_>,
) -> Result<AgentEnding, EpisodeExit> {
    let Episode {
        task,
        clock,
        owner,
        limits,
        ..
    } = active.episode;
    let tools = active.episode.workplace.tools();
    let system = PROMPT.replace("{clock}", clock).replace("{owner}", owner);
    let mut messages = vec![
        Message::System { text: system },
        Message::User {
            text: task.to_owned(),
        },
    ];
    active.notify(EpisodeEvent::ConversationStarted {
        messages: &messages,
        tools: &tools,
    });
    for _ in 0..limits.steps {
        let reply = active.ask(config, &messages, &tools, &[]).await?;
        if reply.calls.is_empty() {
            let reason = if reply.stop_reason == StopReason::Length {
                "the reply is cut off at the limit of tokens"
            } else if reply.text.trim().is_empty() {
                "the reply is empty"
            } else {
                return Ok(AgentEnding::Answered(reply.text));
            };
            active.notify(EpisodeEvent::ReplyRejected { reason });
            messages.extend(rejection_messages(&reply.text, reason));
            continue;
        }
        messages.push(reply.message());
        let mut results = Vec::new();
        for call in &reply.calls {
            let outcome = active.call(&call.name, &call.arguments.to_json())?;
            results.push(ToolResult {
                id: call.id.clone(),
                text: outcome.text(),
                refused: outcome.is_refused(),
            });
        }
        messages.push(Message::Results { results });
    }
    Ok(AgentEnding::StepLimit)
}

/// The messages that follow an unreadable reply: the reply itself, and the reason for the model to read.
pub fn rejection_messages(text: &str, reason: &str) -> [Message; 2] {
    // Providers reject empty messages.
    let trimmed = text.trim();
    let reply = Message::Assistant {
        text: if trimmed.is_empty() { "…" } else { trimmed }.to_owned(),
        calls: Vec::new(),
    };
    let text =
        format!("Nothing was done, since {reason}. Call a tool, or say what you did or found out.");
    [reply, Message::User { text }]
}
