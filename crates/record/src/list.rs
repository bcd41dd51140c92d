//! The runs below a folder, newest first: what each was, how far it is, and what it came to.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Result;
use breakroom_tasks::verdict::Outcome;
use serde::Serialize;

use crate::folder::{RUN, RunFolder};
use crate::record::Run;
use crate::writer::LOCK;

/// Where runs lie that were given no other folder.
pub const RUNS: &str = "runs";

/// How many folders a run may lie below the one that is searched.
const DEEPEST: usize = 4;

/// A run, as a list shows it.
#[derive(Clone, Debug, Serialize)]
pub struct RunInfo {
    /// What commands call it.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// How far it is.
    #[serde(flatten)]
    pub state: State,
    /// What was run, and when; none if it cannot be read.
    #[serde(flatten)]
    pub run: Option<About>,
    /// When `run.json` was last written: it tells runs apart that started in the same second.
    #[serde(skip)]
    written: Option<SystemTime>,
}

/// What was run, and what it came to so far.
#[derive(Clone, Debug, Serialize)]
pub struct About {
    /// When it started, in UTC.
    pub started: String,
    /// When it ended, in UTC.
    pub ended: Option<String>,
    /// The agent, like `react` or `exec:COMMAND`.
    pub agent: String,
    /// The model, if the agent has one.
    pub model: Option<String>,
    /// The suite.
    pub suite: String,
    /// The part of a whole run that this is, like `2/8`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Episodes in all.
    pub episodes: usize,
    /// Episodes that are done.
    pub done: usize,
    /// Episodes that are done, by outcome.
    pub outcomes: BTreeMap<Outcome, usize>,
}

impl About {
    /// Episodes of an outcome.
    pub fn of(&self, outcome: Outcome) -> usize {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// Every episode is done.
    Finished,
    /// A process is at it.
    Running,
    /// Nobody is at it, and episodes are missing.
    BrokenOff,
    /// Its files are damaged, or of another version.
    Unreadable {
        /// What is wrong with them.
        reason: String,
    },
}

/// The runs in a folder and below it, newest first; the folder itself, if it is a run.
pub fn below(folder: &Path) -> Vec<RunInfo> {
    let mut folders = Vec::new();
    collect(folder, DEEPEST, &mut folders);
    let mut runs: Vec<RunInfo> = folders.into_iter().map(info).collect();
    runs.sort_by_key(|run| {
        let started = run.run.as_ref().map(|about| about.started.clone());
        (Reverse(started), Reverse(run.written), run.name.clone())
    });
    runs
}

/// The shortest name by which commands find the run of a folder.
pub fn short_name(folder: &Path) -> String {
    let name = folder.strip_prefix(RUNS).unwrap_or(folder);
    match name.join(RUN).exists() {
        // A folder of that name hides the one below `runs/`.
        true => folder.display().to_string(),
        false => name.display().to_string(),
    }
}

/// The folders of runs. Nothing inside a run is searched.
fn collect(folder: &Path, depth: usize, into: &mut Vec<PathBuf>) {
    if folder.join(RUN).exists() {
        into.push(folder.to_owned());
        return;
    }
    if depth == 0 {
        return;
    }
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&entry.path(), depth - 1, into);
        }
    }
}

fn info(folder: PathBuf) -> RunInfo {
    let written = folder.join(RUN).metadata().and_then(|it| it.modified());
    let (state, run) = match read(&folder) {
        Ok((state, about)) => (state, Some(about)),
        Err(error) => {
            let reason = format!("{error:#}");
            (State::Unreadable { reason }, None)
        }
    };
    RunInfo {
        name: short_name(&folder),
        folder,
        state,
        run,
        written: written.ok(),
    }
}

fn read(folder: &Path) -> Result<(State, About)> {
    // Asked first: a run that ends meanwhile is shown as running, never as broken off.
    let is_written = is_written(folder);
    let run = RunFolder::read_run(folder)?;
    let outcomes = match &run.outcomes {
        Some(outcomes) => outcomes.clone(),
        None => {
            let mut outcomes = BTreeMap::new();
            for episode in RunFolder::read(folder)?.episodes {
                *outcomes.entry(episode.outcome).or_default() += 1;
            }
            outcomes
        }
    };
    let state = match (&run.ended, is_written) {
        (Some(_), _) => State::Finished,
        (None, true) => State::Running,
        (None, false) => State::BrokenOff,
    };
    Ok((state, about(run, outcomes)))
}

fn about(run: Run, outcomes: BTreeMap<Outcome, usize>) -> About {
    About {
        started: run.started,
        ended: run.ended,
        agent: run.settings.agent,
        model: run.settings.model,
        suite: run.settings.suite,
        shard: run.settings.shard.map(|shard| shard.to_string()),
        episodes: run.episodes,
        done: outcomes.values().sum(),
        outcomes,
    }
}

/// Whether a process holds the lock of a run.
fn is_written(folder: &Path) -> bool {
    let Ok(lock) = File::open(folder.join(LOCK)) else {
        return false;
    };
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
}
