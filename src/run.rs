//! `breakroom run`: point an agent at a suite.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use breakroom_tasks::suite::Suite;
use breakroom_tools::session::{Dialect, InitialState};
use clap::Args;
use tokio::runtime::Runtime;

use crate::choice::{OnlyTasks, spread};
use crate::model_args::ModelArgs;
use crate::outcomes::report;
use crate::progress::Progress;
use crate::tasks::{Rules, Source};
use crate::user_error::UserInput;
use breakroom_gateway::chaos::Chaos;
use breakroom_model::prices::Prices;
use breakroom_record::filter::Filter;
use breakroom_record::record::{EpisodeKey, Hashes, Run, now};
use breakroom_record::settings::{RunSettings, Shard, ToolScope, masked_url};
use breakroom_record::writer::{RunWriter, in_order_of};
use breakroom_record::{find, list};
use breakroom_report::agent_names::short_agent;
use breakroom_runner::agents::{Agent, AgentKind};
use breakroom_runner::driver::{RunEvent, RunStatus, drive};
use breakroom_runner::episode::RunContext;

/// The model that works where none is named: it needs no key and no server.
pub const INTERN: &str = "scripted:intern";

/// Exit code of a run that the user broke off, as shells have it for SIGINT.
pub const BROKEN_OFF: u8 = 130;

/// Arguments of `run`.
#[derive(Args)]
pub struct Command {
    #[command(flatten)]
    source: Source,
    /// Who works: react, tools, exec:COMMAND, worker:COMMAND, oracle, noop, random or replay:RUN
    #[arg(long, default_value = "react")]
    agent: AgentKind,
    #[command(flatten)]
    model: ModelArgs,
    /// The run's folder [default: a new one below runs/]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Take up a run that was broken off: finished episodes are kept, the others played
    #[arg(long, requires = "out")]
    resume: bool,
    /// Only so many tasks, spread over the templates
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<usize>,
    /// Only so many tasks of each template, from the first: a small run that shows every kind
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    per_template: Option<usize>,
    #[command(flatten)]
    only: OnlyTasks,
    /// Which tools the agent gets
    #[arg(long, value_enum, default_value = "domain")]
    tools: Tools,
    /// The rules that decide outcomes
    #[arg(long, value_enum, default_value = "native")]
    rules: Rules,
    /// Episodes of each task
    #[arg(long, default_value_t = 1, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    trials: u32,
    /// Episodes at the same time
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = at_least_one)]
    concurrency: usize,
    /// Replies of the model in one episode
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = at_least_one)]
    max_steps: usize,
    /// Seconds of one episode
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    timeout: u64,
    /// Tokens of one conversation, where it should end before the model's own limit
    #[arg(long, value_name = "TOKENS")]
    max_context: Option<u64>,
    /// Whole number from which all that is random is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Disturb calls as this file says (docs/chaos.md): delays, errors, lost answers, cut pages, stale reads, renamed fields
    #[arg(long, value_name = "FILE")]
    chaos: Option<PathBuf>,
    /// Only every n-th episode, from the i-th on: run each of 1/n to n/n anywhere, then join them with `breakroom merge`
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// Which tools an agent gets, as the command line names them.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Tools {
    /// Those of the task's domains, and the directory
    Domain,
    /// All of them
    All,
}

