//! A comparison as Markdown, JSON and JUnit.

use std::collections::BTreeMap;
use std::fmt::Write;

use breakroom_tasks::verdict::Outcome;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::run_outcomes::{FORMAT_VERSION, RunOutcomes};
use super::significance::Significance;
use super::task_comparison::{TaskChange, TaskComparison};

/// How many tasks are listed for each change.
const LISTED: usize = 20;

/// A comparison of two runs.
pub struct RunComparison<'a> {
    /// The first run.
    pub base: &'a RunOutcomes,
    /// The second run.
    pub new: &'a RunOutcomes,
    /// Why the runs should not be compared, if they are compared nevertheless.
    pub unlike: Vec<String>,
    /// Settings that differ and that runs may differ in.
    pub settings: Vec<String>,
    /// The comparison of each task.
    pub tasks: Vec<TaskComparison>,
    /// Whether the difference is significant.
    pub significance: Significance,
    /// Why the comparison fails; empty if it passes.
    pub failures: Vec<String>,
}

/// The number of tasks with each change, by domain or template.
type ChangeCounts<'a> = BTreeMap<&'a str, BTreeMap<TaskChange, usize>>;

impl RunComparison<'_> {
    fn count(&self, change: TaskChange) -> usize {
        self.tasks
            .iter()
            .filter(|task| task.change == change)
            .count()
    }

    fn by<'b>(&'b self, name: impl Fn(&'b TaskComparison) -> &'b str) -> ChangeCounts<'b> {
        let mut counts: ChangeCounts<'_> = BTreeMap::new();
        for task in &self.tasks {
            *counts
                .entry(name(task))
                .or_default()
                .entry(task.change)
                .or_default() += 1;
        }
        counts
    }

    /// As JSON.
    pub fn to_json(&self) -> Json {
        json!({
            "format_version": FORMAT_VERSION,
            "base": facts(self.base),
            "new": facts(self.new),
            "unlike": self.unlike,
            "settings": self.settings,
            "chance": self.significance,
            "by_domain": self.by(|task| domain(task)),
            "by_template": self.by(|task| &task.template),
            "tasks": self.tasks,
            "failures": self.failures,
        })
    }

    /// As Markdown, for a comment on a pull request.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_markdown(&mut text);
        text
    }

    fn write_markdown(&self, text: &mut String) -> std::fmt::Result {
        let sign = if self.failures.is_empty() {
            "passes"
        } else {
            "fails"
        };
        writeln!(
            text,
            "### Breakroom: {} against {}: {sign}\n",
            self.new.name, self.base.name
        )?;
        for failure in &self.failures {
            writeln!(text, "- **{failure}**")?;
        }
        for line in &self.unlike {
            writeln!(text, "- not comparable: {line}")?;
        }
        for line in &self.settings {
            writeln!(text, "- differs: {line}")?;
        }
        writeln!(text, "\n{}\n", self.headline())?;
        writeln!(text, "{}\n", outcomes(&[self.base, self.new]))?;
        writeln!(
            text,
            "{}",
            self.table(self.by(|task| domain(task)), "domain")
        )?;
        for change in [
            TaskChange::NewlyHarmful,
            TaskChange::Broken,
            TaskChange::Fixed,
            TaskChange::Changed,
            TaskChange::Flaky,
            TaskChange::NotJudged,
        ] {
            self.write_list(text, change)?;
        }
        Ok(())
    }

    /// The difference, its interval, and whether it is significant.
    pub fn headline(&self) -> String {
        let significance = &self.significance;
        format!(
            "accuracy was {:.1} % and is now {:.1} %: {:+.1} points (95 % interval {:+.1} to {:+.1}, by template)\n{} tasks broken (with or without harm), {} fixed; McNemar {}, permutation {}",
            100.0 * self.base.accuracy(),
            100.0 * self.new.accuracy(),
            significance.difference,
            significance.interval[0],
            significance.interval[1],
            significance.broken,
            significance.fixed,
            p(significance.mcnemar_p),
            p(significance.permutation_p)
        )
    }

    fn table(&self, counts: ChangeCounts<'_>, name: &str) -> comfy_table::Table {
        let mut table = crate::table::new();
        table.set_header(
            [name]
                .into_iter()
                .chain(TaskChange::ALL.map(TaskChange::name)),
        );
        let all = TaskChange::ALL
            .into_iter()
            .map(|change| (change, self.count(change)))
            .collect();
        for (name, counts) in counts.into_iter().chain([("all", all)]) {
            let counts = TaskChange::ALL
                .map(|change| counts.get(&change).copied().unwrap_or_default().to_string());
            table.add_row([name.to_owned()].into_iter().chain(counts));
        }
        table
    }

    fn write_list(&self, text: &mut String, change: TaskChange) -> std::fmt::Result {
        let tasks: Vec<&TaskComparison> = self
            .tasks
            .iter()
            .filter(|task| task.change == change)
            .collect();
        if tasks.is_empty() {
            return Ok(());
        }
        writeln!(text, "\n**{}** ({})\n", change.name(), tasks.len())?;
        for task in tasks.iter().take(LISTED) {
            writeln!(
                text,
                "- `{}`: {} -> {}",
                task.task,
                said(&task.base),
                said(&task.new)
            )?;
        }
        if tasks.len() > LISTED {
            writeln!(text, "- and {} more", tasks.len() - LISTED)?;
        }
        Ok(())
    }

    /// As JUnit, with a case for each task. It fails if the task broke or has new harm, and is skipped if the task could not be judged.
    ///
    /// # Errors
    /// The report cannot be written as XML.
    pub fn to_junit(&self) -> Result<String, quick_junit::SerializeError> {
        let mut report = Report::new("breakroom compare");
        let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
        for task in &self.tasks {
            let words = format!(
                "{}: {} -> {}",
                task.change.name(),
                said(&task.base),
                said(&task.new)
            );
            let mut status = match task.change {
                _ if task.broken => TestCaseStatus::non_success(NonSuccessKind::Failure),
                TaskChange::NewlyHarmful => TestCaseStatus::non_success(NonSuccessKind::Failure),
                TaskChange::NotJudged => TestCaseStatus::skipped(),
                TaskChange::Broken
                | TaskChange::Fixed
                | TaskChange::Changed
                | TaskChange::Same
                | TaskChange::Flaky => TestCaseStatus::success(),
            };
            if !matches!(status, TestCaseStatus::Success { .. }) {
                status.set_message(words);
            }
            let mut case = TestCase::new(&*task.task, status);
            case.set_classname(&*task.template);
            suites
                .entry(domain(task))
                .or_insert_with(|| TestSuite::new(domain(task)))
                .add_test_case(case);
        }
        report.add_test_suites(suites.into_values());
        report.to_string()
    }
}

