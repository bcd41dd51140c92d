//! `breakroom workbench redrive`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use breakroom_workbench::redrive::{MatchCount, RedriveDifference, redrive, word};
use breakroom_workbench::replay::checkout_of;
use serde_json::json;

use crate::user_error::UserInput;

/// Arguments of the command.
#[derive(clap::Args, Debug)]
pub struct Redrive {
    /// The transcripts: a file with one JSON object per line
    file: PathBuf,
    /// The checkout that the transcripts were recorded in [default: the nearest folder above the file that holds data/]
    #[arg(long, value_name = "DIR")]
    checkout: Option<PathBuf>,
    /// File of known verdicts [default: verdicts.csv beside the transcripts, if it exists]
    #[arg(long, value_name = "FILE")]
    oracle: Option<PathBuf>,
    /// Print JSON, with every difference
    #[arg(long)]
    json: bool,
}

impl Redrive {
    /// Runs the command; false where a difference is not explained.
    ///
    /// # Errors
    /// As [`redrive`].
    pub fn run(&self) -> Result<bool> {
        let checkout = checkout_of(&self.file, self.checkout.as_deref()).user_input()?;
        let beside =
            || Some(self.file.with_file_name("verdicts.csv")).filter(|path| path.is_file());
        let oracle = self.oracle.clone().or_else(beside);
        let all = redrive(&self.file, &checkout, oracle.as_deref()).user_input()?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let mut report = json!({"format_version": 1});
            if let (Some(report), serde_json::Value::Object(fields)) =
                (report.as_object_mut(), serde_json::to_value(&all)?)
            {
                report.extend(fields);
            }
            writeln!(out, "{report:#}")?;
            return Ok(all.holds());
        }
        for RedriveDifference {
            place,
            what,
            explained,
        } in &all.differences
        {
            let because = if *explained {
                " (a better reading)"
            } else {
                ""
            };
            writeln!(out, "{place}: {what}{because}")?;
        }
        for (class, count) in &all.classes {
            writeln!(out, "step {}: {count}", word(class))?;
        }
        for (class, count) in &all.endings {
            writeln!(out, "last reply {}: {count}", word(class))?;
        }
        let MatchCount { same, of } = all.steps;
        writeln!(out, "steps same {same} of {of}")?;
        let MatchCount { same, of } = all.observations;
        writeln!(out, "observations same {same} of {of}")?;
        if let Some(MatchCount { same, of }) = all.verdicts {
            writeln!(out, "verdicts agree {same} of {of}")?;
        }
        Ok(all.holds())
    }
}
