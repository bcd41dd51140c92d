//! The forms of a run on disk: `run.json` and the lines of `episodes.jsonl`. `docs/traces.md` explains them.

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

/// The version of these forms that this program writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// `run.json`: what was run, with what, and what it came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The version of the program.
    pub breakroom: String,
    /// What decides the results.
    pub settings: RunSettings,
    /// What the settings' names stood for.
    pub hashes: Hashes,
    /// Episodes in all.
    pub episodes: usize,
    /// When it started, in UTC.
    pub started: String,
    /// When it ended, in UTC; none while it runs or after it was broken off.
    pub ended: Option<String>,
    /// What it came to, once every episode is done.
    pub outcomes: Option<BTreeMap<Outcome, usize>>,
}

impl Run {
    /// A run of so many episodes that begins now.
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

/// What names stood for, in hexadecimal SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hashes {
    /// The world's checksum.
    pub world: String,
    /// The suite's text.
    pub suite: String,
    /// The catalog of tools.
    pub catalog: String,
    /// The wording of the agent's prompt; none for agents that have none.
    pub prompt: Option<String>,
}

impl Hashes {
    /// What a suite's names stand for, beside the wording of a prompt.
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
    /// What it came to, in one word.
    pub outcome: Outcome,
    /// What it came to, row by row.
    pub verdict: Verdict,
    /// How the agent's work ended.
    pub ending: EndingRecord,
    /// Why it failed; none where it is correct.
    pub class: Option<ErrorClass>,
    /// Every class whose rule holds, with its evidence; the first is `class`.
    pub marks: Vec<ErrorMark>,
    /// Replies of the model.
    pub steps: usize,
    /// Calls of tools, refused ones included.
    pub calls: usize,
    /// Calls that were refused or named no tool.
    pub refused: usize,
    /// Calls that were disturbed on purpose.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub disturbed: usize,
    /// Tokens.
    pub usage: UsageRecord,
    /// US dollars; none where the model's price is not known.
    pub cost: Option<f64>,
    /// The trace's file, below the run's folder.
    pub trace: String,
    /// How long it took; the only part that another run of the same need not share.
    pub timings: Timings,
}

impl EpisodeRecord {
    /// The domain by which reports group it: its template up to the first dot.
    pub fn domain(&self) -> &str {
        self.template.split('.').next().unwrap_or_default()
    }

    /// What the agent made of the disturbance; none where there was none, or where the episode is a fault.
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
    /// Which way.
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
    /// It said that it was done.
    Answered,
    /// No steps were left.
    StepLimit,
    /// No time was left.
    TimeLimit,
    /// The conversation was too long.
    ContextLimit,
    /// The provider or the model refused to go on.
    ModelRefused,
    /// The agent's program failed.
    ProgramFailed,
    /// The agent's program said that it could not do it.
    ProgramGaveUp,
    /// The provider failed for good: a fault.
    ProviderFault,
    /// We failed: a fault.
    HarnessFault,
}

/// Tokens of an episode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageRecord {
    /// Read, those from a cache included.
    pub input: u64,
    /// Read from a cache.
    pub cached: u64,
    /// Written.
    pub output: u64,
}

/// How long an episode took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timings {
    /// From opening the session to the verdict.
    pub total_ms: f64,
    /// Waiting for the model.
    pub model_ms: f64,
    /// Running tools.
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
