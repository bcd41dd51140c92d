//! A run's folder. An episode is there whole or not at all: its trace is written beside and renamed, and only then its line is appended; a
//! line that a kill cut short is dropped when the run is taken up again.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use breakroom_tasks::suite::Suite;

use super::episode::Finished;
use super::record::{EpisodeRecord, FORMAT_VERSION, Run};
use super::settings::Settings;
use super::trace::{Line, to_jsonl};

/// The file that makes a folder a run.
pub const RUN: &str = "run.json";
const EPISODES: &str = "episodes.jsonl";
const TRACES: &str = "traces";
const LOCK: &str = "run.lock";

/// A run as it lies in its folder.
#[derive(Debug)]
pub struct RunFolder {
    /// Where.
    pub path: PathBuf,
    /// What was run.
    pub run: Run,
    /// The episodes that are finished.
    pub episodes: Vec<EpisodeRecord>,
}

impl RunFolder {
    /// Reads a run. An unfinished last line is passed over.
    ///
    /// # Errors
    /// Names the file, and the line where there is one, that is missing or malformed.
    pub fn read(path: &Path) -> Result<RunFolder> {
        let file = path.join(RUN);
        let text = std::fs::read_to_string(&file).with_context(|| {
            format!(
                "{} holds no run: there is no {RUN} that can be read",
                path.display()
            )
        })?;
        let version: Version = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged", file.display()))?;
        anyhow::ensure!(
            version.format_version == FORMAT_VERSION,
            "{} has format version {}: this program reads {FORMAT_VERSION}",
            file.display(),
            version.format_version
        );
        let run: Run = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged", file.display()))?;
        let (episodes, _) = read_episodes(&path.join(EPISODES))?;
        Ok(RunFolder {
            path: path.to_owned(),
            run,
            episodes,
        })
    }

    /// The trace of an episode.
    ///
    /// # Errors
    /// It is missing, or names the line that is malformed.
    pub fn trace(&self, record: &EpisodeRecord) -> Result<Vec<Line>> {
        let path = self.path.join(&record.trace);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let lines = text.lines().zip(1..);
        lines
            .map(|(line, number)| {
                serde_json::from_str(line)
                    .with_context(|| format!("{}:{number} is no line of a trace", path.display()))
            })
            .collect()
    }
}

#[derive(serde::Deserialize)]
struct Version {
    format_version: u32,
}

/// The whole lines of a file of episodes, and how many bytes they are.
fn read_episodes(path: &Path) -> Result<(Vec<EpisodeRecord>, u64)> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let mut episodes = Vec::new();
    for (line, number) in bytes[..whole]
        .split(|byte| *byte == b'\n')
        .zip(1..)
        .filter(|(line, _)| !line.is_empty())
    {
        let episode = serde_json::from_slice(line)
            .with_context(|| format!("{}:{number} is no episode", path.display()))?;
        episodes.push(episode);
    }
    Ok((episodes, whole as u64))
}

