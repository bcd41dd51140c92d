//! CSV with one row per episode.

use anyhow::{Context, Result};
use serde::Serialize;

use breakroom_record::folder::RunFolder;
use breakroom_record::record::EpisodeRecord;

/// A row; its fields are the columns.
#[derive(Serialize)]
struct EpisodeRow<'a> {
    task: &'a str,
    trial: u32,
    template: &'a str,
    domain: &'a str,
    outcome: &'static str,
    class: String,
    marks: String,
    ending: String,
    expected: usize,
    matched: usize,
    harm: usize,
    steps: usize,
    calls: usize,
    refused: usize,
    input_tokens: u64,
    cached_tokens: u64,
    output_tokens: u64,
    cost: Option<f64>,
    total_ms: f64,
    model_ms: f64,
    tools_ms: f64,
}

pub(super) fn write(folder: &RunFolder) -> Result<Vec<u8>> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for record in &folder.episodes {
        writer.serialize(row(record))?;
    }
    writer.into_inner().context("cannot write the table")
}

fn row(record: &EpisodeRecord) -> EpisodeRow<'_> {
    let marks: Vec<String> = record.marks.iter().map(|mark| mark.class.name()).collect();
    let ending = serde_json::to_value(record.ending.kind).unwrap_or_default();
    let (verdict, timings) = (&record.verdict, &record.timings);
    EpisodeRow {
        task: &record.task,
        trial: record.trial,
        template: &record.template,
        domain: record.domain(),
        outcome: record.outcome.name(),
        class: record.class.map(|class| class.name()).unwrap_or_default(),
        marks: marks.join(" "),
        ending: ending.as_str().unwrap_or_default().to_owned(),
        expected: verdict.expected,
        matched: verdict.matched,
        harm: verdict.rows.iter().filter(|row| row.is_harm()).count(),
        steps: record.steps,
        calls: record.calls,
        refused: record.refused,
        input_tokens: record.usage.input,
        cached_tokens: record.usage.cached,
        output_tokens: record.usage.output,
        cost: record.cost,
        total_ms: timings.total_ms,
        model_ms: timings.model_ms,
        tools_ms: timings.tools_ms,
    }
}
