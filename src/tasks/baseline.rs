//! `tasks baseline`: what the simplest agents come to.

use std::io::Write;

use anyhow::Result;
use breakroom_tasks::{baseline, verdict};
use clap::Args;
use serde_json::json;

use crate::progress::step;
use crate::user_error::UserInput;

use super::Which;

/// Arguments of `tasks baseline`.
#[derive(Args)]
pub struct Baseline {
    #[command(flatten)]
    which: Which,
    /// The rules that decide the outcome of an episode
    #[arg(long, value_enum, default_value = "native")]
    rules: Rules,
    /// Seed of the random agent, a whole number
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The rules that decide an outcome.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Rules {
    /// Compare changes, in any order
    Native,
    /// The original's rules of 2024, for the dialect workbench
    #[value(name = "workbench-2024")]
    Workbench2024,
    /// The original's rules of 2026, for the dialect workbench
    #[value(name = "workbench-2026")]
    Workbench2026,
}

impl From<Rules> for verdict::ScoringRules {
    fn from(rules: Rules) -> verdict::ScoringRules {
        match rules {
            Rules::Native => verdict::ScoringRules::Native,
            Rules::Workbench2024 => verdict::ScoringRules::Workbench2024,
            Rules::Workbench2026 => verdict::ScoringRules::Workbench2026,
        }
    }
}

impl Baseline {
    /// False where the oracle is not right everywhere, or nothing is right elsewhere than it should be.
    pub(super) fn run(&self) -> Result<bool> {
        let (suite, start) = self.which.source.open()?;
        let report = step("playing the suite", || {
            baseline::measure(&suite, &start, self.rules.into(), self.seed)
        })
        .user_input()?;
        let mut out = std::io::stdout().lock();
        if self.which.json {
            let report = json!({ "format_version": 1, "suite": suite.header, "rules": verdict::ScoringRules::from(self.rules), "baseline": report });
            writeln!(out, "{report:#}")?;
            return Ok(report["baseline"]["sound"] == true);
        }
        let mut table = breakroom_report::table::new();
        table.set_header(
            ["agent"]
                .into_iter()
                .chain(verdict::Outcome::ALL.map(verdict::Outcome::name)),
        );
        for (agent, counts) in &report.agents {
            let counts = verdict::Outcome::ALL.map(|outcome| {
                counts
                    .get(&outcome)
                    .copied()
                    .unwrap_or_default()
                    .to_string()
            });
            table.add_row([agent.clone()].into_iter().chain(counts));
        }
        writeln!(out, "{table}")?;
        writeln!(
            out,
            "{} of {} tasks ask for nothing",
            report.ask_for_nothing,
            suite.tasks.len()
        )?;
        for line in &report.unsound {
            writeln!(out, "{line}")?;
        }
        Ok(report.sound)
    }
}
