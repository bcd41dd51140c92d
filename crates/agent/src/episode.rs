//! What every agent shares: limits, requests to a model, and tool calls.

use std::time::Duration;

use serde_json::Value as Json;
use tokio::time::Instant;

use super::{AgentEnding, AgentError, EpisodeEvent, Observer, ToolOutcome, Workplace};
use breakroom_model::Model;
use breakroom_model::chat::{ChatRequest, Message, Reply, Sampling, ToolSpec};
use breakroom_model::error::ErrorKind;

/// One agent's work on one task in one session.
pub struct Episode<'a> {
    /// The task's prompt.
    pub task: &'a str,
    /// The time in the office.
    pub clock: &'a str,
    /// The email address of the office's owner.
    pub owner: &'a str,
    /// The limits of the agent.
    pub limits: EpisodeLimits,
    /// Where its calls go.
    pub workplace: &'a mut dyn Workplace,
    /// What is notified of events.
    pub observer: &'a mut dyn Observer,
}

/// The limits of an agent in one episode.
#[derive(Clone, Copy, Debug)]
pub struct EpisodeLimits {
    /// The number of model replies, or of a program's calls.
    pub steps: usize,
    /// The time for the whole episode; at most a day.
    pub time: Duration,
    /// The time for one reply.
    pub reply: Duration,
    /// The tokens of a conversation, if it should end before the model's own limit.
    pub context: Option<u64>,
}

/// A model and its sampling parameters.
#[derive(Clone, Copy)]
pub struct ModelConfig<'a> {
    /// The model.
    pub model: &'a dyn Model,
    /// The sampling parameters.
    pub sampling: Sampling,
}

/// Why an episode stops early: the agent's own ending, or a fault. It is an error type, so that `?` ends the episode.
pub enum EpisodeExit {
    /// The agent's own doing.
    Ending(AgentEnding),
    /// A fault, which is not scored.
    Fault(AgentError),
}

impl<E: Into<AgentError>> From<E> for EpisodeExit {
    fn from(error: E) -> EpisodeExit {
        EpisodeExit::Fault(error.into())
    }
}

/// The result of an episode: an early ending is an ending like any other.
pub fn episode_result(result: Result<AgentEnding, EpisodeExit>) -> Result<AgentEnding, AgentError> {
    result.or_else(|exit| match exit {
        EpisodeExit::Ending(ending) => Ok(ending),
        EpisodeExit::Fault(fault) => Err(fault),
    })
}

/// The moment after a time limit. The limit is capped at a day, so that the sum cannot overflow.
fn deadline_after(limit: Duration) -> Instant {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    Instant::now() + limit.min(DAY)
}

/// An episode in progress.
pub struct ActiveEpisode<'a> {
    /// What the agent was given.
    pub episode: Episode<'a>,
    /// When its time is up.
    pub deadline: Instant,
}

impl<'a> ActiveEpisode<'a> {
    /// Starts an episode; its time limit counts from here.
    pub fn start(episode: Episode<'a>) -> ActiveEpisode<'a> {
        let deadline = deadline_after(episode.limits.time);
        ActiveEpisode { episode, deadline }
    }

    /// Notifies the episode's observer of an event.
    pub fn notify(&mut self, event: EpisodeEvent<'_>) {
        self.episode.observer.on_event(event);
    }

    /// Asks the model for the next message.
    pub async fn ask(
        &mut self,
        config: ModelConfig<'_>,
        messages: &[Message],
        tools: &[ToolSpec],
        stop: &[&str],
    ) -> Result<Reply, EpisodeExit> {
        if Instant::now() >= self.deadline {
            return Err(EpisodeExit::Ending(AgentEnding::TimeLimit));
        }
        let request = ChatRequest {
            messages,
            tools,
            stop,
            sampling: config.sampling,
            deadline: self.deadline.min(deadline_after(self.episode.limits.reply)),
        };
        let reply = match config.model.ask(request).await {
            Ok(reply) => reply,
            Err(error) => {
                return Err(match error.kind {
                    ErrorKind::ContextLength => EpisodeExit::Ending(AgentEnding::ContextLimit),
                    ErrorKind::Refused => {
                        EpisodeExit::Ending(AgentEnding::ModelRefused(error.message))
                    }
                    // A timeout of one reply alone is the provider's fault.
                    ErrorKind::Timeout if Instant::now() >= self.deadline => {
                        EpisodeExit::Ending(AgentEnding::TimeLimit)
                    }
                    _ => EpisodeExit::from(error),
                });
            }
        };
        self.notify(EpisodeEvent::ModelReplied { reply: &reply });
        let length = reply.usage.input + reply.usage.output;
        if self
            .episode
            .limits
            .context
            .is_some_and(|limit| length > limit)
        {
            return Err(EpisodeExit::Ending(AgentEnding::ContextLimit));
        }
        Ok(reply)
    }

    /// Runs a tool call.
    pub fn call(&mut self, tool: &str, arguments: &Json) -> Result<ToolOutcome, EpisodeExit> {
        let start = std::time::Instant::now();
        let outcome = self.episode.workplace.call(tool, arguments)?;
        self.notify(EpisodeEvent::ToolCalled {
            tool,
            arguments,
            outcome: &outcome,
            took: start.elapsed(),
        });
        Ok(outcome)
    }
}
