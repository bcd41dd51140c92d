//! What every agent shares: limits, asking a model, and calling tools.

use std::time::Duration;

use serde_json::Value as Json;
use tokio::time::Instant;

use super::{AgentError, Ending, Event, Observer, ToolOutcome, Workplace};
use breakroom_model::Model;
use breakroom_model::chat::{Message, Reply, Request, Sampling, ToolSpec};
use breakroom_model::error::ErrorKind;

/// One agent's work on one task in one session.
pub struct Episode<'a> {
    /// The task's prompt.
    pub task: &'a str,
    /// What time it is in the office.
    pub clock: &'a str,
    /// Whose office it is.
    pub owner: &'a str,
    /// How far the agent may go.
    pub limits: Limits,
    /// Where its calls go.
    pub workplace: &'a mut dyn Workplace,
    /// Who is told what happens.
    pub observer: &'a mut dyn Observer,
}

/// How far an agent may go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Replies of a model; calls of a program.
    pub steps: usize,
    /// Time in all; a day at the most.
    pub time: Duration,
    /// Time for one reply.
    pub reply: Duration,
    /// Tokens of a conversation, where it should end before the model's own limit.
    pub context: Option<u64>,
}

/// A model, and how it samples.
#[derive(Clone, Copy)]
pub struct Mind<'a> {
    /// The model.
    pub model: &'a dyn Model,
    /// How it samples.
    pub sampling: Sampling,
}

/// Why work stops: the agent's ending, or a fault.
pub enum Halt {
    /// The agent's own doing.
    End(Ending),
    /// Nobody's answer.
    Fault(AgentError),
}

impl<E: Into<AgentError>> From<E> for Halt {
    fn from(error: E) -> Halt {
        Halt::Fault(error.into())
    }
}

/// What halted work comes to.
pub fn ended(work: Result<Ending, Halt>) -> Result<Ending, AgentError> {
    work.or_else(|halt| match halt {
        Halt::End(ending) => Ok(ending),
        Halt::Fault(fault) => Err(fault),
    })
}

/// So much later than now, and a day later at the most: no episode has longer.
fn after(time: Duration) -> Instant {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    Instant::now() + time.min(DAY)
}

/// An episode under way.
pub struct Work<'a> {
    /// What the agent was given.
    pub episode: Episode<'a>,
    /// When its time is up.
    pub deadline: Instant,
}

impl<'a> Work<'a> {
    /// Begins to work; the episode's time runs from here.
    pub fn begin(episode: Episode<'a>) -> Work<'a> {
        let deadline = after(episode.limits.time);
        Work { episode, deadline }
    }

    /// Reports an event to the episode's observer.
    pub fn saw(&mut self, event: Event<'_>) {
        self.episode.observer.saw(event);
    }

    /// Asks the model for the next message.
    pub async fn ask(
        &mut self,
        mind: Mind<'_>,
        messages: &[Message],
        tools: &[ToolSpec],
        stop: &[&str],
    ) -> Result<Reply, Halt> {
        if Instant::now() >= self.deadline {
            return Err(Halt::End(Ending::TimeLimit));
        }
        let request = Request {
            messages,
            tools,
            stop,
            sampling: mind.sampling,
            deadline: self.deadline.min(after(self.episode.limits.reply)),
        };
        let reply = match mind.model.ask(request).await {
            Ok(reply) => reply,
            Err(error) => {
                return Err(match error.kind {
                    ErrorKind::ContextLength => Halt::End(Ending::ContextLimit),
                    ErrorKind::Refused => Halt::End(Ending::ModelRefused(error.message)),
                    // The whole episode's time, not the one reply's.
                    ErrorKind::Timeout if Instant::now() >= self.deadline => {
                        Halt::End(Ending::TimeLimit)
                    }
                    _ => Halt::from(error),
                });
            }
        };
        self.saw(Event::Replied { reply: &reply });
        let length = reply.usage.input + reply.usage.output;
        if self
            .episode
            .limits
            .context
            .is_some_and(|limit| length > limit)
        {
            return Err(Halt::End(Ending::ContextLimit));
        }
        Ok(reply)
    }

    /// Runs a call.
    pub fn call(&mut self, tool: &str, arguments: &Json) -> Result<ToolOutcome, Halt> {
        let start = std::time::Instant::now();
        let outcome = self.episode.workplace.call(tool, arguments)?;
        self.saw(Event::Called {
            tool,
            arguments,
            outcome: &outcome,
            took: start.elapsed(),
        });
        Ok(outcome)
    }
}
