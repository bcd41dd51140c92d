//! `breakroom workbench score`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use breakroom_tools::workbench::checkout::Checkout;
use breakroom_workbench::score::{
    RulesChoice, compare, count, native, original, score, table, write_csv,
};
use serde_json::json;

use crate::user_error::UserInput;

/// Arguments of the command.
#[derive(clap::Args, Debug)]
pub struct Score {
    /// The checkout: the folder that holds data/
    folder: PathBuf,
    /// Files of recorded runs to score, .csv or .csv.gz; a file's domain is the name of its folder [default: all]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    results: Vec<PathBuf>,
    /// File of known verdicts to compare with; exits with code 1 unless all agree
    #[arg(long)]
    oracle: Option<PathBuf>,
    /// Write the verdicts to this file, in the columns of --oracle
    #[arg(long)]
    csv: Option<PathBuf>,
    /// The rules to count by: native, 2024, 2026 or all
    #[arg(long, value_name = "RULES", default_value = "2024")]
    rules: RulesChoice,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Score {
    /// Runs the command; false where an oracle disagrees.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn run(&self) -> Result<bool> {
        let checkout = Checkout::read(&self.folder, &self.results).user_input()?;
        let scored = score(&checkout)?;
        if let Some(path) = &self.csv {
            write_csv(&scored, path).user_input()?;
        }
        let compared = self
            .oracle
            .as_deref()
            .map(|path| compare(&scored, path))
            .transpose()
            .user_input()?;
        let mut totals = BTreeMap::new();
        for rules in self.rules.list() {
            let judged = match rules {
                RulesChoice::Native => native(&checkout)?,
                rules => scored.iter().map(|run| original(run, rules)).collect(),
            };
            count(&scored, &judged, rules, &mut totals);
        }
        let mut out = std::io::stdout().lock();
        if self.json {
            let scores: Vec<_> = totals
                .iter()
                .map(|((agent, domain, rules), total)| json!({"agent": agent, "domain": domain, "rules": rules.name(), "totals": total}))
                .collect();
            let oracle = compared
                .as_ref()
                .map(|(agreed, lines)| json!({"agree": agreed, "of": scored.len(), "disagreements": lines}));
            writeln!(
                out,
                "{:#}",
                json!({"format_version": 1, "scores": scores, "oracle": oracle})
            )?;
        } else {
            writeln!(out, "{}", table(&totals))?;
            if let Some((agreed, disagreements)) = &compared {
                for line in disagreements {
                    writeln!(out, "{line}")?;
                }
                writeln!(out, "agree {agreed} of {}", scored.len())?;
            }
        }
        Ok(compared.is_none_or(|(_, disagreements)| disagreements.is_empty()))
    }
}
