//! `breakroom stats`: what the trials of a run say.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use crate::user_error::UserInput;
use breakroom_record::find;
use breakroom_report::statistics::to_text;

/// Arguments of `stats`.
#[derive(Args)]
pub struct Command {
    /// The run: a folder, a name below runs/, or `latest`
    run: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Command {
    /// Prints the statistics of a run.
    ///
    /// # Errors
    /// The run cannot be read, or every episode is a fault.
    pub fn run(&self) -> Result<ExitCode> {
        let folder = find::run(&self.run).user_input()?;
        let statistics = breakroom_record::statistics::of(&folder.episodes).with_context(|| {
            format!(
                "every episode of {} is a fault, so there are no statistics",
                self.run
            )
        })?;
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(
                out,
                "{:#}",
                json!({ "format_version": 1, "run": folder.run, "statistics": statistics })
            )?;
        } else {
            write!(out, "{}", to_text(&statistics))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
