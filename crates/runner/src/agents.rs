//! The kinds of agents, and an agent that is ready to work.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use breakroom_tasks::baseline::random_calls;
use breakroom_tasks::task::{Call, Task};
use breakroom_tools::session::Dialect;

use crate::program::{SessionServer, WorkerPool, exec};
use breakroom_agent::react::run_react;
use breakroom_agent::tools::run_tools;
use breakroom_agent::{AgentEnding, AgentError, Episode, EpisodeEvent, ModelConfig, tools};
use breakroom_model::Model;
use breakroom_model::chat::Sampling;
use breakroom_model::error::{ErrorKind, ModelError};
use breakroom_model::scripted::ScriptedModel;
use breakroom_record::folder::RunFolder;
use breakroom_record::record::{EndingKind, EndingRecord};
use breakroom_record::settings::RunSettings;
use breakroom_record::trace::TraceEvent;

/// The kinds of agents: each name on the command line, with its meaning.
pub const AGENTS: &[(&str, &str)] = &[
    ("react", "text ReAct: thought, one JSON action, observation"),
    ("tools", "native tool calls"),
    (
        "exec:COMMAND",
        "any program, started for each task; docs/agents.md says what it gets",
    ),
    (
        "worker:COMMAND",
        "any program, started once: a line for each task",
    ),
    ("oracle", "makes the expected calls"),
    ("noop", "does nothing"),
    ("random", "calls tools by chance"),
    ("replay:RUN", "the recorded replies of an earlier run"),
];

/// A kind of agent, as named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentKind {
    /// Text ReAct.
    React,
    /// Native tool calls.
    Tools,
    /// Any program, started for each task.
    Exec(String),
    /// Any program, started once.
    Worker(String),
    /// Makes the expected calls.
    Oracle,
    /// Does nothing.
    Noop,
    /// Calls tools by chance.
    Random,
    /// Replays the recorded replies of the run in that folder.
    Replay(String),
}

impl std::str::FromStr for AgentKind {
    type Err = String;

    fn from_str(text: &str) -> Result<AgentKind, String> {
        Ok(match text.split_once(':') {
            Some(("exec", command)) if !command.trim().is_empty() => {
                AgentKind::Exec(command.to_owned())
            }
            Some(("worker", command)) if !command.trim().is_empty() => {
                AgentKind::Worker(command.to_owned())
            }
            Some(("replay", run)) if !run.is_empty() => AgentKind::Replay(run.to_owned()),
            None if text == "react" => AgentKind::React,
            None if text == "tools" => AgentKind::Tools,
            None if text == "oracle" => AgentKind::Oracle,
            None if text == "noop" => AgentKind::Noop,
            None if text == "random" => AgentKind::Random,
            _ => {
                let names: Vec<&str> = AGENTS.iter().map(|(name, _)| *name).collect();
                return Err(format!(
                    "there is no agent {text:?}: there are {}",
                    names.join(", ")
                ));
            }
        })
    }
}

impl std::fmt::Display for AgentKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AgentKind::React => formatter.write_str("react"),
            AgentKind::Tools => formatter.write_str("tools"),
            AgentKind::Exec(command) => write!(formatter, "exec:{command}"),
            AgentKind::Worker(command) => write!(formatter, "worker:{command}"),
            AgentKind::Oracle => formatter.write_str("oracle"),
            AgentKind::Noop => formatter.write_str("noop"),
            AgentKind::Random => formatter.write_str("random"),
            AgentKind::Replay(run) => write!(formatter, "replay:{run}"),
        }
    }
}

impl AgentKind {
    /// Whether it is a user's program.
    pub fn is_program(&self) -> bool {
        matches!(self, AgentKind::Exec(_) | AgentKind::Worker(_))
    }

    /// Whether it asks a model.
    pub fn has_model(&self) -> bool {
        matches!(self, AgentKind::React | AgentKind::Tools)
    }
}

/// The model's error that ended an episode; `None` if the model did not fail.
fn failure(ending: &EndingRecord) -> Option<ModelError> {
    let kind = match ending.kind {
        EndingKind::ContextLimit => ErrorKind::ContextLength,
        EndingKind::ModelRefused => ErrorKind::Refused,
        EndingKind::ProviderFault => ErrorKind::Recorded,
        _ => return None,
    };
    Some(ModelError {
        kind,
        status: None,
        attempts: 1,
        message: ending.text.clone().unwrap_or_default(),
    })
}

/// What decides an agent's next step.
enum Backend {
    /// A model, which is asked by one of the loops.
    Model(Box<dyn Model>),
    /// The recorded replies of an earlier run, by task and trial.
    Recorded(HashMap<(String, u32), ScriptedModel>),
    /// A program, which reaches its session through the server.
    Program(ProgramStart, SessionServer),
    /// Nothing: the kind of agent determines its calls.
    None,
}

/// When a program is started.
enum ProgramStart {
    /// For each task, with this command.
    PerTask(String),
    /// Once, for many tasks.
    Pooled(WorkerPool),
}

/// An agent that is ready to work.
pub struct Agent {
    kind: AgentKind,
    backend: Backend,
    native_calls: bool,
}

impl Agent {
    /// An agent that asks a model.
    pub fn with_model(kind: AgentKind, model: Box<dyn Model>) -> Agent {
        Agent {
            native_calls: kind == AgentKind::Tools,
            kind,
            backend: Backend::Model(model),
        }
    }

