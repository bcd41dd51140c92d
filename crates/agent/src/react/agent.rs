//! The agent `react`, for any model that writes text.

use crate::episode::{ActiveEpisode, EpisodeExit, episode_result};
use crate::react::prompt;
use crate::react::state_machine::{ReactLoop, ReactStep, STOP_SEQUENCES};
use crate::{AgentEnding, AgentError, Episode, EpisodeEvent, ModelConfig};

/// Works on a task by text ReAct.
///
/// # Errors
/// A fault of the provider or of the session.
pub async fn run_react(
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
    let system = prompt::system_message(clock, owner, &active.episode.workplace.tools());
    let mut react = ReactLoop::new(system, task.to_owned(), limits.steps);
    active.notify(EpisodeEvent::ConversationStarted {
        messages: react.request().unwrap_or_default(),
        tools: &[],
    });
    loop {
        let Some(messages) = react.request() else {
            return Ok(AgentEnding::StepLimit);
        };
        let reply = active.ask(config, messages, &[], &STOP_SEQUENCES).await?;
        match react.reply(&reply.text, reply.stop_reason) {
            ReactStep::CallTool(action) => {
                if !action.issues.is_empty() {
                    active.notify(EpisodeEvent::ReplyRepaired {
                        issues: &action.issues,
                    });
                }
                let outcome = active.call(&action.tool, &action.arguments)?;
                react.observe(&outcome);
            }
            ReactStep::Retry { reason } => {
                active.notify(EpisodeEvent::ReplyRejected { reason: &reason });
            }
            ReactStep::End(ending) => return Ok(ending),
        }
    }
}
