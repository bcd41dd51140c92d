//! Finds a run by its name or folder, and an episode of it by its task and trial.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::folder::{RUN, RunFolder};
use crate::record::EpisodeRecord;
use crate::user_error::user_error;

/// The folder for runs that were not given one.
pub const RUNS: &str = "runs";

/// A folder below `runs/` that is not there yet: of this name, or with a number behind it.
pub fn unused(name: &str) -> PathBuf {
    let folder = |number: u32| {
        Path::new(RUNS).join(if number == 1 {
            name.to_owned()
        } else {
            format!("{name}-{number}")
        })
    };
    (1..)
        .map(folder)
        .find(|folder| !folder.exists())
        .unwrap_or_else(|| folder(u32::MAX))
}

/// Reads a run, given its folder or its name below `runs/`.
///
/// # Errors
/// The run does not exist (the message lists the nearest names), or it is damaged.
pub fn run(name: &str) -> Result<RunFolder> {
    RunFolder::read(&folder(name)?)
}

/// The folder of a run, given the folder or the run's name below `runs/`.
///
/// # Errors
/// The run does not exist. The message lists the nearest names.
pub fn folder(name: &str) -> Result<PathBuf> {
    let given = PathBuf::from(name);
    let below = Path::new(RUNS).join(name);
    let folders = [given, below];
    if let Some(found) = folders.iter().find(|folder| folder.join(RUN).exists()) {
        return Ok(found.clone());
    }
    let known: Vec<String> = folders
        .iter()
        .filter_map(|folder| folder.parent())
        .flat_map(runs_in)
        .collect();
    let message = match nearest(known.iter().map(String::as_str), name) {
        near if near.is_empty() => format!(
            "there is no run {name:?}: name a folder that has a {RUN}; `breakroom run` creates such folders below {RUNS}/"
        ),
        near => format!(
            "there is no run {name:?}: the nearest are {}",
            near.join(", ")
        ),
    };
    Err(user_error(message))
}

/// The paths of the runs in a folder.
fn runs_in(folder: &Path) -> Vec<String> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let entries = folder.read_dir().into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let runs = paths.filter(|path| path.join(RUN).exists());
    runs.map(|path| {
        let path = path.strip_prefix(".").unwrap_or(&path);
        path.display().to_string()
    })
    .collect()
}

/// An episode of a run, by its task and trial. Without a trial, the first one that failed, or else the first.
///
/// # Errors
/// The episode does not exist. The message lists the nearest names.
pub fn episode<'a>(
    folder: &'a RunFolder,
    task: &str,
    trial: Option<u32>,
) -> Result<&'a EpisodeRecord> {
    let all = folder.episodes.iter();
    let of_task: Vec<&EpisodeRecord> = all.filter(|record| record.task == task).collect();
    if of_task.is_empty() {
        let mut known: Vec<&str> = folder.episodes.iter().map(|it| it.task.as_str()).collect();
        known.dedup();
        let near = nearest(known.into_iter(), task);
        let near = near.join(", ");
        let message = format!("the run has no episode of a task {task:?}: the nearest are {near}");
        return Err(user_error(message));
    }
    let found = match trial {
        Some(trial) => of_task.iter().find(|record| record.trial == trial),
        None => {
            let failed = of_task.iter().find(|record| record.class.is_some());
            failed.or(of_task.first())
        }
    };
    found.copied().ok_or_else(|| {
        let trials: Vec<String> = of_task.iter().map(|it| it.trial.to_string()).collect();
        let message = format!(
            "the run has no trial {} of {task}: it has {}",
            trial.unwrap_or_default(),
            trials.join(", ")
        );
        user_error(message)
    })
}

/// The three distinct names that are most similar to the one that was asked for.
fn nearest<'a>(names: impl Iterator<Item = &'a str>, wanted: &str) -> Vec<&'a str> {
    let mut names: Vec<(f64, &str)> = names
        .map(|name| {
            let whole = strsim::jaro_winkler(name, wanted);
            let last = name.rsplit('/').next().unwrap_or(name);
            let like = whole.max(strsim::jaro_winkler(last, wanted));
            (like + f64::from(name.contains(wanted)), name)
        })
        .collect();
    names.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    names.dedup_by_key(|(_, name)| *name);
    names.into_iter().map(|(_, name)| name).take(3).collect()
}
