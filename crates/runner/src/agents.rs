//! Which agent works, and with which model.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use breakroom_tasks::baseline::random_calls;
use breakroom_tasks::task::{Call, Task};
use breakroom_tools::session::Dialect;

use crate::program::{Door, Workers, exec};
use breakroom_agent::react::run_react;
use breakroom_agent::tools::run_tools;
use breakroom_agent::{AgentError, Ending, Episode, Event, Mind, tools};
use breakroom_model::Model;
use breakroom_model::chat::Sampling;
use breakroom_model::error::{ErrorKind, ModelError};
use breakroom_model::scripted::Scripted;
use breakroom_record::folder::RunFolder;
use breakroom_record::record::{EndingKind, EndingRecord};
use breakroom_record::settings::RunSettings;
use breakroom_record::trace::TraceEvent;

/// The kinds of agents, as the command line names them, and what each is.
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

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
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
    /// Says what was said in the run of that folder.
    Replay(String),
}

impl std::str::FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Kind, String> {
        Ok(match text.split_once(':') {
            Some(("exec", command)) if !command.trim().is_empty() => Kind::Exec(command.to_owned()),
            Some(("worker", command)) if !command.trim().is_empty() => {
                Kind::Worker(command.to_owned())
            }
            Some(("replay", run)) if !run.is_empty() => Kind::Replay(run.to_owned()),
            None if text == "react" => Kind::React,
            None if text == "tools" => Kind::Tools,
            None if text == "oracle" => Kind::Oracle,
            None if text == "noop" => Kind::Noop,
            None if text == "random" => Kind::Random,
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

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Kind::React => formatter.write_str("react"),
            Kind::Tools => formatter.write_str("tools"),
            Kind::Exec(command) => write!(formatter, "exec:{command}"),
            Kind::Worker(command) => write!(formatter, "worker:{command}"),
            Kind::Oracle => formatter.write_str("oracle"),
            Kind::Noop => formatter.write_str("noop"),
            Kind::Random => formatter.write_str("random"),
            Kind::Replay(run) => write!(formatter, "replay:{run}"),
        }
    }
}

impl Kind {
    /// Whether it is a program of the user's.
    pub fn is_program(&self) -> bool {
        matches!(self, Kind::Exec(_) | Kind::Worker(_))
    }

    /// Whether it asks a model.
    pub fn has_model(&self) -> bool {
        matches!(self, Kind::React | Kind::Tools)
    }
}

/// What a model failed with that ended an episode; none where it was asked no more.
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

/// How an agent's replies reach the loops.
enum Voice {
    /// A model, asked over a loop of the given form.
    Model(Box<dyn Model>),
    /// What was said in an earlier run, by task and trial.
    Recorded(HashMap<(String, u32), Scripted>),
    /// It is a program, which has its session behind this door.
    Program(Program, Door),
    /// It has none.
    Silent,
}

/// How a program is started.
enum Program {
    Anew(String),
    Once(Workers),
}

/// An agent that is ready to work.
pub struct Worker {
    kind: Kind,
    voice: Voice,
    native_calls: bool,
}

impl Worker {
    /// An agent that asks a model.
    pub fn asking(kind: Kind, model: Box<dyn Model>) -> Worker {
        Worker {
            native_calls: kind == Kind::Tools,
            kind,
            voice: Voice::Model(model),
        }
    }

    /// An agent that is a program. It needs a runtime of several threads.
    ///
    /// # Errors
    /// The kind is no program, or this machine gives no port.
    pub async fn program(kind: Kind) -> Result<Worker> {
        let program = match &kind {
            Kind::Exec(command) => Program::Anew(command.clone()),
            Kind::Worker(command) => return Worker::started_with(command, Vec::new()).await,
            _ => anyhow::bail!("{kind:?} is no program"),
        };
        Ok(Worker {
            kind,
            voice: Voice::Program(program, Door::open().await?),
            native_calls: false,
        })
    }

    /// A program that is started once, with these variables in its environment. It needs a runtime of several threads.
    ///
    /// # Errors
    /// This machine gives no port.
    pub async fn started_with(command: &str, environment: Vec<(String, String)>) -> Result<Worker> {
        let workers = Workers::new(command).with_environment(environment);
        Ok(Worker {
            kind: Kind::Worker(command.to_owned()),
            voice: Voice::Program(Program::Once(workers), Door::open().await?),
            native_calls: false,
        })
    }

