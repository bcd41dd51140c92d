//! Finding a run, and an episode of it, by name.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::folder::{RUN, RunFolder};
use crate::record::EpisodeRecord;

/// Where runs lie that were given no other folder.
pub const RUNS: &str = "runs";

/// Something was named that is not there: for the user to put right.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UnknownName(String);

impl UnknownName {
    /// What was named, and what there is.
    pub fn new(message: String) -> UnknownName {
        UnknownName(message)
    }
}

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
/// There is none, and the message names those that are near; or it is damaged.
pub fn run(name: &str) -> Result<RunFolder> {
    RunFolder::read(&folder(name)?)
}

/// The folder of a run, given it or its name below `runs/`.
///
/// # Errors
/// There is none, and the message names those that are near.
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
            "there is no run {name:?}: name a folder with a {RUN}; `breakroom run` makes them below {RUNS}/"
        ),
        near => format!(
            "there is no run {name:?}: the nearest are {}",
            near.join(", ")
        ),
    };
    Err(UnknownName(message).into())
}

/// The runs that lie in a folder, by their paths.
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

/// An episode of a run by its task and trial; of an unnamed trial the first that failed, or else the first.
///
/// # Errors
/// There is none, and the message names those that are near.
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
        return Err(UnknownName(message).into());
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
            "the run has no trial {} of {task}: there are {}",
            trial.unwrap_or_default(),
            trials.join(", ")
        );
        UnknownName(message).into()
    })
}

/// The three names that are most like the one that was wanted, each once.
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
