//! `tasks list`, `show` and `stats`: looking at a suite.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use breakroom_sandbox::changes::RowChange;
use breakroom_tasks::judge::Judge;
use clap::Args;
use serde_json::json;

use crate::choice::{OnlyTasks, task_filter};
use crate::user_error::UserInput;
use breakroom_record::filter::Filter;

use super::{Which, find};

/// Arguments of `tasks list`.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    which: Which,
    /// Select tasks, as --only does
    #[arg(value_name = "FILTER", value_parser = task_filter)]
    filter: Option<Filter>,
    #[command(flatten)]
    only: OnlyTasks,
}

/// Arguments of `tasks show`.
#[derive(Args)]
pub struct Show {
    /// The task's id
    id: String,
    #[command(flatten)]
    which: Which,
}

impl List {
    pub(super) fn run(&self) -> Result<()> {
        let (suite, _) = self.which.source.open()?;
        let tasks = suite.tasks.iter().filter(|task| {
            let filter = self.filter.as_ref();
            filter.is_none_or(|filter| filter.has_task(task)) && self.only.has(task)
        });
        let mut out = std::io::stdout().lock();
        if self.which.json {
            let list: Vec<_> = tasks
                .map(|task| json!({ "id": task.id, "template": task.template, "prompt": task.prompt, "domains": task.domains, "tags": task.tags, "difficulty": task.difficulty }))
                .collect();
            return Ok(writeln!(
                out,
                "{:#}",
                json!({ "format_version": 1, "suite": suite.header, "tasks": list })
            )?);
        }
        for task in tasks {
            writeln!(out, "{}  {}", task.id, task.prompt)?;
        }
        Ok(())
    }
}

impl Show {
    pub(super) fn run(&self) -> Result<()> {
        let (suite, start) = self.which.source.open()?;
        let task = find(&suite, &self.id)?;
        let judge = Judge::new(&start, task).user_input()?;
        let mut out = std::io::stdout().lock();
        if self.which.json {
            let changes: Vec<Vec<_>> = judge
                .expected()
                .iter()
                .map(|changes| changes.iter().map(RowChange::to_json).collect())
                .collect();
            return Ok(writeln!(
                out,
                "{:#}",
                json!({ "format_version": 1, "task": task, "changes": changes })
            )?);
        }
        writeln!(out, "{}\n\n{}\n", task.id, task.prompt)?;
        for (name, value) in &task.parameters {
            writeln!(out, "  {name}: {value}")?;
        }
        for (outcome, changes) in task.outcomes.iter().zip(judge.expected()) {
            match &outcome.why {
                None => writeln!(out, "\nexpected")?,
                Some(why) => writeln!(out, "\nright too: {why}")?,
            }
            if outcome.groups.is_empty() {
                writeln!(out, "  nothing is changed")?;
            }
            for (calls, group) in outcome.groups.iter().zip(1..) {
                for call in calls {
                    writeln!(out, "  {group}. {} {}", call.tool, call.arguments)?;
                }
            }
            for change in changes {
                writeln!(out, "  -> {}", change.to_json())?;
            }
        }
        if let Some(answer) = &task.answer {
            writeln!(out, "\nanswer {}", json!(answer))?;
        }
        let difficulty = task.difficulty;
        writeln!(
            out,
            "\ndatabases {}, writes {}, reads at least {}",
            difficulty.databases, difficulty.writes, difficulty.reads
        )?;
        Ok(())
    }
}

/// Counts of one template's tasks.
#[derive(Default, serde::Serialize)]
struct Count {
    tasks: usize,
    nothing: usize,
    writes: usize,
    most_writes: usize,
    accepted: usize,
    reads: usize,
}

pub(super) fn stats(which: &Which) -> Result<()> {
    let (suite, _) = which.source.open()?;
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for task in &suite.tasks {
        for name in [task.template.as_str(), "~ all"] {
            let count = counts.entry(name).or_default();
            count.tasks += 1;
            count.nothing += usize::from(task.expects_no_change());
            count.writes += task.difficulty.writes;
            count.most_writes = count.most_writes.max(task.difficulty.writes);
            count.accepted += usize::from(task.outcomes.len() > 1);
            count.reads = count.reads.max(task.difficulty.reads);
        }
    }
    let mut out = std::io::stdout().lock();
    if which.json {
        return Ok(writeln!(
            out,
            "{:#}",
            json!({ "format_version": 1, "suite": suite.header, "templates": counts })
        )?);
    }
    let mut table = breakroom_report::table::new();
    table.set_header([
        "template",
        "tasks",
        "change nothing",
        "writes",
        "most writes",
        "more readings",
        "reads at least",
    ]);
    for (name, count) in counts {
        table.add_row([
            name.trim_start_matches("~ ").to_owned(),
            count.tasks.to_string(),
            count.nothing.to_string(),
            count.writes.to_string(),
            count.most_writes.to_string(),
            count.accepted.to_string(),
            count.reads.to_string(),
        ]);
    }
    Ok(writeln!(out, "{table}")?)
}
