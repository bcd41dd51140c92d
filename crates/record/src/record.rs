//! The format of a run on disk: `run.json` and the lines of `episodes.jsonl`. `docs/traces.md` explains it.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use breakroom_tasks::suite::Suite;
use breakroom_tasks::verdict::{Outcome, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::errors::{ErrorClass, ErrorMark};
use crate::settings::RunSettings;
use breakroom_gateway::chaos::Recovery;

/// The format version that this program writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// `run.json`: what was run, with which settings, and the outcomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The version of the program.
    pub breakroom: String,
    /// The settings that determine the results.
    pub settings: RunSettings,
    /// Hashes of what the settings name.
    pub hashes: Hashes,
    /// The number of episodes.
    pub episodes: usize,
    /// When it started, in UTC.
    pub started: String,
    /// When it ended, in UTC; missing if it is still running or was interrupted.
    pub ended: Option<String>,
    /// Episodes by outcome; missing until every episode is finished.
    pub outcomes: Option<BTreeMap<Outcome, usize>>,
}

impl Run {
    /// A run of that many episodes that starts now.
    pub fn new(settings: RunSettings, hashes: Hashes, episodes: usize) -> Run {
        Run {
            format_version: FORMAT_VERSION,
            breakroom: env!("CARGO_PKG_VERSION").to_owned(),
            settings,
            hashes,
            episodes,
            started: now(),
            ended: None,
            outcomes: None,
        }
    }
}

/// The time in UTC, to the second.
pub fn now() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let time = chrono::DateTime::from_timestamp(i64::try_from(seconds).unwrap_or_default(), 0)
        .unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// SHA-256 hashes, in hexadecimal, of what the settings name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hashes {
    /// The world's checksum.
    pub world: String,
    /// The suite's text.
    pub suite: String,
    /// The catalog of tools.
    pub catalog: String,
    /// The agent's prompt; missing for agents without one.
    pub prompt: Option<String>,
}

impl Hashes {
    /// The hashes of a suite, and that of a prompt.
    pub fn of(suite: &Suite, prompt: Option<String>) -> Hashes {
        let digest = Sha256::digest(suite.to_jsonl());
        Hashes {
            world: suite.header.world_checksum.clone(),
            suite: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            catalog: suite.header.catalog.clone(),
            prompt,
        }
    }
}

/// A line of `episodes.jsonl`: one finished episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EpisodeRecord {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The task's id.
    pub task: String,
    /// Which episode of the task, counted from one.
    pub trial: u32,
    /// The task's template.
    pub template: String,
    /// The task's domains.
    pub domains: Vec<String>,
    /// The verdict's outcome.
    pub outcome: Outcome,
    /// The verdict.
    pub verdict: Verdict,
    /// How the agent's work ended.
    pub ending: EndingRecord,
    /// Why it failed; missing if it is correct.
    pub class: Option<ErrorClass>,
    /// Every class whose rule matches, with its evidence; the first is `class`.
    pub marks: Vec<ErrorMark>,
    /// The number of the model's replies.
    pub steps: usize,
    /// The number of tool calls, including refused ones.
    pub calls: usize,
    /// Calls that were refused or named an unknown tool.
    pub refused: usize,
    /// Calls that chaos disturbed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub disturbed: usize,
    /// Tokens.
    pub usage: UsageRecord,
    /// US dollars; missing if the model's price is unknown.
    pub cost: Option<f64>,
    /// The trace's path, relative to the run's folder.
    pub trace: String,
    /// How long it took. Equal runs differ only in their timings.
    pub timings: Timings,
}

impl EpisodeRecord {
    /// The domain by which reports group it: the template's name up to the first dot.
    pub fn domain(&self) -> &str {
        self.template.split('.').next().unwrap_or_default()
    }

    /// How the agent coped with disturbed calls; `None` if there were none, or if the episode is a fault.
    pub fn recovery(&self) -> Option<Recovery> {
        Recovery::of(self.outcome, self.disturbed)
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How an agent's work ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndingRecord {
    /// The kind of ending.
    pub kind: EndingKind,
    /// The agent's last words, or what went wrong.
    pub text: Option<String>,
}

/// The ways in which an agent's work ends.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EndingKind {
    /// It gave its final answer.
    Answered,
    /// It reached the limit of steps.
    StepLimit,
    /// It reached the time limit.
    TimeLimit,
    /// The conversation reached the limit of tokens.
    ContextLimit,
    /// The provider or the model refused to continue.
    ModelRefused,
    /// The agent's program failed.
    ProgramFailed,
    /// The agent's program reported that it could not do the task.
    ProgramGaveUp,
    /// The provider kept failing: a fault.
    ProviderFault,
    /// Breakroom failed: a fault.
    HarnessFault,
}

/// Tokens of an episode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageRecord {
    /// Input tokens, including cached ones.
    pub input: u64,
    /// Input tokens that were read from the provider's cache.
    pub cached: u64,
    /// Output tokens.
    pub output: u64,
}

/// How long an episode took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timings {
    /// From opening the session to the verdict.
    pub total_ms: f64,
    /// Time spent waiting for the model.
    pub model_ms: f64,
    /// Time spent in tools.
    pub tools_ms: f64,
}

/// Which episode of a run: a task and a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpisodeKey {
    /// The task's index in the suite.
    pub task_index: usize,
    /// Counted from one.
    pub trial: u32,
}
