//! Writes a run's folder. Only one process writes to it. Each episode is written atomically: its trace goes to a temporary file that is then
//! renamed, and only then is its line appended. If a kill cuts a line short, resuming the run drops that line.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use breakroom_tasks::suite::Suite;

use crate::folder::{EPISODES, RUN, RunFolder, each_episode};
use crate::record::{EpisodeRecord, Run};
use crate::summary::Summary;
use crate::trace::{TraceEvent, to_jsonl};
use crate::user_error::user_error;

const TRACES: &str = "traces";
pub(super) const LOCK: &str = "run.lock";

/// A finished episode.
pub struct FinishedEpisode {
    /// Its line in `episodes.jsonl`.
    pub record: EpisodeRecord,
    /// Its trace.
    pub trace: Vec<TraceEvent>,
}

/// A run that is being written. A lock keeps other processes from writing to its folder.
pub struct RunWriter {
    path: PathBuf,
    run: Run,
    written: Vec<WrittenEpisode>,
    lines: File,
    _lock: File,
}

/// An episode that is on disk. Nothing else of it stays in memory, so memory does not grow with traces and verdicts.
struct WrittenEpisode {
    task: String,
    trial: u32,
    /// The byte range of its line.
    line: Range<u64>,
}

impl RunWriter {
    /// Begins a run in a new or empty folder.
    ///
    /// # Errors
    /// The folder holds something, or cannot be written.
    pub fn begin(path: &Path, run: Run) -> Result<RunWriter> {
        if path.join(RUN).exists() {
            return Err(user_error(format!(
                "{} holds a run: take it up again with --resume, or name another folder with --out",
                path.display()
            )));
        }
        let occupied = path
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some());
        if occupied {
            return Err(user_error(format!(
                "{} holds something other than a run: name a new or empty folder with --out",
                path.display()
            )));
        }
        RunWriter::open(path, run)
    }

    /// Resumes a run, or begins it if the folder has none.
    ///
    /// # Errors
    /// The existing run has other settings, or the folder cannot be written.
    pub fn resume(path: &Path, run: Run) -> Result<RunWriter> {
        if !path.join(RUN).exists() {
            return RunWriter::begin(path, run);
        }
        let known = RunFolder::read(path)?.run;
        let differing = known.settings.differences(&run.settings);
        anyhow::ensure!(
            differing.is_empty(),
            "{} is a run with other settings ({}): repeat its settings, or name another folder",
            path.display(),
            differing.join("; ")
        );
        anyhow::ensure!(
            known.hashes == run.hashes,
            "{} is a run with another world, suite, catalog or prompt of the same name: name another folder",
            path.display()
        );
        RunWriter::open(
            path,
            Run {
                started: known.started,
                ..run
            },
        )
    }

    fn open(path: &Path, run: Run) -> Result<RunWriter> {
        let traces = path.join(TRACES);
        std::fs::create_dir_all(&traces)
            .with_context(|| format!("cannot create {}", traces.display()))?;
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
        let mut written = Vec::new();
        let whole = each_episode(&file, |episode, line| {
            let EpisodeRecord { task, trial, .. } = episode;
            written.push(WrittenEpisode { task, trial, line });
        })?;
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
        let writer = RunWriter {
            path: path.to_owned(),
            run,
            written,
            lines,
            _lock: lock,
        };
        writer.write_run()?;
        Ok(writer)
    }

    fn write_run(&self) -> Result<()> {
        let text =
            serde_json::to_string_pretty(&self.run).context("a run cannot be written as JSON")?;
        write_atomically(&self.path.join(RUN), format!("{text}\n").as_bytes())
    }

    /// The number of finished episodes.
    pub fn len(&self) -> usize {
        self.written.len()
    }

    /// Whether no episode is finished.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// The task and trial of each finished episode.
    pub fn finished(&self) -> HashSet<(String, u32)> {
        let written = self.written.iter();
        written
            .map(|episode| (episode.task.clone(), episode.trial))
            .collect()
    }

    /// Writes a finished episode.
    ///
    /// # Errors
    /// The episode cannot be written, for example because the disk is full. Earlier episodes stay intact.
    pub fn keep(&mut self, finished: FinishedEpisode) -> Result<()> {
        let FinishedEpisode { record, trace } = finished;
        write_atomically(&self.path.join(&record.trace), to_jsonl(&trace).as_bytes())?;
        let line =
            serde_json::to_string(&record).context("an episode cannot be written as JSON")? + "\n";
        let whole = self.lines.stream_position()?;
        if let Err(error) = self.lines.write_all(line.as_bytes()) {
            // The next reader would drop half a line anyway.
            let _ = self.lines.set_len(whole);
            return Err(error)
                .with_context(|| format!("cannot write {}", self.path.join(EPISODES).display()));
        }
        let EpisodeRecord { task, trial, .. } = record;
        let line = whole..whole + line.len() as u64;
        self.written.push(WrittenEpisode { task, trial, line });
        Ok(())
    }

    /// Ends the run: sorts the episodes by `order`, which is that of the suite, and writes the totals.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn end(
        mut self,
        ended: String,
        order: impl Fn(&str, u32) -> (usize, u32),
    ) -> Result<FinishedRun> {
        self.written
            .sort_by_key(|episode| order(&episode.task, episode.trial));
        let path = self.path.join(EPISODES);
        let summary = write_by(&path, |out| self.copy_in_order(out))?;
        self.run.ended = Some(ended);
        self.run.outcomes = Some(summary.all.outcomes.clone());
        self.write_run()?;
        Ok(FinishedRun {
            path: self.path,
            run: self.run,
            summary,
        })
    }

    /// Writes the lines in order and adds them up.
    fn copy_in_order(&self, out: &mut dyn Write) -> std::io::Result<Summary> {
        let mut summary = Summary::default();
        let mut line = Vec::new();
        for episode in &self.written {
            line.resize((episode.line.end - episode.line.start) as usize, 0);
            self.lines.read_exact_at(&mut line, episode.line.start)?;
            let record: EpisodeRecord = serde_json::from_slice(&line)?;
            summary.add(&record);
            out.write_all(&line)?;
        }
        Ok(summary)
    }
}

/// The order of episodes in a suite: by task, then by trial.
pub fn in_order_of(suite: &Suite) -> impl Fn(&str, u32) -> (usize, u32) {
    let tasks = suite.tasks.iter().zip(0..);
    let places: HashMap<&str, usize> = tasks
        .map(|(task, place)| (task.id.as_str(), place))
        .collect();
    move |task, trial| (places.get(task).copied().unwrap_or(usize::MAX), trial)
}

/// A finished run.
pub struct FinishedRun {
    /// Its folder.
    pub path: PathBuf,
    /// What was run.
    pub run: Run,
    /// Its totals.
    pub summary: Summary,
}

/// Writes a file atomically.
///
/// # Errors
/// The file cannot be written. The message names it.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    write_by(path, |out| out.write_all(bytes))
}

/// Writes a file atomically, piece by piece.
fn write_by<T>(
    path: &Path,
    pieces: impl FnOnce(&mut dyn Write) -> std::io::Result<T>,
) -> Result<T> {
    let beside = path.with_extension("part");
    let write = || {
        let mut out = BufWriter::new(File::create(&beside)?);
        let written = pieces(&mut out)?;
        out.into_inner()?;
        std::fs::rename(&beside, path)?;
        Ok::<T, std::io::Error>(written)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
