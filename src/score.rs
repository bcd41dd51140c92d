//! `breakroom workbench score`: recorded runs of a WorkBench checkout, scored by the original's rules.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use breakroom_tools::workbench::checkout::Checkout;
use breakroom_tools::workbench::rules::{self, Verdict};
use serde_json::json;

/// The rules to score by.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Rules {
    /// Rows in order, with their labels; broken calls are skipped.
    #[value(name = "2024")]
    Year2024,
    /// Rows in any order; a broken call makes the run incorrect.
    #[value(name = "2026")]
    Year2026,
}

/// Arguments of the command.
#[derive(clap::Args, Debug)]
pub struct Score {
    /// A WorkBench checkout: the folder that holds `data/`.
    folder: PathBuf,
    /// Score only these files of recorded runs, `.csv` or `.csv.gz`; a file's domain is the name of its folder.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    results: Vec<PathBuf>,
    /// Compare with a file of known verdicts; exit 1 unless all agree.
    #[arg(long)]
    oracle: Option<PathBuf>,
    /// Write one line per recorded run, in the columns of such a file.
    #[arg(long)]
    csv: Option<PathBuf>,
    /// The rules to count by.
    #[arg(long, value_enum, default_value = "2024")]
    rules: Rules,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// A recorded run's file, prompt and verdict.
pub struct Scored {
    /// `domain/file name`.
    pub file: String,
    /// The prompt.
    pub query: String,
    /// What it came to.
    pub verdict: Verdict,
}

/// Scores every recorded run of a checkout.
///
/// # Errors
/// A run whose prompt no task has.
pub fn score(checkout: &Checkout) -> Result<Vec<Scored>> {
    let mut scored = Vec::new();
    for results in &checkout.results {
        let domain = results.file.split('/').next().unwrap_or_default();
        for run in &results.runs {
            let task = checkout.tasks.get(&(
                results.version.clone(),
                domain.to_owned(),
                run.query.clone(),
            ));
            let task = task.with_context(|| {
                format!("{}: no task has the prompt {:?}", results.file, run.query)
            })?;
            let verdict = rules::judge(&checkout.office, task, run);
            scored.push(Scored {
                file: results.file.clone(),
                query: run.query.clone(),
                verdict,
            });
        }
    }
    Ok(scored)
}

/// Compares verdicts with a file of known ones; returns those that agree in every column and a line per disagreement.
///
/// # Errors
/// As [`differing_columns`].
pub fn compare(scored: &[Scored], oracle: &std::path::Path) -> Result<(usize, Vec<String>)> {
    let differing = differing_columns(scored, oracle)?;
    let disagreements: Vec<String> = scored
        .iter()
        .zip(differing)
        .filter(|(_, columns)| !columns.is_empty())
        .map(|(run, columns)| format!("{}: {}: {}", run.file, run.query, columns.join(", ")))
        .collect();
    Ok((scored.len() - disagreements.len(), disagreements))
}

/// The columns in which each verdict differs from a file of known ones.
///
/// # Errors
/// The file cannot be read, lacks a column or has an unknown one, or has no line for a run.
pub fn differing_columns(
    scored: &[Scored],
    oracle: &std::path::Path,
) -> Result<Vec<Vec<&'static str>>> {
    let mut reader = csv::Reader::from_path(oracle)
        .with_context(|| format!("cannot read {}", oracle.display()))?;
    check_header(reader.headers()?).with_context(|| oracle.display().to_string())?;
    let mut known: BTreeMap<(String, String), Vec<csv::StringRecord>> = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        known
            .entry((record[0].to_owned(), record[1].to_owned()))
            .or_default()
            .insert(0, record);
    }
    let mut all = Vec::new();
    for run in scored {
        let key = (run.file.clone(), run.query.clone());
        let record = known.get_mut(&key).and_then(Vec::pop);
        let record = record.with_context(|| {
            format!(
                "{} has no line for {}: {}",
                oracle.display(),
                run.file,
                run.query
            )
        })?;
        let verdict = serde_json::to_value(run.verdict)?;
        all.push(
            COLUMNS
                .into_iter()
                .zip(&record)
                .skip(2)
                .filter(|(name, said)| said.parse() != Ok(verdict[*name] == true))
                .map(|it| it.0)
                .collect(),
        );
    }
    Ok(all)
}

/// The columns of a file of verdicts, in order.
const COLUMNS: [&str; 11] = [
    "file",
    "query",
    "correct",
    "unwanted_side_effects",
    "exact_match",
    "no_actions",
    "wrong_email",
    "end_date_minor_error",
    "meeting_start_time_error",
    "correct_2026",
    "unwanted_side_effects_2026",
];

/// Refuses a file whose columns would leave something uncompared.
fn check_header(found: &csv::StringRecord) -> Result<()> {
    anyhow::ensure!(
        found.iter().eq(COLUMNS),
        "has the columns {:?}: a file of verdicts has {}",
        found.iter().collect::<Vec<_>>().join(","),
        COLUMNS.join(",")
    );
    Ok(())
}