/// Writes a file whole or not at all.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let beside = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        std::fs::write(&beside, bytes)?;
        std::fs::rename(&beside, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// A run that is being written. No other process writes to its folder meanwhile.
pub struct Writer {
    folder: RunFolder,
    lines: File,
    _lock: File,
}

impl Writer {
    /// Begins a run in a new or empty folder.
    ///
    /// # Errors
    /// The folder holds something, or cannot be written.
    pub fn begin(path: &Path, run: Run) -> Result<Writer> {
        anyhow::ensure!(
            !path.join(RUN).exists(),
            "{} holds a run: take it up again with --resume, or name another folder with --out",
            path.display()
        );
        let occupied = path
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some());
        anyhow::ensure!(
            !occupied,
            "{} holds something other than a run: name a new or empty folder with --out",
            path.display()
        );
        Writer::open(path, run)
    }

    /// Takes up a run again, or begins it where there is none.
    ///
    /// # Errors
    /// The run there has other settings, or the folder cannot be written.
    pub fn resume(path: &Path, run: Run) -> Result<Writer> {
        if !path.join(RUN).exists() {
            return Writer::begin(path, run);
        }
        let known = RunFolder::read(path)?.run;
        let differing = known.settings.differences(&run.settings);
        anyhow::ensure!(
            differing.is_empty(),
            "{} is a run of other settings ({}): give the same again, or name another folder",
            path.display(),
            differing.join("; ")
        );
        anyhow::ensure!(
            known.hashes == run.hashes,
            "{} is a run of another world, suite, catalog or prompt of the same name: name another folder",
            path.display()
        );
        Writer::open(
            path,
            Run {
                started: known.started,
                ..run
            },
        )
    }

    fn open(path: &Path, run: Run) -> Result<Writer> {
        let traces = path.join(TRACES);
        std::fs::create_dir_all(&traces)
            .with_context(|| format!("cannot make {}", traces.display()))?;
        let lock = File::create(path.join(LOCK))
            .with_context(|| format!("cannot write {}", path.join(LOCK).display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => anyhow::bail!(
                "another process is writing to {}: wait for it, or name another folder",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        let file = path.join(EPISODES);
        let (episodes, whole) = read_episodes(&file)?;
        let mut lines = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&file)
            .with_context(|| format!("cannot write {}", file.display()))?;
        lines
            .set_len(whole)
            .and_then(|()| lines.seek(SeekFrom::End(0)))
            .with_context(|| format!("cannot write {}", file.display()))?;
        let writer = Writer {
            folder: RunFolder {
                path: path.to_owned(),
                run,
                episodes,
            },
            lines,
            _lock: lock,
        };
        writer.write_run()?;
        Ok(writer)
    }

    fn write_run(&self) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.folder.run)
            .context("a run cannot be written as JSON")?;
        write_whole(&self.folder.path.join(RUN), format!("{text}\n").as_bytes())
    }

    /// The run so far.
    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// Task ids and trials that are finished.
    pub fn finished(&self) -> HashSet<(String, u32)> {
        self.folder
            .episodes
            .iter()
            .map(|episode| (episode.task.clone(), episode.trial))
            .collect()
    }

    /// Keeps a finished episode.
    ///
    /// # Errors
    /// The disk is full, or the folder cannot be written any more. What was kept before stays whole.
    pub fn keep(&mut self, finished: Finished) -> Result<()> {
        let Finished { record, trace } = finished;
        write_whole(
            &self.folder.path.join(&record.trace),
            to_jsonl(&trace).as_bytes(),
        )?;
        let line =
            serde_json::to_string(&record).context("an episode cannot be written as JSON")? + "\n";
        let whole = self.lines.stream_position()?;
        if let Err(error) = self.lines.write_all(line.as_bytes()) {
            // Half a line would be dropped by the next reader; better that it is gone now.
            let _ = self.lines.set_len(whole);
            return Err(error).with_context(|| {
                format!("cannot write {}", self.folder.path.join(EPISODES).display())
            });
        }
        self.folder.episodes.push(record);
        Ok(())
    }

    /// Ends the run: episodes in the order given, which is that of the suite, and what they came to.
    ///
    /// # Errors
    /// The folder cannot be written any more.
    pub fn end(
        mut self,
        ended: String,
        order: impl Fn(&EpisodeRecord) -> (usize, u32),
    ) -> Result<RunFolder> {
        self.folder.episodes.sort_by_key(order);
        let mut text = String::new();
        for record in &self.folder.episodes {
            text.push_str(
                &serde_json::to_string(record).context("an episode cannot be written as JSON")?,
            );
            text.push('\n');
        }
        write_whole(&self.folder.path.join(EPISODES), text.as_bytes())?;
        self.folder.run.ended = Some(ended);
        self.folder.run.outcomes = Some(super::summary::outcomes(&self.folder.episodes));
        self.write_run()?;
        Ok(self.folder)
    }
}

/// The order of a suite, trial by trial.
pub fn in_order_of(suite: &Suite) -> impl Fn(&EpisodeRecord) -> (usize, u32) {
    let tasks = suite.tasks.iter().zip(0..);
    let places: HashMap<&str, usize> = tasks
        .map(|(task, place)| (task.id.as_str(), place))
        .collect();
    move |record| {
        let place = places.get(record.task.as_str()).copied();
        (place.unwrap_or(usize::MAX), record.trial)
    }
}

/// Joins the shards of one run in a new folder.
///
/// # Errors
/// A shard that is missing, unfinished, there twice, or of another run.
pub fn merge(shards: &[PathBuf], out: &Path, ended: String) -> Result<RunFolder> {
    let shards: Vec<RunFolder> = shards
        .iter()
        .map(|path| RunFolder::read(path))
        .collect::<Result<_>>()?;
    let first = shards.first().context("no shard is named")?;
    let mut seen = HashSet::new();
    for shard in &shards {
        let place = shard.path.display();
        let part = shard
            .run
            .settings
            .shard
            .with_context(|| format!("{place} is a whole run, not a shard"))?;
        let whole = |run: &Run| Settings {
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
            "{place} is a shard of another world, suite, catalog or prompt"
        );
        anyhow::ensure!(
            shard.run.ended.is_some(),
            "{place} is not finished: take it up again with --resume"
        );
        anyhow::ensure!(
            first.run.settings.shard.map(|it| it.count) == Some(part.count),
            "{place} is shard {part}: the others are of another number"
        );
        anyhow::ensure!(
            seen.insert(part.index),
            "shard {part} is there twice: {place} is the second"
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
        settings: Settings {
            shard: None,
            ..first.run.settings.clone()
        },
        episodes: shards.iter().map(|shard| shard.run.episodes).sum(),
        ended: None,
        outcomes: None,
        ..first.run.clone()
    };
    let mut writer = Writer::begin(out, run)?;
    // Shards take turns: the first of each, the second of each, and so on, is the order of the whole.
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
            writer.keep(Finished {
                record: record.clone(),
                trace,
            })?;
        }
    }
    // Within a task the trials follow each other, and tasks follow each other as their first trials do.
    let first_place = |task: &str| {
        (1..)
            .find_map(|trial| places.get(&(task.to_owned(), trial)).copied())
            .unwrap_or_default()
    };
    let tasks: HashMap<String, usize> = places
        .keys()
        .map(|(task, _)| (task.clone(), first_place(task)))
        .collect();
    writer.end(ended, |record| {
        (
            tasks.get(&record.task).copied().unwrap_or(usize::MAX),
            record.trial,
        )
    })
}
