//! Finds a run by its name or folder, and an episode of it by its task and trial.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::folder::{RUN, RunFolder};
use crate::list::{self, RUNS, short_name};
use crate::record::EpisodeRecord;
use crate::user_error::user_error;

/// The name of the newest run.
pub const LATEST: &str = "latest";

/// Makes a folder below `runs/`: of this name or, if that is taken, with a number behind it. No other process gets the same.
///
/// # Errors
/// The folder cannot be made.
pub fn make_unused(name: &str) -> Result<PathBuf> {
    std::fs::create_dir_all(RUNS).with_context(|| format!("cannot make {RUNS}"))?;
    for number in 1_u64.. {
        let path = Path::new(RUNS).join(match number {
            1 => name.to_owned(),
            number => format!("{name}-{number}"),
        });
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot make {}", path.display()));
            }
        }
    }
    anyhow::bail!("every name like {name} is taken below {RUNS}")
}

/// Reads a run, given its folder, its name below `runs/`, or [`LATEST`].
///
/// # Errors
/// The run does not exist (the message lists the nearest names), or it is damaged.
pub fn run(name: &str) -> Result<RunFolder> {
    RunFolder::read(&folder(name)?)
}

/// The folder of a run, given it, its name below `runs/`, or [`LATEST`].
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
    if name == LATEST {
        let newest = list::below(Path::new(RUNS)).into_iter().next();
        return newest
            .map(|run| run.folder)
            .ok_or_else(|| user_error(format!("there is no latest run: {RUNS}/ holds none yet")));
    }
    let mut known: Vec<String> = folders
        .iter()
        .filter_map(|folder| folder.parent())
        .flat_map(runs_in)
        .collect();
    let named = list::below(Path::new(RUNS)).into_iter();
    known.extend(named.map(|run| short_name(&run.folder)));
    let message = match nearest(known.iter().map(String::as_str), name) {
        near if near.is_empty() => format!(
            "there is no run {name:?}: name a folder that has a {RUN}; `breakroom run` creates such folders below {RUNS}/"
        ),
        near => format!(
            "there is no run {name:?}: the nearest are {}; `breakroom runs` lists them",
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
