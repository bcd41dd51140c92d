//! A run's folder, for the one process that writes it. An episode is there whole or not at all: its trace is written beside and renamed, and
//! only then its line is appended; a line that a kill cut short is dropped when the run is taken up again.

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

const TRACES: &str = "traces";
const LOCK: &str = "run.lock";

/// A finished episode.
pub struct FinishedEpisode {
    /// Its line.
    pub record: EpisodeRecord,
    /// Its trace.
    pub trace: Vec<TraceEvent>,
}

/// A run that is being written. No other process writes to its folder meanwhile.
pub struct RunWriter {
    path: PathBuf,
    run: Run,
    kept: Vec<WrittenEpisode>,
    lines: File,
    _lock: File,
}

/// An episode that is on disk. Nothing else of it stays in memory, however long a run is.
struct WrittenEpisode {
    task: String,
    trial: u32,
    /// The bytes of its line.
    line: Range<u64>,
}

impl RunWriter {
    /// Begins a run in a new or empty folder.
    ///
    /// # Errors
    /// The folder holds something, or cannot be written.
    pub fn begin(path: &Path, run: Run) -> Result<RunWriter> {
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
        RunWriter::open(path, run)
    }

    /// Takes up a run again, or begins it where there is none.
    ///
    /// # Errors
    /// The run there has other settings, or the folder cannot be written.
    pub fn resume(path: &Path, run: Run) -> Result<RunWriter> {
        if !path.join(RUN).exists() {
            return RunWriter::begin(path, run);
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
        let mut kept = Vec::new();
        let whole = each_episode(&file, |episode, line| {
            let EpisodeRecord { task, trial, .. } = episode;
            kept.push(WrittenEpisode { task, trial, line });
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
            kept,
            lines,
            _lock: lock,
        };
        writer.write_run()?;
        Ok(writer)
    }

    fn write_run(&self) -> Result<()> {
        let text =
            serde_json::to_string_pretty(&self.run).context("a run cannot be written as JSON")?;
        write_whole(&self.path.join(RUN), format!("{text}\n").as_bytes())
    }

    /// How many episodes are finished.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Task ids and trials that are finished.
    pub fn finished(&self) -> HashSet<(String, u32)> {
        let kept = self.kept.iter();
        kept.map(|kept| (kept.task.clone(), kept.trial)).collect()
    }

    /// Keeps a finished episode.
    ///
    /// # Errors
    /// The disk is full, or the folder cannot be written any more. What was kept before stays whole.
    pub fn keep(&mut self, finished: FinishedEpisode) -> Result<()> {
        let FinishedEpisode { record, trace } = finished;
        write_whole(&self.path.join(&record.trace), to_jsonl(&trace).as_bytes())?;
        let line =
            serde_json::to_string(&record).context("an episode cannot be written as JSON")? + "\n";
        let whole = self.lines.stream_position()?;
        if let Err(error) = self.lines.write_all(line.as_bytes()) {
            // Half a line would be dropped by the next reader; better that it is gone now.
            let _ = self.lines.set_len(whole);
            return Err(error)
                .with_context(|| format!("cannot write {}", self.path.join(EPISODES).display()));
        }
        let EpisodeRecord { task, trial, .. } = record;
        let line = whole..whole + line.len() as u64;
        self.kept.push(WrittenEpisode { task, trial, line });
        Ok(())
    }

    /// Ends the run: episodes in the order that tasks and trials are given, which is that of the suite, and what they came to.
    ///
    /// # Errors
    /// The folder cannot be written any more.
    pub fn end(
        mut self,
        ended: String,
        order: impl Fn(&str, u32) -> (usize, u32),
    ) -> Result<FinishedRun> {
        self.kept.sort_by_key(|kept| order(&kept.task, kept.trial));
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

    /// Writes the lines in order, and sums them up.
    fn copy_in_order(&self, out: &mut dyn Write) -> std::io::Result<Summary> {
        let mut summary = Summary::default();
        let mut line = Vec::new();
        for kept in &self.kept {
            line.resize((kept.line.end - kept.line.start) as usize, 0);
            self.lines.read_exact_at(&mut line, kept.line.start)?;
            let record: EpisodeRecord = serde_json::from_slice(&line)?;
            summary.add(&record);
            out.write_all(&line)?;
        }
        Ok(summary)
    }
}

/// The order of a suite, trial by trial.
pub fn in_order_of(suite: &Suite) -> impl Fn(&str, u32) -> (usize, u32) {
    let tasks = suite.tasks.iter().zip(0..);
    let places: HashMap<&str, usize> = tasks
        .map(|(task, place)| (task.id.as_str(), place))
        .collect();
    move |task, trial| (places.get(task).copied().unwrap_or(usize::MAX), trial)
}

/// A run that has ended.
pub struct FinishedRun {
    /// Its folder.
    pub path: PathBuf,
    /// What was run.
    pub run: Run,
    /// What it came to.
    pub summary: Summary,
}

/// Writes a file whole or not at all.
///
/// # Errors
/// Names the file that cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_by(path, |out| out.write_all(bytes))
}

/// Writes a file whole or not at all, piece by piece.
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