/// Writes one line per recorded run.
///
/// # Errors
/// The file cannot be written.
pub fn write_csv(scored: &[Scored], path: &std::path::Path) -> Result<()> {
    let write = || -> Result<()> {
        let mut writer = csv::WriterBuilder::new()
            .has_headers(false)
            .from_path(path)?;
        writer.write_record(COLUMNS)?;
        for run in scored {
            writer.serialize((&run.file, &run.query, run.verdict))?;
        }
        Ok(writer.flush()?)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

impl Score {
    /// Runs the command; false where an oracle disagrees.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn run(&self) -> Result<bool> {
        let scored = score(&Checkout::read(&self.folder, &self.results)?)?;
        if let Some(path) = &self.csv {
            write_csv(&scored, path)?;
        }
        let compared = self
            .oracle
            .as_deref()
            .map(|path| compare(&scored, path))
            .transpose()?;
        let totals = totals(&scored, self.rules);
        let mut out = std::io::stdout().lock();
        if self.json {
            let scores: Vec<_> = totals
                .iter()
                .map(|((agent, domain), total)| json!({"agent": agent, "domain": domain, "totals": total}))
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

/// What the recorded runs of one agent came to, counted; the error classes are the original's, by its rules of 2024.
#[derive(Default, serde::Serialize)]
struct Totals {
    runs: usize,
    correct: usize,
    unwanted_side_effects: usize,
    exact_match: usize,
    no_actions: usize,
    wrong_email: usize,
    end_date_minor_error: usize,
    meeting_start_time_error: usize,
}

/// Totals by agent (model and tool selection) and domain, `all` among them.
fn totals(scored: &[Scored], rules: Rules) -> BTreeMap<(String, String), Totals> {
    let mut totals: BTreeMap<(String, String), Totals> = BTreeMap::new();
    for Scored { file, verdict, .. } in scored {
        let (domain, name) = file.split_once('/').unwrap_or_default();
        // The name ends in the date and the time of the run.
        let agent = name.rsplitn(3, '_').nth(2).unwrap_or(name);
        let (correct, harm) = match rules {
            Rules::Year2024 => (verdict.correct, verdict.unwanted_side_effects),
            Rules::Year2026 => (verdict.correct_2026, verdict.unwanted_side_effects_2026),
        };
        for scope in ["all", domain] {
            let total = totals
                .entry((agent.to_owned(), scope.to_owned()))
                .or_default();
            total.runs += 1;
            for (count, holds) in [
                (&mut total.correct, correct),
                (&mut total.unwanted_side_effects, harm),
                (&mut total.exact_match, verdict.exact_match),
                (&mut total.no_actions, verdict.no_actions),
                (&mut total.wrong_email, verdict.wrong_email),
                (
                    &mut total.end_date_minor_error,
                    verdict.end_date_minor_error,
                ),
                (
                    &mut total.meeting_start_time_error,
                    verdict.meeting_start_time_error,
                ),
            ] {
                *count += usize::from(holds);
            }
        }
    }
    totals
}

fn table(totals: &BTreeMap<(String, String), Totals>) -> comfy_table::Table {
    let mut table = crate::table::new();
    table.set_header([
        "agent",
        "domain",
        "runs",
        "correct",
        "accuracy",
        "side effects",
        "exact match",
        "no actions",
        "wrong email",
        "end date",
        "meeting start",
    ]);
    for ((agent, domain), total) in totals {
        let percent = 100.0 * total.correct as f64 / total.runs as f64;
        let mut row = vec![
            agent.clone(),
            domain.clone(),
            total.runs.to_string(),
            total.correct.to_string(),
        ];
        row.push(format!("{percent:.1} %"));
        let counts = [
            total.unwanted_side_effects,
            total.exact_match,
            total.no_actions,
            total.wrong_email,
            total.end_date_minor_error,
            total.meeting_start_time_error,
        ];
        row.extend(counts.map(|count| count.to_string()));
        table.add_row(row);
    }
    table
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn scored() -> Scored {
        let verdict = Verdict {
            correct: true,
            unwanted_side_effects: false,
            exact_match: true,
            no_actions: false,
            wrong_email: false,
            end_date_minor_error: false,
            meeting_start_time_error: false,
            correct_2026: true,
            unwanted_side_effects_2026: false,
        };
        Scored {
            file: "email/a_all_1_2.csv".into(),
            query: "Do it".into(),
            verdict,
        }
    }

    fn against(name: &str, edit: impl Fn(String) -> String) -> Result<(usize, Vec<String>)> {
        let path =
            std::env::temp_dir().join(format!("breakroom-{}-{name}.csv", std::process::id()));
        write_csv(&[scored()], &path).unwrap();
        std::fs::write(&path, edit(std::fs::read_to_string(&path).unwrap())).unwrap();
        let compared = compare(&[scored()], &path);
        std::fs::remove_file(&path).unwrap();
        compared
    }

    #[test]
    fn what_was_written_agrees_with_itself() {
        assert_eq!(against("same", |text| text).unwrap(), (1, vec![]));
    }

    #[test]
    fn a_value_that_is_neither_true_nor_false_disagrees() {
        let (agreed, lines) = against("value", |text| text.replace("true", "maybe")).unwrap();
        assert_eq!((agreed, lines.len()), (0, 1));
    }

    #[test]
    fn a_file_with_another_column_is_refused() {
        let error = against("column", |text| text.replace("no_actions", "idle")).unwrap_err();
        assert!(format!("{error:#}").contains("idle"), "{error:#}");
    }
}
