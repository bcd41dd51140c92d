//! Runs one framework, with one fault or none, over some tasks. It is a run like any other: its agent is the framework's program, and its model is a
//! server in this process. Each run has its own server, since that server recognizes a conversation by its task.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use breakroom_tasks::suite::Suite;
use breakroom_tasks::verdict::ScoringRules;
use breakroom_tools::session::InitialState;
use serde::Deserialize;

use super::environment::InstalledFramework;
use crate::agents::{Agent, AgentKind};
use crate::driver::{RunEvent, RunStatus, drive};
use crate::episode::RunContext;
use breakroom_model_server::faults::FaultSetting;
use breakroom_model_server::server::ModelServer;
use breakroom_model_server::service::{ModelServerSettings, ModelService};
use breakroom_policy::model::PolicyModel;
use breakroom_policy::{Policy, PolicyKind};
use breakroom_record::folder::{RUN, RunFolder};
use breakroom_record::record::{EpisodeKey, Hashes, Run, now};
use breakroom_record::settings::{RunSettings, ToolScope};
use breakroom_record::user_error::user_error;
use breakroom_record::writer::{RunWriter, in_order_of};

/// The policy behind the model.
const POLICY: PolicyKind = PolicyKind::Oracle;

/// The limit of calls per episode: several times what any task needs.
const MOST_CALLS: usize = 50;

/// The folder of a run without faults.
const NO_FAULT: &str = "no-fault";

/// The settings that all framework runs share.
pub struct FrameworkBench {
    /// The tasks.
    pub suite: Arc<Suite>,
    /// Where sessions start.
    pub start: InitialState,
    /// The folder for the runs.
    pub out: PathBuf,
    /// Whether finished runs are reused.
    pub resume: bool,
    /// The number of concurrent processes of a framework.
    pub concurrency: usize,
    /// The time limit per episode, in seconds.
    pub timeout: u64,
    /// How long a model that never answers holds a request.
    pub hold: Duration,
    /// The seed of the faults.
    pub seed: u64,
}

/// The run of a framework, and the tasks in which a fault occurred.
pub struct FrameworkRun {
    /// The run.
    pub folder: RunFolder,
    /// The ids of those tasks.
    pub faulted_tasks: HashSet<String>,
}