/// A p-value with four digits.
fn p(value: f64) -> String {
    if value < 0.0001 {
        "p < 0.0001".to_owned()
    } else {
        format!("p = {value:.4}")
    }
}

fn said(words: &[String]) -> String {
    if words.is_empty() {
        "missing".to_owned()
    } else {
        words.join(", ")
    }
}

fn domain(task: &TaskComparison) -> &str {
    task.template.split('.').next().unwrap_or_default()
}

/// The facts about a run, for JSON.
fn facts(run: &RunOutcomes) -> Json {
    json!({
        "name": run.name,
        "settings": run.header.settings,
        "hashes": run.header.hashes,
        "episodes": run.episodes.len(),
        "accuracy": run.accuracy(),
        "outcomes": counts(run),
    })
}

fn counts(run: &RunOutcomes) -> BTreeMap<Outcome, usize> {
    Outcome::ALL
        .into_iter()
        .map(|outcome| (outcome, run.of(outcome)))
        .collect()
}

/// The outcomes of runs in Markdown: a list that numbers the runs, and a table with a row for each.
pub fn outcomes(runs: &[&RunOutcomes]) -> String {
    let mut text = String::new();
    let mut table = crate::table::new();
    let header = ["run", "episodes", "accuracy"].map(str::to_owned);
    table.set_header(header.into_iter().chain(Outcome::ALL.map(Outcome::label)));
    for (run, number) in runs.iter().zip(1..) {
        let settings = &run.header.settings;
        let model = settings.model.iter().map(|model| format!(", {model}"));
        let model: String = model.collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{number}. {}: {}{model}", run.name, settings.agent);
        let row = [
            number.to_string(),
            run.episodes.len().to_string(),
            format!("{:.1} %", 100.0 * run.accuracy()),
        ];
        let counts = Outcome::ALL.map(|outcome| run.of(outcome).to_string());
        table.add_row(row.into_iter().chain(counts));
    }
    let _ = write!(text, "\n{table}");
    text
}

/// A run in the JSON form of many runs.
#[derive(Serialize)]
struct RunRow<'a> {
    name: &'a str,
    accuracy: f64,
    outcomes: BTreeMap<Outcome, usize>,
}

/// Many runs as JSON.
pub fn many_to_json(runs: &[&RunOutcomes]) -> Json {
    let rows: Vec<RunRow<'_>> = runs
        .iter()
        .map(|run| RunRow {
            name: &run.name,
            accuracy: run.accuracy(),
            outcomes: counts(run),
        })
        .collect();
    json!({ "format_version": FORMAT_VERSION, "runs": rows })
}
