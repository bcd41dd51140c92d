//! The agent `react`: any model that writes text.

use crate::episode::{Halt, Work, ended};
use crate::react::machine::{React, STOP, Turn};
use crate::react::prompt;
use crate::{AgentError, Ending, Episode, Event, Mind};

/// Works on a task by text ReAct.
///
/// # Errors
/// A fault of the provider or of the session.
pub async fn run_react(mind: Mind<'_>, episode: Episode<'_>) -> Result<Ending, AgentError> {
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
    let system = prompt::system(clock, owner, &work.episode.workplace.tools());
    let mut react = React::new(system, task.to_owned(), limits.steps);
    work.saw(Event::Began {
        messages: react.request().unwrap_or_default(),
        tools: &[],
    });
    loop {
        let Some(messages) = react.request() else {
            return Ok(Ending::StepLimit);
        };
        let reply = work.ask(mind, messages, &[], &STOP).await?;
        match react.reply(&reply.text, reply.stop_reason) {
            Turn::Call(action) => {
                if !action.marks.is_empty() {
                    work.saw(Event::Mended {
                        marks: &action.marks,
                    });
                }
                let outcome = work.call(&action.tool, &action.arguments)?;
                react.observe(&outcome);
            }
            Turn::Again { reason } => work.saw(Event::Unreadable { reason: &reason }),
            Turn::End(ending) => return Ok(ending),
        }
    }
}
