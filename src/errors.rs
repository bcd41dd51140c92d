//! `breakroom errors`: why the episodes of a run failed.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use comfy_table::Table;
use serde_json::json;

use crate::choice::OnlyEpisodes;
use crate::user_error::UserInput;
use breakroom_record::filter::Filter;
use breakroom_record::find;
use breakroom_record::record::FORMAT_VERSION;
use breakroom_report::failures::{Count, Group, Report, report};
use breakroom_report::table::keep_whole;

/// How many lines of templates are printed without `--all`.
const TEMPLATES: usize = 20;

/// Arguments of `errors`.
#[derive(Args)]
pub struct Command {
    /// The run: a folder, a name below runs/, or `latest`
    run: String,
    #[command(flatten)]
    only: OnlyEpisodes,
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
        let mut folder = find::run(&self.run).user_input()?;
        let done = folder.episodes.len();
        self.only.apply(&mut folder);
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
        self.print(&report, &mut out)?;
        Ok(ExitCode::SUCCESS)
    }

    fn print(&self, report: &Report, out: &mut impl Write) -> Result<()> {
        writeln!(out, "{}", summary(report))?;
        if report.failed == 0 {
            return Ok(());
        }
        writeln!(out, "\n{}", classes(&report.classes))?;
        for count in &report.classes {
            let words = count.class.words();
            writeln!(out, "{words}: {}", count.class.entry().meaning)?;
        }
        writeln!(out, "\n{}", domains(within(&report.domains)))?;
        let mut templates: Vec<_> = within(&report.templates).collect();
        templates.sort_by_key(|(_, count)| count.cost());
        let shown = if self.all {
            templates.len()
        } else {
            templates.len().min(TEMPLATES)
        };
        writeln!(out, "\n{}", self::templates(&templates[..shown]))?;
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

fn summary(report: &Report) -> String {
    if report.failed == 0 {
        return format!("none of {} episodes failed", report.episodes);
    }
    format!(
        "{} of {} episodes failed: {} with harm, {} of them for good",
        report.failed, report.episodes, report.harm, report.for_good
    )
}

/// The lines of groups, each with its group's name.
fn within(groups: &[Group]) -> impl Iterator<Item = (&str, &Count)> {
    groups.iter().flat_map(|group| {
        let counts = group.classes.iter();
        counts.map(|count| (group.name.as_str(), count))
    })
}

fn classes(counts: &[Count]) -> Table {
    let mut table = breakroom_report::table::new();
    table.set_header(["class", "failed", "harm", "for good", "also", "example"]);
    for count in counts {
        let [class, failed, harm, for_good] = cells(count);
        let also = count.marked.to_string();
        table.add_row([class, failed, harm, for_good, also, example(count)]);
    }
    keep_whole(&mut table, 5);
    table
}

fn domains<'a>(counts: impl Iterator<Item = (&'a str, &'a Count)>) -> Table {
    let mut table = breakroom_report::table::new();
    table.set_header(["domain", "class", "failed", "harm", "for good"]);
    for (domain, count) in counts {
        let [class, failed, harm, for_good] = cells(count);
        table.add_row([domain.to_owned(), class, failed, harm, for_good]);
    }
    table
}

fn templates(counts: &[(&str, &Count)]) -> Table {
    let mut table = breakroom_report::table::new();
    table.set_header(["template", "class", "failed", "harm", "for good", "example"]);
    for (template, count) in counts {
        let [class, failed, harm, for_good] = cells(count);
        // A task's id is its template's and a number: the number is enough beside the template.
        let example = example(count);
        let example = example
            .strip_prefix(template)
            .unwrap_or(&example)
            .to_owned();
        table.add_row([
            (*template).to_owned(),
            class,
            failed,
            harm,
            for_good,
            example,
        ]);
    }
    keep_whole(&mut table, 0);
    table
}

fn cells(count: &Count) -> [String; 4] {
    [
        count.class.words(),
        count.failed.to_string(),
        count.harm.to_string(),
        count.for_good.to_string(),
    ]
}

fn example(count: &Count) -> String {
    let example = &count.example;
    match example.trial {
        1 => example.task.clone(),
        trial => format!("{} --trial {trial}", example.task),
    }
}