impl FrameworkBench {
    /// Plays the tasks with these indices; `None` if the user interrupted it.
    ///
    /// # Errors
    /// The run cannot be written, or the folder holds a different run.
    pub async fn play(
        &self,
        installed: &InstalledFramework,
        fault: Option<FaultSetting>,
        tasks: &[usize],
        on_event: impl FnMut(RunEvent<'_>),
    ) -> Result<Option<FrameworkRun>> {
        let name = fault.map_or(NO_FAULT.to_owned(), |fault| fault.to_string());
        let path = self.out.join(&installed.framework.name).join(name);
        let log = path.with_added_extension("model.jsonl");
        let settings = self.settings(&AgentKind::Worker(installed.command.clone()), fault);
        if let Some(folder) = self.finished_run(&path, &settings, tasks)? {
            let faulted_tasks = faulted_tasks(fault.map(|_| log.as_path()))?;
            return Ok(Some(FrameworkRun {
                folder,
                faulted_tasks,
            }));
        }
        let run = Run::new(settings.clone(), Hashes::of(&self.suite, None), tasks.len());
        let mut writer = RunWriter::begin(&path, run)?;
        let server = ModelServer::start(self.service(fault, &log)?).await?;
        let environment = [
            ("OPENAI_BASE_URL", server.base_url()),
            ("OPENAI_API_KEY", "none".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value));
        let agent = Agent::worker_program(&installed.command, environment.to_vec()).await?;
        let context = Arc::new(self.context(agent, settings));
        let keys = tasks.iter().map(|task| EpisodeKey {
            task_index: *task,
            trial: 1,
        });
        let status = drive(
            Arc::clone(&context),
            Arc::clone(&self.suite),
            keys.collect(),
            self.concurrency,
            &mut writer,
            on_event,
        )
        .await;
        // Nobody needs replies that are still held back, so the server ends before the programs do.
        server.end().await?;
        context.agent.close().await;
        if status? == RunStatus::Interrupted {
            return Ok(None);
        }
        writer.end(now(), in_order_of(&self.suite))?;
        let folder = RunFolder::read(&path)?;
        let faulted_tasks = faulted_tasks(fault.map(|_| log.as_path()))?;
        Ok(Some(FrameworkRun {
            folder,
            faulted_tasks,
        }))
    }

    /// The context of a run in which the policy works without a framework.
    pub fn policy_alone(&self) -> RunContext {
        let policy = Policy::new(POLICY, &self.start, self.seed);
        let model = Box::new(PolicyModel::new(policy, &self.suite));
        let agent = Agent::with_model(AgentKind::Tools, model);
        self.context(agent, self.settings(&AgentKind::Tools, None))
    }

    /// The finished run in a folder, if there is one. An interrupted run is removed and played again.
    fn finished_run(
        &self,
        path: &Path,
        settings: &RunSettings,
        tasks: &[usize],
    ) -> Result<Option<RunFolder>> {
        if !self.resume || !path.join(RUN).exists() {
            return Ok(None);
        }
        let kept = RunFolder::read(path)?;
        let wanted = tasks.iter().map(|task| &self.suite.tasks[*task].id);
        if kept.run.ended.is_none() {
            std::fs::remove_dir_all(path)
                .with_context(|| format!("cannot remove the unfinished run {}", path.display()))?;
            return Ok(None);
        }
        let mut differing = kept.run.settings.differences(settings);
        if !kept.episodes.iter().map(|episode| &episode.task).eq(wanted) {
            differing.push("other tasks".to_owned());
        }
        if !differing.is_empty() {
            return Err(user_error(format!(
                "{} is another run ({}): give the same again, or name another folder",
                path.display(),
                differing.join("; ")
            )));
        }
        Ok(Some(kept))
    }

    fn service(&self, fault: Option<FaultSetting>, log: &Path) -> Result<ModelService> {
        // The server's log says which requests had a fault. Without faults the trace is enough.
        let log = fault.map(|_| log.to_owned());
        if let Some(log) = log.as_deref().filter(|log| self.resume && log.exists()) {
            std::fs::remove_file(log)
                .with_context(|| format!("cannot remove {}", log.display()))?;
        }
        let settings = ModelServerSettings {
            faults: fault.into_iter().collect(),
            seed: self.seed,
            hold: self.hold,
            log,
            ..ModelServerSettings::of(POLICY)
        };
        ModelService::new(settings, &self.suite, &self.start)
    }

    fn context(&self, agent: Agent, settings: RunSettings) -> RunContext {
        RunContext {
            start: self.start.clone(),
            clock: self.start.clock(),
            owner: self.start.owner(),
            settings,
            reply_time: Duration::from_secs(self.timeout),
            agent,
            price: None,
            chaos: None,
        }
    }

    fn settings(&self, agent: &AgentKind, fault: Option<FaultSetting>) -> RunSettings {
        let model = format!("scripted:{POLICY}");
        RunSettings {
            suite: self.suite.header.suite.clone(),
            agent: agent.to_string(),
            model: Some(fault.map_or(model.clone(), |fault| format!("{model} with {fault}"))),
            base_url: None,
            tools: ToolScope::Domain,
            rules: ScoringRules::Native,
            only: None,
            per_template: None,
            limit: None,
            trials: 1,
            max_steps: MOST_CALLS,
            timeout: self.timeout,
            max_context: None,
            temperature: None,
            max_tokens: None,
            seed: self.seed,
            chaos: None,
            shard: None,
        }
    }
}

/// The tasks in which a fault occurred, according to the server's log.
fn faulted_tasks(log: Option<&Path>) -> Result<HashSet<String>> {
    #[derive(Deserialize)]
    struct LogLine {
        task: Option<String>,
        fault: Option<String>,
    }
    let Some(log) = log else {
        return Ok(HashSet::new());
    };
    let text =
        std::fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()))?;
    let mut faulted_tasks = HashSet::new();
    for line in text.lines() {
        let line: LogLine =
            serde_json::from_str(line).with_context(|| format!("{} is damaged", log.display()))?;
        if line.fault.is_some() {
            faulted_tasks.extend(line.task);
        }
    }
    Ok(faulted_tasks)
}
