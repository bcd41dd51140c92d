//! Replays the calls of recorded transcripts.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use breakroom_tools::workbench::checkout::read_office;
use serde_json::Value as Json;

/// The result of a replay.
pub struct ReplayReport {
    /// The number of observations that were compared.
    pub compared: usize,
    /// A line for each observation that differs.
    pub differences: Vec<String>,
}

/// Replays every transcript from a fresh office. Steps with unknown tools are skipped.
///
/// # Errors
/// A file cannot be read, or a line is not a transcript.
pub fn replay(file: &Path, checkout: &Path) -> Result<ReplayReport> {
    let start = read_office(checkout)?;
    let mut replayed = ReplayReport {
        compared: 0,
        differences: Vec::new(),
    };
    let lines =
        std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    for (index, line) in BufReader::new(lines).lines().enumerate() {
        let place = || format!("{}:{}", file.display(), index + 1);
        let transcript: Json = serde_json::from_str(&line?).with_context(place)?;
        let mut office = start.clone();
        let steps = transcript["steps"]
            .as_array()
            .with_context(|| format!("{} has no steps", place()))?;
        for (step, recorded) in steps.iter().enumerate() {
            let tool = recorded["tool"].as_str().unwrap_or_default();
            let Some(result) = office.call(tool, &recorded["arguments"]) else {
                continue;
            };
            replayed.compared += 1;
            let expected = &recorded["observation"];
            if !result.as_ref().is_ok_and(|found| equal(found, expected)) {
                let found = result.map_or_else(|_| "raises".to_owned(), |found| found.to_string());
                replayed.differences.push(format!(
                    "{} step {}: {tool}: {found}, recorded {expected}",
                    place(),
                    step + 1
                ));
            }
        }
    }
    Ok(replayed)
}

/// The checkout that was named, or else the nearest parent folder of the file that is one.
pub fn checkout_of(file: &Path, named: Option<&Path>) -> Result<PathBuf> {
    let above = || {
        file.ancestors()
            .find(|folder| folder.join("data/processed").is_dir())
    };
    named.or_else(above).map(Path::to_owned).context(
        "no parent folder of the file contains data/processed: name a checkout with --checkout",
    )
}

/// Equality of JSON that compares numbers by value.
pub(crate) fn equal(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => left.as_f64() == right.as_f64(),
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| equal(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, value)| right.get(name).is_some_and(|other| equal(value, other)))
        }
        _ => left == right,
    }
}
