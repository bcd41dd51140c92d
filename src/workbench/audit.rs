//! `breakroom workbench audit`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use breakroom_workbench::audit::agreement::UNCLASSED;
use breakroom_workbench::audit::classes::{Aspect, CLASSES, RulesYear};
use breakroom_workbench::audit::{AuditReport, audit};

use crate::user_error::UserInput;

/// Arguments of the command.
#[derive(clap::Args, Debug)]
pub struct Audit {
    /// The checkout: the folder that holds data/
    folder: PathBuf,
    /// Files of recorded runs to replay, .csv or .csv.gz [default: all]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    results: Vec<PathBuf>,
    /// File of known verdicts to compare with [default: the original's rules]
    #[arg(long, value_name = "FILE")]
    oracle: Option<PathBuf>,
    /// Print JSON, with every disagreement and every task
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print tables in Markdown
    #[arg(long)]
    markdown: bool,
}

impl Audit {
    /// Runs the command; false if a disagreement has no class.
    ///
    /// # Errors
    /// As [`audit`].
    pub fn run(&self) -> Result<bool> {
        let report = audit(&self.folder, &self.results, self.oracle.as_deref()).user_input()?;
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            for table in [
                agreement_table(&report),
                class_table(&report),
                findings_table(&report),
            ] {
                writeln!(out, "{}\n", self.shown(&table))?;
            }
            for it in report.unclassed() {
                let (column, native) = (heading(it.year, it.aspect), it.native);
                writeln!(
                    out,
                    "unclassed: {}: {}: {column}: native says {native}",
                    it.file, it.task
                )?;
            }
            writeln!(out, "{} unclassed", report.unclassed().count())?;
        }
        Ok(report.unclassed().next().is_none())
    }

    fn shown(&self, rows: &[Vec<String>]) -> String {
        let mut table = match self.markdown {
            true => breakroom_report::table::markdown(),
            false => breakroom_report::table::new(),
        };
        let mut rows = rows.iter();
        if let Some(header) = rows.next() {
            table.set_header(header);
        }
        for row in rows {
            table.add_row(row);
        }
        table.to_string()
    }
}

fn heading(year: RulesYear, aspect: Aspect) -> String {
    let year = match year {
        RulesYear::Y2024 => "2024",
        RulesYear::Y2026 => "2026",
    };
    let aspect = match aspect {
        Aspect::Correct => "correct",
        Aspect::SideEffects => "side effects",
    };
    format!("{aspect} {year}")
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn agreement_table(report: &AuditReport) -> Vec<Vec<String>> {
    let mut rows = vec![row(&["record", "agree", "of", "in per cent"])];
    for it in &report.agreement {
        let percent = 100.0 * it.agree as f64 / it.of.max(1) as f64;
        let (agree, of) = (it.agree.to_string(), it.of.to_string());
        rows.push(row(&[
            &heading(it.year, it.aspect),
            &agree,
            &of,
            &format!("{percent:.1}"),
        ]));
    }
    rows
}

fn class_table(report: &AuditReport) -> Vec<Vec<String>> {
    let headings = report
        .agreement
        .iter()
        .map(|it| heading(it.year, it.aspect));
    let last = "what it is".to_owned();
    let mut rows = vec![
        ["class".to_owned()]
            .into_iter()
            .chain(headings)
            .chain([last])
            .collect::<Vec<_>>(),
    ];
    let classes = CLASSES.iter().map(|class| (class.name, class.means));
    for (name, means) in classes.chain([(UNCLASSED, "no class has evidence")]) {
        let counts = report.agreement.iter();
        let counts = counts.map(|it| {
            it.classes
                .get(name)
                .copied()
                .unwrap_or_default()
                .to_string()
        });
        rows.push(
            [name.to_owned()]
                .into_iter()
                .chain(counts)
                .chain([means.to_owned()])
                .collect(),
        );
    }
    rows
}

fn findings_table(report: &AuditReport) -> Vec<Vec<String>> {
    let mut rows = vec![row(&["check", "found", "what it means", "tasks"])];
    for found in &report.findings {
        let named = found
            .tasks
            .iter()
            .take(6)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let more = if found.tasks.len() > 6 { ", …" } else { "" };
        rows.push(vec![
            found.check.clone(),
            found.count.to_string(),
            found.means.clone(),
            format!("{named}{more}"),
        ]);
    }
    rows
}
