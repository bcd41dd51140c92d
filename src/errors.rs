//! `breakroom errors`: why the episodes of a run failed.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::choice::OnlyEpisodes;
use crate::user_error::UserInput;
use breakroom_record::filter::Filter;
use breakroom_record::find;
use breakroom_record::record::FORMAT_VERSION;
use breakroom_report::failures::{count_failures, to_text};

/// How many rows by template are printed without `--all`.
const TEMPLATES: usize = 20;

/// Arguments of `errors`.
#[derive(Args)]
pub struct Command {
    /// The run: its folder, or its name below runs/
    run: String,
    #[command(flatten)]
    only: OnlyEpisodes,
    /// Print every template, not only those with the costliest failures
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Command {
    /// Prints the failures of a run by class, domain and template, the costliest first.
    ///
    /// # Errors
    /// The run does not exist, or it is damaged.
    pub fn run(&self) -> Result<ExitCode> {
        let mut folder = find::run(&self.run).user_input()?;
        let done = folder.episodes.len();
        self.only.apply(&mut folder);
        let report = count_failures(&folder.episodes);
        let mut out = std::io::stdout().lock();
        if self.json {
            let mut document = json!({ "format_version": FORMAT_VERSION, "folder": folder.path });
            if let (Some(into), serde_json::Value::Object(fields)) =
                (document.as_object_mut(), json!(report))
            {
                into.extend(fields);
            }
            writeln!(out, "{document:#}")?;
            return Ok(ExitCode::SUCCESS);
        }
        writeln!(out, "{}", folder.run.settings.title())?;
        if folder.run.ended.is_none() {
            writeln!(
                out,
                "not finished: {} of {} episodes are finished",
                done, folder.run.episodes
            )?;
        }
        if let Some(only) = Filter::join(&self.only.filters) {
            writeln!(
                out,
                "only {only}: {} of {done} episodes",
                folder.episodes.len()
            )?;
        }
        let templates = if self.all { usize::MAX } else { TEMPLATES };
        write!(out, "{}", to_text(&report, &self.run, templates))?;
        Ok(ExitCode::SUCCESS)
    }
}
