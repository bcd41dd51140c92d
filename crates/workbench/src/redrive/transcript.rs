//! A recorded run: the wire form of `transcripts.jsonl`.

use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value as Json;

/// A run.
#[derive(Debug, Deserialize)]
pub struct Transcript {
    /// `domain/file name` of the results that it belongs to.
    pub file: String,
    /// The prompt.
    pub query: String,
    /// The replies that were read as calls, in order.
    pub steps: Vec<RecordedStep>,
    /// What the original took for the answer: often the whole of a reply in which it found no action.
    #[serde(default)]
    pub final_answer: Json,
    /// What broke the run off, if anything did.
    #[serde(default)]
    pub error: String,
}

/// A reply and what the original made of it.
#[derive(Debug, Deserialize)]
pub struct RecordedStep {
    /// What the model wrote.
    pub model_text: String,
    /// The tool that was read from it.
    pub tool: String,
    /// Its arguments.
    pub arguments: Json,
    /// What the tool said.
    pub observation: Json,
}

impl Transcript {
    /// The domain whose tasks it belongs to.
    pub fn domain(&self) -> &str {
        self.file.split('/').next().unwrap_or_default()
    }
}

/// Reads a file of transcripts, one JSON object a line, one at a time.
///
/// # Errors
/// The file cannot be read; an item is an error where its line is no transcript.
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
