//! All runs of a file, driven again, and the report.

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

/// How many of how many are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MatchCount {
    /// Those that are.
    pub same: usize,
    /// All.
    pub of: usize,
}

impl MatchCount {
    fn count(&mut self, same: bool) {
        self.of += 1;
        self.same += usize::from(same);
    }
}

/// What all runs came to.
#[derive(Debug, Default, Serialize)]
pub struct RedriveReport {
    /// The recorded runs.
    pub runs: usize,
    /// Steps with the same tool and arguments.
    pub steps: MatchCount,
    /// Steps by class.
    pub classes: BTreeMap<StepClass, usize>,
    /// Observations of calls that are the same.
    pub observations: MatchCount,
    /// Last replies by class.
    pub endings: BTreeMap<EndClass, usize>,
    /// Verdicts that agree in every column of the oracle; none without one.
    pub verdicts: Option<MatchCount>,
    /// One line for each step, observation or verdict that differs.
    pub differences: Vec<RedriveDifference>,
}

/// What differs.
#[derive(Debug, Serialize)]
pub struct RedriveDifference {
    /// File of results, prompt, and number of the step.
    pub place: String,
    /// What is other there.
    pub what: String,
    /// Whether it is a better reading of a text, or follows from one.
    pub explained: bool,
}

/// Drives every transcript of a file, and compares the verdicts with those of an oracle.
///
/// # Errors
/// A file that cannot be read, a line that is no transcript, or a prompt that no task of the checkout has.
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

/// The task of a run. Runs that name no version of the answers belong to the first, where a checkout has several.
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
    /// Counts a run.
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

    /// Compares the verdicts; `better` says of which runs a step was read better than it was.
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
