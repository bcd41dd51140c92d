//! All recorded runs of a checkout: where native rules and the original agree, and why not where they do not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use breakroom_tools::workbench::checkout::{Checkout, list_tasks};
use serde::Serialize;

use super::audited_run::AuditedRun;
use super::classes::{Aspect, Question, RulesYear, class_of};
use crate::score::{ScoredRun, differing_columns, task_of};

/// What no class accounts for.
pub const UNCLASSED: &str = "unclassed";

/// How native rules agree with the record in one column.
#[derive(Debug, Serialize)]
pub struct Agreement {
    /// Whose rules the record went by.
    pub year: RulesYear,
    /// What the column says.
    pub aspect: Aspect,
    /// Runs about which both say the same.
    pub agree: usize,
    /// All runs.
    pub of: usize,
    /// The others by class.
    pub classes: BTreeMap<&'static str, usize>,
}

/// A run about which native rules and the record disagree.
#[derive(Debug, Serialize)]
pub struct Disagreement {
    /// `domain/file name`.
    pub file: String,
    /// The task's id.
    pub task: String,
    /// Whose rules the record went by.
    pub year: RulesYear,
    /// What they disagree about.
    pub aspect: Aspect,
    /// What native rules say; the record says the opposite.
    pub native: bool,
    /// Why, or [`UNCLASSED`].
    pub class: &'static str,
}

/// What native rules say and the class, where the original's rules say the opposite.
type NativeDiffers = Option<(bool, &'static str)>;

/// TaskIds of tasks by version, domain and prompt.
type TaskIds = BTreeMap<(Option<String>, String, String), String>;

/// Replays every recorded run of a checkout, and compares with known verdicts, or with the original's rules where there are none.
///
/// # Errors
/// A file that cannot be read, or a run whose prompt no task has.
pub fn agreements(
    folder: &Path,
    results: &[PathBuf],
    oracle: Option<&Path>,
) -> Result<(Vec<Agreement>, Vec<Disagreement>)> {
    let checkout = Checkout::read(folder, results)?;
    let start = Arc::new(checkout.office.clone());
    let mut ids = TaskIds::new();
    let mut found: Vec<(ScoredRun, (String, Vec<NativeDiffers>))> = Vec::new();
    for results in &checkout.results {
        let domain = results.file.split('/').next().unwrap_or_default();
        note_ids(folder, results.version.as_deref(), &mut ids)?;
        for run in &results.runs {
            let key = (
                results.version.clone(),
                domain.to_owned(),
                run.query.clone(),
            );
            let task = task_of(&checkout, results, run)?;
            let audited = AuditedRun::replay(&start, task, run)?;
            let class = |question: Question| {
                let native = question.native(&audited);
                (native != question.original(&audited)).then(|| {
                    let class = class_of(&audited, question);
                    (native, class.map_or(UNCLASSED, |class| class.name))
                })
            };
            let scored = ScoredRun {
                file: results.file.clone(),
                query: run.query.clone(),
                verdict: audited.original,
            };
            let id = ids.get(&key).cloned().unwrap_or_default();
            found.push((scored, (id, Question::ALL.into_iter().map(class).collect())));
        }
    }
    let (scored, judged): (Vec<ScoredRun>, Vec<_>) = found.into_iter().unzip();
    let differing = match oracle {
        Some(oracle) => differing_columns(&scored, oracle)?,
        None => vec![Vec::new(); scored.len()],
    };
    let mut agreements = Question::ALL.map(|Question { year, aspect }| Agreement {
        year,
        aspect,
        agree: 0,
        of: scored.len(),
        classes: BTreeMap::new(),
    });
    let mut disagreements = Vec::new();
    for ((run, (id, classes)), columns) in scored.iter().zip(judged).zip(differing) {
        for ((question, class), agreement) in
            Question::ALL.into_iter().zip(classes).zip(&mut agreements)
        {
            // A record that the original's own rules do not explain is beyond every class.
            let other_record = columns.contains(&question.column());
            let (native, class) = match (class, other_record) {
                (None, false) | (Some(_), true) => {
                    agreement.agree += 1;
                    continue;
                }
                (Some(known), false) => known,
                (None, true) => (false, UNCLASSED),
            };
            *agreement.classes.entry(class).or_default() += 1;
            disagreements.push(Disagreement {
                file: run.file.clone(),
                task: id.clone(),
                year: question.year,
                aspect: question.aspect,
                native,
                class,
            });
        }
    }
    Ok((agreements.into_iter().collect(), disagreements))
}

/// Notes the ids of a version's tasks, once.
fn note_ids(folder: &Path, version: Option<&str>, ids: &mut TaskIds) -> Result<()> {
    let version = version.map(str::to_owned);
    if ids.keys().any(|(known, ..)| *known == version) {
        return Ok(());
    }
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for task in list_tasks(folder, version.as_deref())? {
        let number = numbers.entry(task.domain.clone()).or_default();
        *number += 1;
        let id = format!("{}.{number:03}", task.domain);
        ids.entry((version.clone(), task.domain, task.prompt))
            .or_insert(id);
    }
    Ok(())
}