    /// An agent that asks none.
    pub fn silent(kind: Kind) -> Worker {
        Worker {
            kind,
            voice: Voice::Silent,
            native_calls: false,
        }
    }

    /// The agent of an earlier run, whose model says again what it said then.
    ///
    /// # Errors
    /// The folder holds no run, the run's agent asked no model, or a trace cannot be read.
    pub fn replaying(run: &str) -> Result<Worker> {
        let folder = RunFolder::read(Path::new(run))?;
        let agent = folder.run.settings.agent.clone();
        let kind: Kind = agent.parse().map_err(anyhow::Error::msg)?;
        anyhow::ensure!(
            kind.has_model(),
            "the run {run} was made by {agent}, which asks no model: there are no replies to play again"
        );
        let mut recorded = HashMap::new();
        for record in &folder.episodes {
            let replies = folder
                .trace(record)?
                .into_iter()
                .filter_map(TraceEvent::reply);
            let scripted = Scripted::recorded(replies.collect(), failure(&record.ending));
            recorded.insert((record.task.clone(), record.trial), scripted);
        }
        Ok(Worker {
            native_calls: kind == Kind::Tools,
            kind: Kind::Replay(run.to_owned()),
            voice: Voice::Recorded(recorded),
        })
    }

    /// The hash of the wording of its prompt; none where it has none.
    pub fn prompt_hash(&self) -> Option<String> {
        match (&self.voice, self.native_calls) {
            (Voice::Silent | Voice::Program(..), _) => None,
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
    ) -> Result<Ending, AgentError> {
        let sampling = Sampling {
            temperature: settings.temperature,
            seed: Some(settings.seed + u64::from(trial)),
            max_tokens: settings.max_tokens,
        };
        let model: &dyn Model = match &self.voice {
            Voice::Model(model) => &**model,
            Voice::Recorded(recorded) => match recorded.get(&(task.id.clone(), trial)) {
                Some(scripted) => scripted,
                None => {
                    return Err(AgentError::Program(format!(
                        "the run has no episode {} of {}",
                        trial, task.id
                    )));
                }
            },
            Voice::Program(Program::Anew(command), door) => {
                return exec(command, door, episode).await;
            }
            Voice::Program(Program::Once(workers), door) => {
                return workers.work(door, episode).await;
            }
            Voice::Silent => return self.work_alone(task, trial, settings, episode),
        };
        let mind = Mind { model, sampling };
        if self.native_calls {
            run_tools(mind, episode).await
        } else {
            run_react(mind, episode).await
        }
    }

    /// Lets programs that were started once end by themselves: there is no more to do.
    pub async fn close(&self) {
        if let Voice::Program(Program::Once(workers), _) = &self.voice {
            workers.close().await;
        }
    }

    fn work_alone(
        &self,
        task: &Task,
        trial: u32,
        settings: &RunSettings,
        episode: Episode<'_>,
    ) -> Result<Ending, AgentError> {
        let calls: Vec<Call> = match &self.kind {
            Kind::Oracle => task.outcomes[0].calls().cloned().collect(),
            // Tasks of the original have no tools of ours to draw from; their ids tell them by a number alone.
            Kind::Random => {
                let dialect = if task.tags.iter().any(|tag| tag == "workbench") {
                    Dialect::Workbench
                } else {
                    Dialect::Native
                };
                random_calls(dialect, task, settings.seed + u64::from(trial))
            }
            _ => Vec::new(),
        };
        for call in &calls {
            let began = std::time::Instant::now();
            let outcome = episode.workplace.call(&call.tool, &call.arguments)?;
            episode.observer.saw(Event::Called {
                tool: &call.tool,
                arguments: &call.arguments,
                outcome: &outcome,
                took: began.elapsed(),
            });
        }
        Ok(Ending::Answered(match &task.answer {
            Some(answer) if self.kind == Kind::Oracle => answer.words(),
            _ => "Done.".to_owned(),
        }))
    }
}
