//! Redrives all runs of a file, and reports the differences.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use breakroom_tools::workbench::checkout::{Checkout, RecordedTask};
use breakroom_tools::workbench::rules;
use serde::Serialize;

use super::class::{EndClass, StepClass};
use super::drive::{RedrivenRun, drive};
use super::transcript::{self, Transcript};
use crate::score::{ScoredRun, differing_columns};

/// How many of several things are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MatchCount {
    /// The number of those that are the same.
    pub same: usize,
    /// The number of all.
    pub of: usize,
}

impl MatchCount {
    fn count(&mut self, same: bool) {
        self.of += 1;
        self.same += usize::from(same);
    }
}

/// The report on all runs.
#[derive(Debug, Default, Serialize)]
pub struct RedriveReport {
    /// The number of runs.
    pub runs: usize,
    /// Steps with the same tool and arguments.
    pub steps: MatchCount,
    /// Steps by class.
    pub classes: BTreeMap<StepClass, usize>,
    /// Observations of those calls.
    pub observations: MatchCount,
    /// Last replies by class.
    pub endings: BTreeMap<EndClass, usize>,
    /// Verdicts that agree in every column of the oracle; missing without an oracle.
    pub verdicts: Option<MatchCount>,
    /// One line for each step, observation or verdict that differs.
    pub differences: Vec<RedriveDifference>,
}

/// A difference.
#[derive(Debug, Serialize)]
pub struct RedriveDifference {
    /// The file, the prompt and the number of the step.
    pub place: String,
    /// What differs there.
    pub what: String,
    /// Whether it is a better reading, or follows from one.
    pub explained: bool,
}

/// Redrives every transcript of a file, and compares the verdicts with those of an oracle.
///
/// # Errors
/// A file cannot be read, a line is not a transcript, or no task of the checkout has a prompt.
pub fn redrive(file: &Path, checkout: &Path, oracle: Option<&Path>) -> Result<RedriveReport> {
    let checkout = Checkout::read_tasks(checkout)?;
    let mut all = RedriveReport::default();
    let (mut scored, mut better) = (Vec::new(), Vec::new());
    for transcript in transcript::read(file)? {
        let transcript = transcript?;
        let place = format!("{}: {}", transcript.file, transcript.query);
        let task = task_of(&checkout, &transcript)
            .with_context(|| format!("{place}: no task has that prompt"))?;
        let driven = drive(&checkout.office, &transcript);
        better.push(driven.first_better().is_some());
        scored.push(ScoredRun {
            verdict: rules::judge(&checkout.office, task, &driven.run),
            file: transcript.file,
            query: transcript.query,
        });
        all.add(&place, &driven);
    }
    if let Some(oracle) = oracle {
        all.compare(&scored, &better, oracle)?;
    }
    Ok(all)
}

/// The task of a run. If a checkout has several versions of the answers, transcripts belong to the first.
fn task_of<'a>(checkout: &'a Checkout, transcript: &Transcript) -> Option<&'a RecordedTask> {
    let find = |version: Option<&str>| {
        checkout.tasks.get(&(
            version.map(str::to_owned),
            transcript.domain().to_owned(),
            transcript.query.clone(),
        ))
    };
    find(Some("v1")).or_else(|| find(None))
}

/// The name of a class in reports.
pub fn word(class: &impl Serialize) -> String {
    serde_json::to_value(class)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

impl RedriveReport {
    /// Adds a run.
    fn add(&mut self, place: &str, driven: &RedrivenRun) {
        self.runs += 1;
        *self.endings.entry(driven.end).or_default() += 1;
        for (index, class) in driven.steps.iter().enumerate() {
            self.steps.count(*class == StepClass::Same);
            *self.classes.entry(*class).or_default() += 1;
            if *class != StepClass::Same {
                self.differences.push(RedriveDifference {
                    place: format!("{place}: step {}", index + 1),
                    what: word(class),
                    explained: class.is_explained(),
                });
            }
        }
        self.observations.of += driven.observed;
        self.observations.same += driven.observed - driven.differing.len();
        for (step, found) in &driven.differing {
            self.differences.push(RedriveDifference {
                place: format!("{place}: step {step}"),
                what: format!("observed {found}"),
                explained: driven.first_better().is_some_and(|better| better < *step),
            });
        }
    }

    /// Compares the verdicts. `better` says which runs have a step with a better reading.
    fn compare(&mut self, scored: &[ScoredRun], better: &[bool], oracle: &Path) -> Result<()> {
        let mut verdicts = MatchCount::default();
        let differing = differing_columns(scored, oracle)?;
        for ((run, columns), better) in scored.iter().zip(differing).zip(better) {
            verdicts.count(columns.is_empty());
            if !columns.is_empty() {
                self.differences.push(RedriveDifference {
                    place: format!("{}: {}", run.file, run.query),
                    what: format!("verdict differs in {}", columns.join(", ")),
                    explained: *better,
                });
            }
        }
        self.verdicts = Some(verdicts);
        Ok(())
    }

    /// Whether every difference is explained.
    pub fn holds(&self) -> bool {
        self.runs > 0
            && self
                .differences
                .iter()
                .all(|difference| difference.explained)
    }
}
