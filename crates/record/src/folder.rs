//! A run as it lies in its folder, for those who read it.

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
        let version: VersionHeader = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged", file.display()))?;
        anyhow::ensure!(
            version.format_version == FORMAT_VERSION,
            "{} has format version {}: this program reads {FORMAT_VERSION}",
            file.display(),
            version.format_version
        );
        let run: Run = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged", file.display()))?;
        let mut episodes = Vec::new();
        each_episode(&path.join(EPISODES), |episode, _| episodes.push(episode))?;
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
    pub fn trace(&self, record: &EpisodeRecord) -> Result<Vec<TraceEvent>> {
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
struct VersionHeader {
    format_version: u32,
}

/// Reads the whole lines of a file of episodes, each with the bytes that it takes, and says how many bytes they are in all.
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
        // The end, or a line that a kill cut short.
        let Some((b'\n', text)) = line.split_last() else {
            break;
        };
        let end = start + line.len() as u64;
        if !text.is_empty() {
            let episode = serde_json::from_slice(text)
                .with_context(|| format!("{}:{number} is no episode", path.display()))?;
            take(episode, start..end);
        }
        start = end;
    }
    Ok(start)
}
