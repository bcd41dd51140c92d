//! The outcomes of a run by task and trial, read from its folder or from a baseline.

use std::path::Path;

use anyhow::{Context, Result};
use breakroom_tasks::verdict::Outcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use breakroom_record::folder::RunFolder;
use breakroom_record::record::{EpisodeRecord, Hashes};
use breakroom_record::settings::RunSettings;
use breakroom_record::writer::write_atomically;

/// The version of a baseline's format.
pub const FORMAT_VERSION: u32 = 1;

/// The first line of a baseline: what was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineHeader {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The settings that determined the run's results.
    pub settings: RunSettings,
    /// Hashes of what the settings name.
    pub hashes: Hashes,
    /// How many episodes follow.
    #[serde(rename = "points")]
    pub episodes: usize,
}

/// A further line of a baseline: the outcome of one episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EpisodeOutcome {
    /// The task's id.
    pub task: String,
    /// The task's template.
    pub template: String,
    /// Which episode of the task, counted from one.
    pub trial: u32,
    /// Its outcome.
    pub outcome: Outcome,
    /// Its error class, if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
}

/// The outcomes of a run, episode by episode.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOutcomes {
    /// The run's folder or the baseline's file.
    pub name: String,
    /// What was run.
    pub header: BaselineHeader,
    /// The outcome of each episode.
    pub episodes: Vec<EpisodeOutcome>,
}

impl RunOutcomes {
    /// Reads a run's folder, or a baseline's file.
    ///
    /// # Errors
    /// The path is neither, or the run is not finished, or a line is malformed. The message names the line.
    pub fn read(path: &Path) -> Result<RunOutcomes> {
        if path.is_file() {
            return RunOutcomes::parse(path);
        }
        let folder = RunFolder::read(path)?;
        anyhow::ensure!(
            folder.run.ended.is_some(),
            "{} is not finished: it has {} of {} episodes; continue it with `breakroom run --resume`",
            path.display(),
            folder.episodes.len(),
            folder.run.episodes
        );
        let episodes: Vec<EpisodeOutcome> = folder.episodes.iter().map(episode).collect();
        Ok(RunOutcomes {
            name: path.display().to_string(),
            header: BaselineHeader {
                format_version: FORMAT_VERSION,
                settings: folder.run.settings,
                hashes: folder.run.hashes,
                episodes: episodes.len(),
            },
            episodes,
        })
    }

    fn parse(path: &Path) -> Result<RunOutcomes> {
        let place = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {place}"))?;
        let mut lines = text.lines().zip(1..);
        let (first, _) = lines
            .next()
            .with_context(|| format!("{place} is empty: a baseline begins with its header"))?;
        let header: BaselineHeader = serde_json::from_str(first)
            .with_context(|| format!("{place}:1 is not the header of a baseline"))?;
        anyhow::ensure!(
            header.format_version == FORMAT_VERSION,
            "{place} has format version {}: this program reads {FORMAT_VERSION}",
            header.format_version
        );
        let episodes: Vec<EpisodeOutcome> = lines
            .map(|(line, number)| {
                serde_json::from_str(line)
                    .with_context(|| format!("{place}:{number} is not an episode of a baseline"))
            })
            .collect::<Result<_>>()?;
        anyhow::ensure!(
            episodes.len() == header.episodes,
            "{place} says {} episodes, and {} follow: the file was cut or added to",
            header.episodes,
            episodes.len()
        );
        Ok(RunOutcomes {
            name: place.to_string(),
            header,
            episodes,
        })
    }

    /// Writes a baseline, which is small enough to be kept in a repository.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut text =
            serde_json::to_string(&self.header).context("cannot write the header as JSON")? + "\n";
        for episode in &self.episodes {
            text.push_str(
                &serde_json::to_string(episode).context("cannot write an episode as JSON")?,
            );
            text.push('\n');
        }
        write_atomically(path, text.as_bytes())
    }

    /// Episodes whose outcome says something about the agent.
    pub fn judged(&self) -> usize {
        self.episodes
            .iter()
            .filter(|episode| episode.outcome.is_judged())
            .count()
    }

    /// The number of episodes with an outcome.
    pub fn of(&self, outcome: Outcome) -> usize {
        self.episodes
            .iter()
            .filter(|episode| episode.outcome == outcome)
            .count()
    }

    /// The share of judged episodes that are correct, from 0 to 1.
    pub fn accuracy(&self) -> f64 {
        let correct = self.episodes.iter().filter(|it| it.outcome.is_correct());
        correct.count() as f64 / self.judged().max(1) as f64
    }
}

fn episode(record: &EpisodeRecord) -> EpisodeOutcome {
    EpisodeOutcome {
        task: record.task.clone(),
        template: record.template.clone(),
        trial: record.trial,
        outcome: record.outcome,
        class: record.class.map(|class| class.name()),
    }
}

/// Why two runs cannot be compared: they differ in world, suite, catalog, rules or tasks.
pub fn unlike(base: &RunOutcomes, new: &RunOutcomes) -> Vec<String> {
    let mut unlike = Vec::new();
    let (one, other) = (&base.header.hashes, &new.header.hashes);
    for (what, left, right) in [
        ("world", &one.world, &other.world),
        ("suite", &one.suite, &other.suite),
        ("catalog of tools", &one.catalog, &other.catalog),
    ] {
        if left != right {
            let short = |hash: &str| hash.chars().take(12).collect::<String>();
            unlike.push(format!("{what}: {} and {}", short(left), short(right)));
        }
    }
    let (left, right) = (&base.header.settings, &new.header.settings);
    if left.rules != right.rules {
        unlike.push(format!(
            "rules: {} and {}",
            left.rules.name(),
            right.rules.name()
        ));
    }
    let tasks = |run: &RunOutcomes| {
        run.episodes
            .iter()
            .map(|episode| episode.task.clone())
            .collect::<std::collections::BTreeSet<_>>()
    };
    let (left, right) = (tasks(base), tasks(new));
    let only = |one: &std::collections::BTreeSet<String>,
                other: &std::collections::BTreeSet<String>| {
        one.difference(other).count()
    };
    if left != right {
        unlike.push(format!(
            "tasks: {} only in the first, {} only in the second",
            only(&left, &right),
            only(&right, &left)
        ));
    }
    unlike
}
