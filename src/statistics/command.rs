//! `breakroom stats`: what the trials of a run say.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use breakroom_tasks::verdict::Outcome;
use clap::Args;
use serde_json::json;

use super::Statistics;
use crate::run::folder::RunFolder;

/// How many coin tosses are listed.
const LISTED: usize = 20;

/// Arguments of `stats`.
#[derive(Args)]
pub struct Command {
    /// The run's folder
    run: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Command {
    /// Prints the statistics of a run.
    ///
    /// # Errors
    /// A run that cannot be read, or that has nothing but faults.
    pub fn run(&self) -> Result<ExitCode> {
        let folder = RunFolder::read(&self.run)?;
        let statistics = super::of(&folder.episodes)
            .with_context(|| format!("{} has no episode that is no fault", self.run.display()))?;
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(
                out,
                "{:#}",
                json!({ "format_version": 1, "run": folder.run, "statistics": statistics })
            )?;
        } else {
            write!(out, "{}", words(&statistics))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The statistics in words and tables.
pub fn words(statistics: &Statistics) -> String {
    let mut text = format!("{:.1} % right", 100.0 * statistics.mean);
    // Writing to a text cannot fail.
    if let Some([low, high]) = statistics.interval {
        let _ = write!(
            text,
            " (95 % interval {:.1} to {:.1}, by template)",
            100.0 * low,
            100.0 * high
        );
    }
    let _ = writeln!(
        text,
        ", {} tasks, at least {} trials each",
        statistics.tasks, statistics.trials
    );
    if statistics.trials > 1 {
        let mut table = crate::table::new();
        table.set_header(["k", "pass@k: one of k", "pass^k: all of k"]);
        for (place, (at, all)) in statistics
            .pass_at
            .iter()
            .zip(&statistics.pass_all)
            .enumerate()
        {
            table.add_row([
                (place + 1).to_string(),
                format!("{:.1} %", 100.0 * at),
                format!("{:.1} %", 100.0 * all),
            ]);
        }
        let _ = writeln!(text, "\n{table}");
    }
    if !statistics.tosses.is_empty() {
        let mut table = crate::table::new();
        let outcomes = Outcome::ALL.map(|outcome| outcome.label());
        table.set_header(
            ["coin toss", "bits"]
                .map(str::to_owned)
                .into_iter()
                .chain(outcomes),
        );
        for toss in statistics.tosses.iter().take(LISTED) {
            let counts = Outcome::ALL.map(|outcome| {
                toss.outcomes
                    .get(&outcome)
                    .copied()
                    .unwrap_or_default()
                    .to_string()
            });
            table.add_row(
                [toss.task.clone(), format!("{:.2}", toss.entropy)]
                    .into_iter()
                    .chain(counts),
            );
        }
        let _ = writeln!(text, "\n{table}");
        if statistics.tosses.len() > LISTED {
            let _ = writeln!(text, "and {} more", statistics.tosses.len() - LISTED);
        }
    }
    text
}
