//! `breakroom runs`: the runs that are kept.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::user_error::user_error;
use breakroom_record::list::{RUNS, RunInfo, below};
use breakroom_record::record::FORMAT_VERSION;
use breakroom_report::runs::table;

/// Arguments of `runs`.
#[derive(Args)]
pub struct Command {
    /// Folders to search for runs, at any depth [default: runs/]
    folders: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Command {
    /// Lists runs, newest first.
    ///
    /// # Errors
    /// A folder that is named is not there, or standard output cannot be written.
    pub fn run(&self) -> Result<ExitCode> {
        let mut runs: Vec<RunInfo> = Vec::new();
        for folder in &self.folders {
            if !folder.is_dir() {
                let folder = folder.display();
                return Err(user_error(format!("there is no folder {folder}")));
            }
            runs.extend(below(folder));
        }
        if self.folders.is_empty() {
            runs.extend(below(Path::new(RUNS)));
        }
        let mut out = std::io::stdout().lock();
        if self.json {
            let document = json!({ "format_version": FORMAT_VERSION, "runs": runs });
            writeln!(out, "{document:#}")?;
        } else if runs.is_empty() {
            writeln!(out, "no runs yet: `breakroom run` makes the first")?;
        } else {
            writeln!(out, "{}", table(&runs))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