impl From<Tools> for ToolScope {
    fn from(tools: Tools) -> ToolScope {
        match tools {
            Tools::Domain => ToolScope::Domain,
            Tools::All => ToolScope::All,
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("0 is too few: at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err(format!("{text:?} is no whole number")),
    }
}

impl Command {
    /// Runs the suite; exit code 3 where an episode is a fault.
    ///
    /// # Errors
    /// Something that can be known before the first episode, or a folder that cannot be written any more.
    pub fn run(&self) -> Result<ExitCode> {
        let (suite, start) = self.source.open()?;
        let suite = Arc::new(suite);
        let keys = self.episode_keys(&suite).user_input()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("the runtime cannot start")?;
        let (agent, model) = self.agent(&suite, &start, &runtime).user_input()?;
        let context = self.context(start, &suite, agent, model).user_input()?;
        let run = Run::new(
            context.settings.clone(),
            Hashes::of(&suite, context.agent.prompt_hash()),
            keys.len(),
        );
        let path = self.folder(&run.settings).user_input()?;
        let mut writer = if self.resume {
            RunWriter::resume(&path, run).user_input()?
        } else {
            RunWriter::begin(&path, run).user_input()?
        };
        let finished = writer.finished();
        let waiting: Vec<EpisodeKey> = keys
            .iter()
            .copied()
            .filter(|key| !finished.contains(&(suite.tasks[key.task_index].id.clone(), key.trial)))
            .collect();
        let progress = Progress::new("episodes", keys.len(), finished.len());
        let on_event = |event: RunEvent<'_>| match event {
            RunEvent::Episode(finished) => progress.advance(Some(finished.record.outcome)),
            RunEvent::Interrupted { under_way } => progress.tell_interrupted(under_way),
        };
        let context = Arc::new(context);
        let status = runtime.block_on(async {
            let (context, suite) = (Arc::clone(&context), Arc::clone(&suite));
            drive(
                context,
                suite,
                waiting,
                self.concurrency,
                &mut writer,
                on_event,
            )
            .await
        });
        drop(progress);
        runtime.block_on(context.agent.close());
        // What was dropped must not hold the program back.
        runtime.shutdown_background();
        let status = status.with_context(|| {
            format!(
                "the run stopped: once there is room, take it up again with --resume --out {}",
                list::short_name(&path)
            )
        })?;
        if status == RunStatus::Interrupted {
            eprintln!(
                "broken off with {} of {} episodes done: take it up again with --resume --out {}",
                writer.len(),
                keys.len(),
                list::short_name(&path)
            );
            return Ok(ExitCode::from(BROKEN_OFF));
        }
        let done = writer.end(now(), in_order_of(&suite))?;
        report(&done, self.json)
    }

    /// The episodes of this run: tasks that were chosen, trial by trial, of which a shard has its part.
    fn episode_keys(&self, suite: &Suite) -> Result<Vec<EpisodeKey>> {
        let tasks = suite.tasks.iter().enumerate();
        let chosen = tasks.filter(|(_, task)| self.only.has(task));
        let mut of_template: HashMap<&str, usize> = HashMap::new();
        let chosen: Vec<usize> = chosen
            .filter(|(_, task)| {
                let before = of_template.entry(&task.template).or_default();
                *before += 1;
                self.per_template.is_none_or(|most| *before <= most)
            })
            .map(|(place, _)| place)
            .collect();
        let chosen = match self.limit {
            Some(limit) => spread(&suite.tasks, &chosen, limit),
            None => chosen,
        };
        anyhow::ensure!(
            !chosen.is_empty(),
            "no task of suite {} is chosen: see `breakroom tasks list` for what --only can name",
            suite.header.suite
        );
        let all = (1..=self.trials).flat_map(|trial| {
            chosen.iter().map(move |task| EpisodeKey {
                task_index: *task,
                trial,
            })
        });
        let all = all
            .enumerate()
            .filter(|(place, _)| self.shard.is_none_or(|shard| shard.has(*place)));
        Ok(all.map(|(_, key)| key).collect())
    }

    /// Where the run is kept.
    fn folder(&self, settings: &RunSettings) -> Result<PathBuf> {
        match &self.out {
            None => find::make_unused(&default_name(settings)),
            // What is taken up again is named as everywhere; if nothing is there yet, it begins in the folder of that name.
            Some(out) if self.resume => {
                let name = out.to_string_lossy();
                match find::folder(&name) {
                    Err(error) if name == find::LATEST => Err(error),
                    found => Ok(found.unwrap_or_else(|_| out.clone())),
                }
            }
            Some(out) => Ok(out.clone()),
        }
    }

    /// Who works, and the model's name.
    fn agent(
        &self,
        suite: &Arc<Suite>,
        start: &InitialState,
        runtime: &Runtime,
    ) -> Result<(Agent, Option<String>)> {
        match &self.agent {
            AgentKind::Replay(run) => {
                let folder = find::folder(run)?;
                Ok((Agent::replaying(&folder.to_string_lossy())?, None))
            }
            kind if kind.has_model() => {
                let model = ModelArgs {
                    model: Some(
                        self.model
                            .model
                            .clone()
                            .unwrap_or_else(|| INTERN.to_owned()),
                    ),
                    ..self.model.clone()
                };
                let name = model.model.clone();
                let model = model.open(self.seed, Some((suite, start)))?;
                Ok((Agent::with_model(kind.clone(), model), name))
            }
            kind => {
                anyhow::ensure!(
                    self.model.model.is_none(),
                    "--model is for the agents react and tools: leave it out, or name one of them"
                );
                let kind = kind.clone();
                let agent = match kind.is_program() {
                    true => runtime.block_on(Agent::with_program(kind))?,
                    false => Agent::without_model(kind),
                };
                Ok((agent, None))
            }
        }
    }

    /// The agent in the run's settings: what is replayed is named by its folder, which stays the same.
    fn agent_name(&self) -> Result<String> {
        match &self.agent {
            AgentKind::Replay(run) => {
                Ok(AgentKind::Replay(find::folder(run)?.display().to_string()).to_string())
            }
            agent => Ok(agent.to_string()),
        }
    }

    fn context(
        &self,
        start: InitialState,
        suite: &Suite,
        agent: Agent,
        model: Option<String>,
    ) -> Result<RunContext> {
        let prices = Prices::load(self.model.prices.as_deref())?;
        let chaos = self.chaos.as_deref().map(Chaos::read).transpose()?;
        let settings = RunSettings {
            suite: suite.header.suite.clone(),
            agent: self.agent_name()?,
            base_url: self.model.base_url.as_deref().map(masked_url),
            tools: self.tools.into(),
            rules: self.rules.into(),
            only: Filter::join(&self.only.filters),
            per_template: self.per_template,
            limit: self.limit,
            trials: self.trials,
            max_steps: self.max_steps,
            timeout: self.timeout,
            max_context: self.max_context,
            temperature: self.model.temperature,
            max_tokens: self.model.max_tokens,
            seed: self.seed,
            chaos: chaos.as_ref().map(Chaos::hash),
            shard: self.shard,
            model,
        };
        if suite.header.dialect == Dialect::Native
            && settings.rules != breakroom_tasks::verdict::ScoringRules::Native
        {
            anyhow::bail!(
                "--rules {} judges the dialect workbench, and suite {} is native: leave it out",
                settings.rules.name(),
                settings.suite
            );
        }
        Ok(RunContext {
            clock: start.clock(),
            owner: start.owner(),
            start,
            price: settings
                .model
                .as_deref()
                .and_then(|model| prices.find(model)),
            settings,
            reply_time: self.model.reply_time(),
            agent,
            chaos,
        })
    }
}

/// What a run is called that was given no folder: suite, agent and model, each in short.
fn default_name(settings: &RunSettings) -> String {
    let agent = short_agent(&settings.agent);
    let model = settings.model.as_deref().map(short_model);
    let parts = [Some(settings.suite.as_str()), Some(&agent), model];
    let parts = parts.into_iter().flatten().map(part);
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// A text as part of a folder's name.
fn part(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|letter| match letter {
            '.' | '_' => letter,
            letter if letter.is_ascii_alphanumeric() => letter,
            _ => '-',
        })
        .take(32)
        .collect();
    text.trim_matches(['-', '.']).to_owned()
}

/// A model without its provider, and a script without its folder and extension.
fn short_model(model: &str) -> &str {
    let name = model.rsplit(['/', ':']).next().unwrap_or(model);
    match model.starts_with("scripted:") {
        true => name.split('.').next().unwrap_or(name),
        false => name,
    }
}
