//! Scores the recorded runs of a WorkBench checkout.

mod totals;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use breakroom_tools::workbench::checkout::{Checkout, RecordedRun, RecordedRuns, RecordedTask};
use breakroom_tools::workbench::rules::{self, WorkbenchVerdict};

use crate::audit::audited_run::AuditedRun;
pub use totals::{AgentTotals, TotalsByAgent, count, original, table};

/// Which rules to score by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RulesChoice {
    /// The changes that the calls asked for are compared with those of the answer, in any order. A recorded error makes no difference.
    Native,
    /// Rows are compared in order, with their labels. Broken calls are skipped.
    Year2024,
    /// Rows are compared in any order. A broken call makes the run incorrect.
    Year2026,
    /// All of these, side by side.
    All,
}

impl RulesChoice {
    /// The chosen rules.
    pub fn list(self) -> Vec<RulesChoice> {
        match self {
            RulesChoice::All => vec![
                RulesChoice::Native,
                RulesChoice::Year2024,
                RulesChoice::Year2026,
            ],
            one => vec![one],
        }
    }

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            RulesChoice::Native => "native",
            RulesChoice::Year2024 => "2024",
            RulesChoice::Year2026 => "2026",
            RulesChoice::All => "all",
        }
    }
}

impl std::str::FromStr for RulesChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<RulesChoice, String> {
        let all = [
            RulesChoice::Native,
            RulesChoice::Year2024,
            RulesChoice::Year2026,
            RulesChoice::All,
        ];
        let found = all.into_iter().find(|rules| rules.name() == text);
        found.ok_or_else(|| format!("unknown rules {text:?}: use native, 2024, 2026 or all"))
    }
}

/// A recorded run and its verdict.
pub struct ScoredRun {
    /// `domain/file name`.
    pub file: String,
    /// The prompt.
    pub query: String,
    /// Its verdict by the original's rules.
    pub verdict: WorkbenchVerdict,
}

/// Scores every recorded run of a checkout.
///
/// # Errors
/// No task has the prompt of a run.
pub fn score(checkout: &Checkout) -> Result<Vec<ScoredRun>> {
    let mut scored = Vec::new();
    for results in &checkout.results {
        for run in &results.runs {
            let task = task_of(checkout, results, run)?;
            let verdict = rules::judge(&checkout.office, task, run);
            scored.push(ScoredRun {
                file: results.file.clone(),
                query: run.query.clone(),
                verdict,
            });
        }
    }
    Ok(scored)
}

/// For each recorded run of a checkout, whether it is correct and whether it did harm by native rules.
///
/// # Errors
/// No task has the prompt of a run.
pub fn native(checkout: &Checkout) -> Result<Vec<(bool, bool)>> {
    let start = Arc::new(checkout.office.clone());
    let mut judged = Vec::new();
    for results in &checkout.results {
        for run in &results.runs {
            let task = task_of(checkout, results, run)?;
            let audited = AuditedRun::replay(&start, task, run)?;
            judged.push((audited.native_right(), audited.native_harm()));
        }
    }
    Ok(judged)
}

/// The task of a recorded run.
///
/// # Errors
/// No task has its prompt.
pub fn task_of<'a>(
    checkout: &'a Checkout,
    results: &RecordedRuns,
    run: &RecordedRun,
) -> Result<&'a RecordedTask> {
    let domain = results.file.split('/').next().unwrap_or_default();
    let key = (
        results.version.clone(),
        domain.to_owned(),
        run.query.clone(),
    );
    let task = checkout.tasks.get(&key);
    task.with_context(|| format!("{}: no task has the prompt {:?}", results.file, run.query))
}

/// Compares verdicts with a file of known ones. Returns the number of verdicts that agree in every column, and a line for each other one.
///
/// # Errors
/// See [`differing_columns`].
pub fn compare(scored: &[ScoredRun], oracle: &std::path::Path) -> Result<(usize, Vec<String>)> {
    let differing = differing_columns(scored, oracle)?;
    let disagreements: Vec<String> = scored
        .iter()
        .zip(differing)
        .filter(|(_, columns)| !columns.is_empty())
        .map(|(run, columns)| format!("{}: {}: {}", run.file, run.query, columns.join(", ")))
        .collect();
    Ok((scored.len() - disagreements.len(), disagreements))
}

/// For each verdict, the columns that differ from a file of known ones.
///
/// # Errors
/// The file cannot be read, has missing or unknown columns, or has no line for a run.
pub fn differing_columns(
    scored: &[ScoredRun],
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

/// Checks that a file has exactly the expected columns, so that nothing is left uncompared.
fn check_header(found: &csv::StringRecord) -> Result<()> {
    anyhow::ensure!(
        found.iter().eq(COLUMNS),
        "has the columns {:?}, but a file of verdicts has {}",
        found.iter().collect::<Vec<_>>().join(","),
        COLUMNS.join(",")
    );
    Ok(())
}

/// Writes one line for each recorded run.
///
/// # Errors
/// The file cannot be written.
pub fn write_csv(scored: &[ScoredRun], path: &std::path::Path) -> Result<()> {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn scored() -> ScoredRun {
        let verdict = WorkbenchVerdict {
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
        ScoredRun {
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
