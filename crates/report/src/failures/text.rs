//! The failures of a run as text: tables by class, domain and template, and what each class means.

use std::fmt::Write;

use comfy_table::Table;

use super::count::{ClassCount, ExampleEpisode, FailureGroup, FailureReport};

/// The failures of a run. At most `templates` rows of the table by template are shown. `run` is the run's name in the suggested next command.
pub fn to_text(report: &FailureReport, run: &str, templates: usize) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(report, run, templates, &mut text);
    text
}

fn write(
    report: &FailureReport,
    run: &str,
    templates: usize,
    text: &mut String,
) -> std::fmt::Result {
    if report.failed == 0 {
        return writeln!(text, "none of {} episodes failed", report.episodes);
    }
    writeln!(
        text,
        "{} of {} episodes failed: {} with harm, {} of them for good",
        report.failed, report.episodes, report.harm, report.for_good
    )?;
    writeln!(text, "\n{}", by_class(&report.classes))?;
    writeln!(
        text,
        "also: failed episodes of another class that have this one as a mark\n"
    )?;
    for count in &report.classes {
        let definition = count.class.definition();
        writeln!(text, "{}: {}", count.class.words(), definition.meaning)?;
        writeln!(text, "    example: {}", episode(&count.example))?;
    }
    writeln!(text, "\n{}", by_domain(&report.domains))?;
    let mut rows: Vec<(&str, &ClassCount)> = rows(&report.templates).collect();
    rows.sort_by_key(|(_, count)| count.cost());
    let hidden = rows.len().saturating_sub(templates);
    rows.truncate(templates);
    writeln!(text, "\n{}", by_template(&rows))?;
    if hidden > 0 {
        writeln!(text, "{hidden} more rows by template: --all shows them")?;
    }
    if let Some(count) = report.classes.first() {
        writeln!(
            text,
            "\nnext: breakroom show {run} {}",
            episode(&count.example)
        )?;
    }
    Ok(())
}

fn by_class(counts: &[ClassCount]) -> Table {
    let mut table = crate::table::new();
    table.set_header(["class", "failed", "harm", "for good", "also"]);
    for count in counts {
        table.add_row([
            count.class.words(),
            count.failed.to_string(),
            count.harm.to_string(),
            count.for_good.to_string(),
            count.marked.to_string(),
        ]);
    }
    table
}

fn by_domain(groups: &[FailureGroup]) -> Table {
    let mut table = crate::table::new();
    table.set_header(["domain", "class", "failed", "harm", "for good"]);
    for (domain, count) in rows(groups) {
        table.add_row([
            domain.to_owned(),
            count.class.words(),
            count.failed.to_string(),
            count.harm.to_string(),
            count.for_good.to_string(),
        ]);
    }
    table
}

/// A task's id is its template and a number, so the number is enough to name an example.
fn by_template(rows: &[(&str, &ClassCount)]) -> Table {
    let mut table = crate::table::new();
    table.set_header(["template", "class", "failed", "harm", "task"]);
    for (template, count) in rows {
        let example = episode(&count.example);
        let number = example
            .strip_prefix(template)
            .map_or(&*example, |rest| rest.trim_start_matches('.'));
        table.add_row([
            template,
            &*count.class.words(),
            &*count.failed.to_string(),
            &*count.harm.to_string(),
            number,
        ]);
    }
    table
}

fn rows(groups: &[FailureGroup]) -> impl Iterator<Item = (&str, &ClassCount)> {
    groups.iter().flat_map(|group| {
        let counts = group.classes.iter();
        counts.map(|count| (group.name.as_str(), count))
    })
}

/// An episode as `breakroom show` takes it.
fn episode(example: &ExampleEpisode) -> String {
    match example.trial {
        1 => example.task.clone(),
        trial => format!("{} --trial {trial}", example.task),
    }
}
