//! `tasks lint`: whether every task is sound.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use breakroom_tasks::lint;
use breakroom_tasks::suite::Suite;
use breakroom_tools::session::InitialState;
use clap::Args;
use serde_json::json;

use crate::progress::{Progress, step};
use crate::user_error::UserInput;

use super::{Which, templates};

/// Arguments of `tasks lint`.
#[derive(Args)]
pub struct Lint {
    #[command(flatten)]
    which: Which,
    /// Folder of templates whose tasks to check instead of a suite
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
    /// Seed of the tasks of --templates, a whole number
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Lint {
    pub(super) fn run(&self) -> Result<bool> {
        let (suite, start) = match &self.templates {
            None => self.which.source.open()?,
            Some(folder) => {
                let world = crate::world::open(self.which.source.world.as_deref())?;
                let templates = templates(Some(folder))?;
                let suite = step("drawing tasks", || {
                    Suite::generate("linted", &world, &templates, self.seed)
                })
                .user_input()?;
                (suite, InitialState::Native(world))
            }
        };
        let progress = Progress::new("tasks", suite.tasks.len(), 0);
        let findings = lint::lint(&suite, &start, |_| progress.advance(None))?;
        drop(progress);
        let mut out = std::io::stdout().lock();
        if self.which.json {
            let report =
                json!({ "format_version": 1, "suite": suite.header, "findings": findings });
            writeln!(out, "{report:#}")?;
            return Ok(findings.is_empty());
        }
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for task in &suite.tasks {
            counts.entry(&task.template).or_default().0 += 1;
        }
        for finding in &findings {
            counts.entry(&finding.template).or_default().1 += 1;
        }
        let mut table = breakroom_report::table::new();
        table.set_header(["template", "tasks", "findings"]);
        for (template, (tasks, found)) in counts {
            table.add_row([template, &tasks.to_string(), &found.to_string()]);
        }
        writeln!(out, "{table}")?;
        for finding in &findings {
            let place = finding.task.as_ref().unwrap_or(&finding.template);
            writeln!(out, "{}: {place}: {}", finding.rule, finding.message)?;
        }
        writeln!(
            out,
            "{} tasks, {} findings",
            suite.tasks.len(),
            findings.len()
        )?;
        Ok(findings.is_empty())
    }
}
