//! JUnit with a suite per domain and a case per task. A task fails if any of its trials does.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use breakroom_record::folder::RunFolder;
use breakroom_record::record::EpisodeRecord;

pub(super) fn write(folder: &RunFolder) -> Result<Vec<u8>> {
    let mut report = Report::new(folder.run.settings.title());
    let mut suites: Vec<TestSuite> = Vec::new();
    for (task, trials) in by_task(&folder.episodes) {
        let domain = trials[0].domain();
        let case = case(task, &trials);
        match suites.iter_mut().find(|suite| *suite.name == *domain) {
            Some(suite) => {
                suite.add_test_case(case);
            }
            None => {
                let mut suite = TestSuite::new(domain);
                suite.add_test_case(case);
                suites.push(suite);
            }
        }
    }
    report.add_test_suites(suites);
    let text = report
        .to_string()
        .context("cannot write the report as XML")?;
    Ok(text.into_bytes())
}

/// The trials of each task, with tasks in the order of the run.
fn by_task(episodes: &[EpisodeRecord]) -> Vec<(&str, Vec<&EpisodeRecord>)> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tasks: Vec<(&str, Vec<&EpisodeRecord>)> = Vec::new();
    for record in episodes {
        let place = *places.entry(&record.task).or_insert_with(|| {
            tasks.push((&record.task, Vec::new()));
            tasks.len() - 1
        });
        tasks[place].1.push(record);
    }
    tasks
}

fn case(task: &str, trials: &[&EpisodeRecord]) -> TestCase {
    let failed: Vec<&&EpisodeRecord> = trials
        .iter()
        .filter(|record| !record.outcome.is_correct())
        .collect();
    // A fault says nothing about the agent, so other failures are shown first.
    let worst = failed.iter().find(|it| it.outcome.is_judged());
    let status = match worst.or(failed.first()) {
        None => TestCaseStatus::success(),
        Some(record) => {
            let kind = if !record.outcome.is_judged() {
                NonSuccessKind::Error
            } else {
                NonSuccessKind::Failure
            };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_type(record.class.map(|class| class.name()).unwrap_or_default());
            status.set_message(message(record, failed.len(), trials.len()));
            let told = failed.iter().map(|record| description(record));
            status.set_description(told.collect::<Vec<_>>().join("\n\n"));
            status
        }
    };
    let mut case = TestCase::new(task, status);
    case.set_classname(&*trials[0].template);
    let seconds: f64 = trials.iter().map(|it| it.timings.total_ms / 1e3).sum();
    case.set_time(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    case
}

fn message(record: &EpisodeRecord, failed: usize, trials: usize) -> String {
    let outcome = record.outcome.label();
    let of = if trials > 1 {
        format!(" ({failed} of {trials} trials failed)")
    } else {
        String::new()
    };
    format!("{outcome}: {}{of}", record.verdict.summary())
}

fn description(record: &EpisodeRecord) -> String {
    let mut text = format!("trial {}\n{}", record.trial, record.verdict);
    for mark in &record.marks {
        text.push_str(&format!("\n{}: {}", mark.class.words(), mark.why));
    }
    text
}