    /// An agent that is a program. It needs a multi-threaded runtime.
    ///
    /// # Errors
    /// The kind is not a program, or no port is available.
    pub async fn with_program(kind: AgentKind) -> Result<Agent> {
        let program = match &kind {
            AgentKind::Exec(command) => ProgramStart::PerTask(command.clone()),
            AgentKind::Worker(command) => return Agent::worker_program(command, Vec::new()).await,
            _ => anyhow::bail!("{kind} is not a program"),
        };
        Ok(Agent {
            kind,
            backend: Backend::Program(program, SessionServer::start().await?),
            native_calls: false,
        })
    }

    /// A program that is started once, with these environment variables. It needs a multi-threaded runtime.
    ///
    /// # Errors
    /// No port is available.
    pub async fn worker_program(
        command: &str,
        environment: Vec<(String, String)>,
    ) -> Result<Agent> {
        let pool = WorkerPool::new(command).with_environment(environment);
        Ok(Agent {
            kind: AgentKind::Worker(command.to_owned()),
            backend: Backend::Program(ProgramStart::Pooled(pool), SessionServer::start().await?),
            native_calls: false,
        })
    }

    /// An agent that asks no model and is not a program.
    pub fn without_model(kind: AgentKind) -> Agent {
        Agent {
            kind,
            backend: Backend::None,
            native_calls: false,
        }
    }

    /// The agent of an earlier run, with the recorded replies instead of its model.
    ///
    /// # Errors
    /// The folder does not contain a run, the run's agent asked no model, or a trace cannot be read.
    pub fn replaying(run: &str) -> Result<Agent> {
        let folder = RunFolder::read(Path::new(run))?;
        let agent = folder.run.settings.agent.clone();
        let kind: AgentKind = agent.parse().map_err(anyhow::Error::msg)?;
        anyhow::ensure!(
            kind.has_model(),
            "the run {run} was made by {agent}, which asks no model: there are no replies to replay"
        );
        let mut recorded = HashMap::new();
        for record in &folder.episodes {
            let replies = folder
                .trace(record)?
                .into_iter()
                .filter_map(TraceEvent::reply);
            let scripted = ScriptedModel::recorded(replies.collect(), failure(&record.ending));
            recorded.insert((record.task.clone(), record.trial), scripted);
        }
        Ok(Agent {
            native_calls: kind == AgentKind::Tools,
            kind: AgentKind::Replay(run.to_owned()),
            backend: Backend::Recorded(recorded),
        })
    }

    /// The hash of its prompt; `None` if it has none.
    pub fn prompt_hash(&self) -> Option<String> {
        match (&self.backend, self.native_calls) {
            (Backend::None | Backend::Program(..), _) => None,
            (_, true) => Some(tools::prompt_hash()),
            (_, false) => Some(breakroom_agent::react::prompt::hash()),
        }
    }

    /// Works on one task.
    ///
    /// # Errors
    /// A fault.
    pub async fn work(
        &self,
        task: &Task,
        trial: u32,
        settings: &RunSettings,
        episode: Episode<'_>,
    ) -> Result<AgentEnding, AgentError> {
        let sampling = Sampling {
            temperature: settings.temperature,
            seed: Some(settings.seed + u64::from(trial)),
            max_tokens: settings.max_tokens,
        };
        let model: &dyn Model = match &self.backend {
            Backend::Model(model) => &**model,
            Backend::Recorded(recorded) => match recorded.get(&(task.id.clone(), trial)) {
                Some(scripted) => scripted,
                None => {
                    return Err(AgentError::Program(format!(
                        "the run has no trial {} of {}",
                        trial, task.id
                    )));
                }
            },
            Backend::Program(ProgramStart::PerTask(command), server) => {
                return exec(command, server, episode).await;
            }
            Backend::Program(ProgramStart::Pooled(pool), server) => {
                return pool.work(server, episode).await;
            }
            Backend::None => return self.work_alone(task, trial, settings, episode),
        };
        let config = ModelConfig { model, sampling };
        if self.native_calls {
            run_tools(config, episode).await
        } else {
            run_react(config, episode).await
        }
    }

    /// Closes the input of programs that were started once, so that they can exit.
    pub async fn close(&self) {
        if let Backend::Program(ProgramStart::Pooled(pool), _) = &self.backend {
            pool.close().await;
        }
    }

    fn work_alone(
        &self,
        task: &Task,
        trial: u32,
        settings: &RunSettings,
        episode: Episode<'_>,
    ) -> Result<AgentEnding, AgentError> {
        let calls: Vec<Call> = match &self.kind {
            AgentKind::Oracle => task.outcomes[0].calls().cloned().collect(),
            // The original's tasks use the tools of another dialect; only a tag tells them apart.
            AgentKind::Random => {
                let dialect = if task.tags.iter().any(|tag| tag == "workbench") {
                    Dialect::Workbench
                } else {
                    Dialect::Native
                };
                random_calls(dialect, task, settings.seed + u64::from(trial))
            }
            AgentKind::Noop
            | AgentKind::React
            | AgentKind::Tools
            | AgentKind::Exec(_)
            | AgentKind::Worker(_)
            | AgentKind::Replay(_) => Vec::new(),
        };
        for call in &calls {
            let began = std::time::Instant::now();
            let outcome = episode.workplace.call(&call.tool, &call.arguments)?;
            episode.observer.on_event(EpisodeEvent::ToolCalled {
                tool: &call.tool,
                arguments: &call.arguments,
                outcome: &outcome,
                took: began.elapsed(),
            });
        }
        Ok(AgentEnding::Answered(match &task.answer {
            Some(answer) if self.kind == AgentKind::Oracle => answer.correct_answer(),
            _ => "Done.".to_owned(),
        }))
    }
}
