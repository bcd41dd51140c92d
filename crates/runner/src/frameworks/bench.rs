//! One framework with one fault, or none, over some tasks: a run like any other, whose agent is the framework's program and whose model is a
//! server of this process. Each has a server of its own, since a conversation there is known by its task.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use breakroom_tasks::suite::Suite;
use breakroom_tasks::verdict::Rules;
use breakroom_tools::session::Start;
use serde::Deserialize;

use super::environment::Ready;
use crate::agents::{Kind, Worker};
use crate::driver::{Over, Told, drive};
use crate::episode::Stage;
use breakroom_model_server::faults::FaultSetting;
use breakroom_model_server::server::ModelServer;
use breakroom_model_server::service::{ModelServerSettings, ModelService};
use breakroom_policy::model::PolicyModel;
use breakroom_policy::{Kind as PolicyKind, Policy};
use breakroom_record::folder::{RUN, RunFolder};
use breakroom_record::record::{Hashes, Place, Run, now};
use breakroom_record::settings::{Settings, ToolChoice};
use breakroom_record::writer::{Writer, in_order_of};

/// What the model does.
const POLICY: PolicyKind = PolicyKind::Oracle;

/// The most calls of one episode: several times what any task needs.
const MOST_CALLS: usize = 50;

/// The folder of a run without faults.
const NO_FAULT: &str = "no-fault";

/// What all runs share.
pub struct Bench {
    /// The tasks.
    pub suite: Arc<Suite>,
    /// Where sessions start.
    pub start: Start,
    /// Where runs are kept.
    pub out: PathBuf,
    /// Whether runs that are there already are kept.
    pub resume: bool,
    /// Processes of a framework at the same time.
    pub concurrency: usize,
    /// Seconds of one episode.
    pub timeout: u64,
    /// How long a model that gives no answer is silent.
    pub hold: Duration,
    /// From which faults are drawn.
    pub seed: u64,
}

/// A run, and the tasks in which a fault happened.
pub struct Played {
    /// The run.
    pub run: RunFolder,
    /// Their ids.
    pub struck: HashSet<String>,
}

impl Bench {
    /// Lets a framework work on the tasks at those places; none where the user broke it off.
    ///
    /// # Errors
    /// The run cannot be kept, or one that is there is another.
    pub async fn play(
        &self,
        ready: &Ready,
        fault: Option<FaultSetting>,
        tasks: &[usize],
        told: impl FnMut(Told<'_>),
    ) -> Result<Option<Played>> {
        let name = fault.map_or(NO_FAULT.to_owned(), |fault| fault.to_string());
        let path = self.out.join(&ready.framework.name).join(name);
        let log = path.with_added_extension("model.jsonl");
        let settings = self.settings(&Kind::Worker(ready.command.clone()), fault);
        if let Some(run) = self.kept(&path, &settings, tasks)? {
            let struck = struck(fault.map(|_| log.as_path()))?;
            return Ok(Some(Played { run, struck }));
        }
        let run = Run::new(settings.clone(), Hashes::of(&self.suite, None), tasks.len());
        let mut writer = Writer::begin(&path, run)?;
        let server = ModelServer::start(self.service(fault, &log)?).await?;
        let environment = [
            ("OPENAI_BASE_URL", server.base_url()),
            ("OPENAI_API_KEY", "none".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value));
        let worker = Worker::started_with(&ready.command, environment.to_vec()).await?;
        let stage = Arc::new(self.stage(worker, settings));
        let places = tasks.iter().map(|task| Place {
            task: *task,
            trial: 1,
        });
        let over = drive(
            Arc::clone(&stage),
            Arc::clone(&self.suite),
            places.collect(),
            self.concurrency,
            &mut writer,
            told,
        )
        .await;
        // Replies that are still held back are of no use to anybody: the server goes first.
        server.end().await?;
        stage.worker.close().await;
        if over? == Over::Interrupted {
            return Ok(None);
        }
        writer.end(now(), in_order_of(&self.suite))?;
        let run = RunFolder::read(&path)?;
        let struck = struck(fault.map(|_| log.as_path()))?;
        Ok(Some(Played { run, struck }))
    }

    /// The policy at work by itself.
    pub fn policy_alone(&self) -> Stage {
        let policy = Policy::new(POLICY, &self.start, self.seed);
        let model = Box::new(PolicyModel::new(policy, &self.suite));
        let worker = Worker::asking(Kind::Tools, model);
        self.stage(worker, self.settings(&Kind::Tools, None))
    }

    /// The run that is kept in a folder, where it is finished. One that was broken off is played anew.
    fn kept(&self, path: &Path, settings: &Settings, tasks: &[usize]) -> Result<Option<RunFolder>> {
        if !self.resume || !path.join(RUN).exists() {
            return Ok(None);
        }
        let kept = RunFolder::read(path)?;
        let wanted = tasks.iter().map(|task| &self.suite.tasks[*task].id);
        if kept.run.ended.is_none() {
            std::fs::remove_dir_all(path).with_context(|| {
                format!("cannot remove {}, which is half a run", path.display())
            })?;
            return Ok(None);
        }
        let mut differing = kept.run.settings.differences(settings);
        if !kept.episodes.iter().map(|episode| &episode.task).eq(wanted) {
            differing.push("other tasks".to_owned());
        }
        anyhow::ensure!(
            differing.is_empty(),
            "{} is another run ({}): give the same again, or name another folder",
            path.display(),
            differing.join("; ")
        );
        Ok(Some(kept))
    }

    fn service(&self, fault: Option<FaultSetting>, log: &Path) -> Result<ModelService> {
        // What was asked matters where something went wrong; without faults the trace has it all.
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

    fn stage(&self, worker: Worker, settings: Settings) -> Stage {
        Stage {
            start: self.start.clone(),
            clock: self.start.clock(),
            owner: self.start.owner(),
            settings,
            reply_time: Duration::from_secs(self.timeout),
            worker,
            price: None,
            chaos: None,
        }
    }

    fn settings(&self, agent: &Kind, fault: Option<FaultSetting>) -> Settings {
        let model = format!("scripted:{POLICY}");
        Settings {
            suite: self.suite.header.suite.clone(),
            agent: agent.to_string(),
            model: Some(fault.map_or(model.clone(), |fault| format!("{model} with {fault}"))),
            base_url: None,
            tools: ToolChoice::Domain,
            rules: Rules::Native,
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

/// The tasks in which a fault happened, by the log of their server.
fn struck(log: Option<&Path>) -> Result<HashSet<String>> {
    #[derive(Deserialize)]
    struct Entry {
        task: Option<String>,
        fault: Option<String>,
    }
    let Some(log) = log else {
        return Ok(HashSet::new());
    };
    let text =
        std::fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()))?;
    let mut struck = HashSet::new();
    for line in text.lines() {
        let entry: Entry =
            serde_json::from_str(line).with_context(|| format!("{} is damaged", log.display()))?;
        if entry.fault.is_some() {
            struck.extend(entry.task);
        }
    }
    Ok(struck)
}
