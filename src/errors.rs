//! `breakroom errors`: why the episodes of a run failed.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::user_error::UserInput;
use breakroom_record::find;
use breakroom_record::record::FORMAT_VERSION;
use breakroom_report::failures::{ClassCount, FailureGroup, FailureReport, report};

/// How many lines of templates are printed without `--all`.
const TEMPLATES: usize = 20;

/// Arguments of `errors`.
#[derive(Args)]
pub struct Command {
    /// The run: its folder, or its name below runs/
    run: String,
    /// Every template, not only the costliest
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
    /// There is no such run, or it is damaged.
    pub fn run(&self) -> Result<ExitCode> {
        let folder = find::run(&self.run).user_input()?;
        let report = report(&folder.episodes);
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
                "not finished: {} of {} episodes are done",
                folder.episodes.len(),
                folder.run.episodes
            )?;
        }
        self.print(&report, &mut out)?;
        Ok(ExitCode::SUCCESS)
    }

    fn print(&self, report: &FailureReport, out: &mut impl Write) -> Result<()> {
        writeln!(out, "{}", summary(report))?;
        if report.failed == 0 {
            return Ok(());
        }
        let classes = report.classes.iter().map(|count| (None, count));
        writeln!(out, "\n{}", table("", classes))?;
        writeln!(out, "\n{}", table("domain", within(&report.domains)))?;
        let mut templates: Vec<_> = within(&report.templates).collect();
        templates.sort_by_key(|(_, count)| count.cost());
        let shown = if self.all {
            templates.len()
        } else {
            templates.len().min(TEMPLATES)
        };
        writeln!(
            out,
            "\n{}",
            table("template", templates[..shown].iter().copied())
        )?;
        if shown < templates.len() {
            writeln!(
                out,
                "{} more lines of templates: --all prints them",
                templates.len() - shown
            )?;
        }
        if let Some(count) = report.classes.first() {
            writeln!(
                out,
                "\nnext: breakroom show {} {}",
                self.run,
                example(count)
            )?;
        }
        Ok(())
    }
}

fn summary(report: &FailureReport) -> String {
    if report.failed == 0 {
        return format!("none of {} episodes failed", report.episodes);
    }
    format!(
        "{} of {} episodes failed: {} with harm, {} of them for good",
        report.failed, report.episodes, report.harm, report.for_good
    )
}

fn within(groups: &[FailureGroup]) -> impl Iterator<Item = (Option<&str>, &ClassCount)> {
    groups.iter().flat_map(|group| {
        let counts = group.classes.iter();
        counts.map(|count| (Some(group.name.as_str()), count))
    })
}

fn table<'a>(
    group: &str,
    counts: impl Iterator<Item = (Option<&'a str>, &'a ClassCount)>,
) -> comfy_table::Table {
    let mut table = breakroom_report::table::new();
    let mut header = vec!["class", "failed", "harm", "for good", "example"];
    if !group.is_empty() {
        header.insert(0, group);
    } else {
        header.insert(4, "also");
        header.push("what it means");
    }
    table.set_header(header);
    for (name, count) in counts {
        let mut row = vec![
            count.class.words(),
            count.failed.to_string(),
            count.harm.to_string(),
            count.for_good.to_string(),
            example(count),
        ];
        match name {
            Some(name) => row.insert(0, name.to_owned()),
            None => {
                row.insert(4, count.marked.to_string());
                row.push(count.class.definition().meaning.to_owned());
            }
        }
        table.add_row(row);
    }
    table
}

fn example(count: &ClassCount) -> String {
    let example = &count.example;
    match example.trial {
        1 => example.task.clone(),
        trial => format!("{} --trial {trial}", example.task),
    }
}
