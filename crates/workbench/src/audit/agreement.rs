//! Where native rules and the original agree about the recorded runs of a checkout, and why they disagree about the others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use breakroom_tools::workbench::checkout::{Checkout, list_tasks};
use serde::Serialize;

use super::audited_run::AuditedRun;
use super::classes::{Aspect, Question, RulesYear, class_of};
use crate::score::{ScoredRun, differing_columns, task_of};

/// The class of disagreements that no class explains.
pub const UNCLASSED: &str = "unclassed";

/// How native rules agree with the record in one column.
#[derive(Debug, Serialize)]
pub struct Agreement {
    /// The rules of the record.
    pub year: RulesYear,
    /// What the column says.
    pub aspect: Aspect,
    /// The number of runs on which both agree.
    pub agree: usize,
    /// The number of runs.
    pub of: usize,
    /// The other runs, by class.
    pub classes: BTreeMap<&'static str, usize>,
}

/// A run about which native rules and the record disagree.
#[derive(Debug, Serialize)]
pub struct Disagreement {
    /// `domain/file name`.
    pub file: String,
    /// The task's id.
    pub task: String,
    /// The rules of the record.
    pub year: RulesYear,
    /// What they disagree about.
    pub aspect: Aspect,
    /// What native rules say. The record says the opposite.
    pub native: bool,
    /// The class of the disagreement, or [`UNCLASSED`].
    pub class: &'static str,
}

/// What native rules say, and the class; `None` if the original's rules agree.
type ClassedDifference = Option<(bool, &'static str)>;

/// The ids of tasks, by version, domain and prompt.
type TaskIds = BTreeMap<(Option<String>, String, String), String>;

/// Replays every recorded run of a checkout, and compares it with known verdicts or else with the original's rules.
///
/// # Errors
/// A file cannot be read, or no task has the prompt of a run.
pub fn agreements(
    folder: &Path,
    results: &[PathBuf],
    oracle: Option<&Path>,
) -> Result<(Vec<Agreement>, Vec<Disagreement>)> {
    let checkout = Checkout::read(folder, results)?;
    let start = Arc::new(checkout.office.clone());
    let mut ids = TaskIds::new();
    let mut found: Vec<(ScoredRun, (String, Vec<ClassedDifference>))> = Vec::new();
    for results in &checkout.results {
        let domain = results.file.split('/').next().unwrap_or_default();
        add_ids(folder, results.version.as_deref(), &mut ids)?;
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
            // If the original's own rules do not explain the record, no class can.
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

/// Adds the ids of a version's tasks if they are not known yet.
fn add_ids(folder: &Path, version: Option<&str>, ids: &mut TaskIds) -> Result<()> {
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
