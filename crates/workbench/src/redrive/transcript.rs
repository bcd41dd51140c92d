//! Recorded runs: the format of `transcripts.jsonl`.

use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value as Json;

/// A recorded run.
#[derive(Debug, Deserialize)]
pub struct Transcript {
    /// `domain/file name` of the results that it belongs to.
    pub file: String,
    /// The prompt.
    pub query: String,
    /// The replies in which the original found calls, in order.
    pub steps: Vec<RecordedStep>,
    /// What the original took for the answer: often a whole reply in which it found no action.
    #[serde(default)]
    pub final_answer: Json,
    /// The error that ended the run, if there was one.
    #[serde(default)]
    pub error: String,
}

/// A reply, and what the original read in it.
#[derive(Debug, Deserialize)]
pub struct RecordedStep {
    /// What the model wrote.
    pub model_text: String,
    /// The tool that the original read.
    pub tool: String,
    /// The arguments that the original read.
    pub arguments: Json,
    /// The tool's result.
    pub observation: Json,
}

impl Transcript {
    /// The domain whose tasks it belongs to.
    pub fn domain(&self) -> &str {
        self.file.split('/').next().unwrap_or_default()
    }
}

/// Reads a file of transcripts, one JSON object per line.
///
/// # Errors
/// The file cannot be read. An item is an error if its line is not a transcript.
pub fn read(file: &Path) -> Result<impl Iterator<Item = Result<Transcript>>> {
    let name = file.display().to_string();
    let lines = std::fs::File::open(file).with_context(|| format!("cannot read {name}"))?;
    Ok(BufReader::new(lines)
        .lines()
        .enumerate()
        .map(move |(index, line)| {
            serde_json::from_str(&line?).with_context(|| format!("{name}:{}", index + 1))
        }))
}
