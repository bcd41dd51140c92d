//! Merges the shards of a run.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use breakroom_record::folder::RunFolder;
use breakroom_record::record::{EpisodeRecord, Run};
use breakroom_record::settings::RunSettings;
use breakroom_record::writer::{FinishedEpisode, FinishedRun, RunWriter};

/// Merges the shards of one run into a new folder.
///
/// # Errors
/// A shard is missing, is unfinished, is named twice, or belongs to another run.
pub fn merge(shards: &[PathBuf], out: &Path, ended: String) -> Result<FinishedRun> {
    let shards: Vec<RunFolder> = shards
        .iter()
        .map(|path| RunFolder::read(path))
        .collect::<Result<_>>()?;
    let first = shards.first().context("name the shards of a run")?;
    let mut seen = HashSet::new();
    for shard in &shards {
        let place = shard.path.display();
        let part = shard
            .run
            .settings
            .shard
            .with_context(|| format!("{place} is a whole run, not a shard"))?;
        let whole = |run: &Run| RunSettings {
            shard: None,
            ..run.settings.clone()
        };
        let differing = whole(&first.run).differences(&whole(&shard.run));
        anyhow::ensure!(
            differing.is_empty(),
            "{place} is a shard of another run ({})",
            differing.join("; ")
        );
        anyhow::ensure!(
            first.run.hashes == shard.run.hashes,
            "{place} is a shard of a run with another world, suite, catalog or prompt"
        );
        anyhow::ensure!(
            shard.run.ended.is_some(),
            "{place} is not finished: continue it with --resume"
        );
        anyhow::ensure!(
            first.run.settings.shard.map(|it| it.count) == Some(part.count),
            "{place} is shard {part}, but the first run has another number of shards"
        );
        anyhow::ensure!(
            seen.insert(part.index),
            "shard {part} is named twice: {place} is the second"
        );
    }
    let count = first.run.settings.shard.map_or(0, |shard| shard.count);
    let missing: Vec<String> = (1..=count)
        .filter(|index| !seen.contains(index))
        .map(|index| format!("{index}/{count}"))
        .collect();
    anyhow::ensure!(
        missing.is_empty(),
        "shards are missing: {}",
        missing.join(", ")
    );
    let run = Run {
        settings: RunSettings {
            shard: None,
            ..first.run.settings.clone()
        },
        episodes: shards.iter().map(|shard| shard.run.episodes).sum(),
        ended: None,
        outcomes: None,
        ..first.run.clone()
    };
    let mut writer = RunWriter::begin(out, run)?;
    // Shards take turns: the whole run has the first episode of each shard, then the second of each, and so on.
    let mut places = HashMap::new();
    for shard in &shards {
        let index = shard.run.settings.shard.map_or(0, |shard| shard.index);
        let mut by_trial: Vec<&EpisodeRecord> = shard.episodes.iter().collect();
        by_trial.sort_by_key(|record| record.trial);
        for (turn, record) in by_trial.into_iter().enumerate() {
            places.insert((record.task.clone(), record.trial), turn * count + index);
        }
        for record in &shard.episodes {
            let trace = shard.trace(record)?;
            writer.keep(FinishedEpisode {
                record: record.clone(),
                trace,
            })?;
        }
    }
    // Trials of a task stay together, and tasks are in the order of their first trials.
    let first_place = |task: &str| {
        (1..)
            .find_map(|trial| places.get(&(task.to_owned(), trial)).copied())
            .unwrap_or_default()
    };
    let tasks: HashMap<String, usize> = places
        .keys()
        .map(|(task, _)| (task.clone(), first_place(task)))
        .collect();
    writer.end(ended, |task, trial| {
        (tasks.get(task).copied().unwrap_or(usize::MAX), trial)
    })
}
