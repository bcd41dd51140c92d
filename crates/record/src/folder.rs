//! Reads a run from its folder.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::record::{EpisodeRecord, FORMAT_VERSION, Run};
use crate::trace::TraceEvent;

/// The file that makes a folder a run.
pub const RUN: &str = "run.json";
pub(super) const EPISODES: &str = "episodes.jsonl";

/// A run that was read from its folder.
#[derive(Debug)]
pub struct RunFolder {
    /// The folder.
    pub path: PathBuf,
    /// What was run.
    pub run: Run,
    /// The episodes that are finished.
    pub episodes: Vec<EpisodeRecord>,
}

impl RunFolder {
    /// Reads a run. An unfinished last line is ignored.
    ///
    /// # Errors
    /// A file is missing or malformed. The message names the file and, if it has lines, the line.
    pub fn read(path: &Path) -> Result<RunFolder> {
        let run = RunFolder::read_run(path)?;
        let mut episodes = Vec::new();
        each_episode(&path.join(EPISODES), |episode, _| episodes.push(episode))?;
        Ok(RunFolder {
            path: path.to_owned(),
            run,
            episodes,
        })
    }

    /// Reads what was run, without its episodes.
    ///
    /// # Errors
    /// The file is missing, malformed, or of another version.
    pub fn read_run(path: &Path) -> Result<Run> {
        let file = path.join(RUN);
        let text = std::fs::read_to_string(&file).with_context(|| {
            format!(
                "{} holds no run: there is no {RUN} that can be read",
                path.display()
            )
        })?;
        let version: VersionHeader = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged", file.display()))?;
        anyhow::ensure!(
            version.format_version == FORMAT_VERSION,
            "{} has format version {}: this program reads {FORMAT_VERSION}",
            file.display(),
            version.format_version
        );
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", file.display()))
    }

    /// The trace of an episode.
    ///
    /// # Errors
    /// The trace is missing or malformed. The message names the line.
    pub fn trace(&self, record: &EpisodeRecord) -> Result<Vec<TraceEvent>> {
        let path = self.path.join(&record.trace);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let lines = text.lines().zip(1..);
        lines
            .map(|(line, number)| {
                serde_json::from_str(line).with_context(|| {
                    format!("{}:{number} is not an event of a trace", path.display())
                })
            })
            .collect()
    }
}

#[derive(serde::Deserialize)]
struct VersionHeader {
    format_version: u32,
}

/// Reads the complete lines of `episodes.jsonl`, each with its byte range, and returns the length of all of them in bytes.
pub(super) fn each_episode(
    path: &Path,
    mut take: impl FnMut(EpisodeRecord, Range<u64>),
) -> Result<u64> {
    let cannot = || format!("cannot read {}", path.display());
    let mut lines = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error).with_context(cannot),
    };
    let (mut line, mut start) = (Vec::new(), 0);
    for number in 1.. {
        line.clear();
        lines.read_until(b'\n', &mut line).with_context(cannot)?;
        // The end of the file, or a line that was cut short when the process was killed.
        let Some((b'\n', text)) = line.split_last() else {
            break;
        };
        let end = start + line.len() as u64;
        if !text.is_empty() {
            let episode = serde_json::from_slice(text)
                .with_context(|| format!("{}:{number} is not an episode", path.display()))?;
            take(episode, start..end);
        }
        start = end;
    }
    Ok(start)
}
