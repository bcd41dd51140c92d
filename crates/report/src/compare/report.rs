//! A comparison in words, Markdown, JSON and JUnit.

use std::collections::BTreeMap;
use std::fmt::Write;

use breakroom_tasks::verdict::Outcome;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::chance::Chance;
use super::pairs::{Change, Pair};
use super::sample::{FORMAT_VERSION, Sample};

/// How many tasks of a kind are listed.
const LISTED: usize = 20;

/// A comparison of two runs.
pub struct Comparison<'a> {
    /// The first run.
    pub base: &'a Sample,
    /// The second.
    pub new: &'a Sample,
    /// What makes them unlike, where they were compared all the same.
    pub unlike: Vec<String>,
    /// Settings that differ and may.
    pub settings: Vec<String>,
    /// Task by task.
    pub pairs: Vec<Pair>,
    /// Whether it is chance.
    pub chance: Chance,
    /// Why it fails.
    pub failures: Vec<String>,
}

/// Tasks of a domain or template by what became of them.
type Counts<'a> = BTreeMap<&'a str, BTreeMap<Change, usize>>;

impl Comparison<'_> {
    fn count(&self, change: Change) -> usize {
        self.pairs
            .iter()
            .filter(|pair| pair.change == change)
            .count()
    }

    fn by<'b>(&'b self, name: impl Fn(&'b Pair) -> &'b str) -> Counts<'b> {
        let mut counts: Counts<'_> = BTreeMap::new();
        for pair in &self.pairs {
            *counts
                .entry(name(pair))
                .or_default()
                .entry(pair.change)
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
            "chance": self.chance,
            "by_domain": self.by(|pair| domain(pair)),
            "by_template": self.by(|pair| &pair.template),
            "tasks": self.pairs,
            "failures": self.failures,
        })
    }

    /// In Markdown, fit for a pull request's comment.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
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
            writeln!(text, "- not like for like: {line}")?;
        }
        for line in &self.settings {
            writeln!(text, "- differs: {line}")?;
        }
        writeln!(text, "\n{}\n", self.headline())?;
        writeln!(text, "{}\n", outcomes(&[self.base, self.new]))?;
        writeln!(
            text,
            "{}",
            self.table(self.by(|pair| domain(pair)), "domain")
        )?;
        for change in [
            Change::NewlyHarmful,
            Change::Broken,
            Change::Fixed,
            Change::Changed,
            Change::Flaky,
            Change::NotJudged,
        ] {
            self.write_list(text, change)?;
        }
        Ok(())
    }

    /// One line: the difference, its interval, and whether it is chance.
    pub fn headline(&self) -> String {
        let chance = &self.chance;
        format!(
            "{:.1} % right before, {:.1} % now: {:+.1} points (95 % interval {:+.1} to {:+.1}, by template); {} broken (with or without harm), {} fixed, McNemar {}, permutation {}",
            100.0 * self.base.accuracy(),
            100.0 * self.new.accuracy(),
            chance.difference,
            chance.interval[0],
            chance.interval[1],
            chance.broken,
            chance.fixed,
            p(chance.mcnemar_p),
            p(chance.permutation_p)
        )
    }

    fn table(&self, counts: Counts<'_>, name: &str) -> comfy_table::Table {
        let mut table = crate::table::new();
        table.set_header([name].into_iter().chain(Change::ALL.map(Change::name)));
        let all = Change::ALL
            .into_iter()
            .map(|change| (change, self.count(change)))
            .collect();
        for (name, counts) in counts.into_iter().chain([("all", all)]) {
            let counts = Change::ALL
                .map(|change| counts.get(&change).copied().unwrap_or_default().to_string());
            table.add_row([name.to_owned()].into_iter().chain(counts));
        }
        table
    }

    fn write_list(&self, text: &mut String, change: Change) -> std::fmt::Result {
        let pairs: Vec<&Pair> = self
            .pairs
            .iter()
            .filter(|pair| pair.change == change)
            .collect();
        if pairs.is_empty() {
            return Ok(());
        }
        writeln!(text, "\n**{}** ({})\n", change.name(), pairs.len())?;
        for pair in pairs.iter().take(LISTED) {
            writeln!(
                text,
                "- `{}`: {} -> {}",
                pair.task,
                said(&pair.base),
                said(&pair.new)
            )?;
        }
        if pairs.len() > LISTED {
            writeln!(text, "- and {} more", pairs.len() - LISTED)?;
        }
        Ok(())
    }

    /// As JUnit, a case for each task: one that broke or became harmful has failed, one that could not be judged is skipped.
    ///
    /// # Errors
    /// The report cannot be written as XML.
    pub fn to_junit(&self) -> Result<String, quick_junit::SerializeError> {
        let mut report = Report::new("breakroom compare");
        let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
        for pair in &self.pairs {
            let words = format!(
                "{}: {} -> {}",
                pair.change.name(),
                said(&pair.base),
                said(&pair.new)
            );
            let mut status = match pair.change {
                _ if pair.broken => TestCaseStatus::non_success(NonSuccessKind::Failure),
                Change::NewlyHarmful => TestCaseStatus::non_success(NonSuccessKind::Failure),
                Change::NotJudged => TestCaseStatus::skipped(),
                _ => TestCaseStatus::success(),
            };
            if !matches!(status, TestCaseStatus::Success { .. }) {
                status.set_message(words);
            }
            let mut case = TestCase::new(&*pair.task, status);
            case.set_classname(&*pair.template);
            suites
                .entry(domain(pair))
                .or_insert_with(|| TestSuite::new(domain(pair)))
                .add_test_case(case);
        }
        report.add_test_suites(suites.into_values());
        report.to_string()
    }
}

/// A p-value to four digits.
fn p(value: f64) -> String {
    if value < 0.0001 {
        "p < 0.0001".to_owned()
    } else {
        format!("p = {value:.4}")
    }
}

fn said(words: &[String]) -> String {
    if words.is_empty() {
        "not there".to_owned()
    } else {
        words.join(", ")
    }
}

fn domain(pair: &Pair) -> &str {
    pair.template.split('.').next().unwrap_or_default()
}

/// What a run came to, for JSON.
fn facts(sample: &Sample) -> Json {
    json!({
        "name": sample.name,
        "settings": sample.header.settings,
        "hashes": sample.header.hashes,
        "episodes": sample.points.len(),
        "accuracy": sample.accuracy(),
        "outcomes": counts(sample),
    })
}

fn counts(sample: &Sample) -> BTreeMap<Outcome, usize> {
    Outcome::ALL
        .into_iter()
        .map(|outcome| (outcome, sample.of(outcome)))
        .collect()
}

/// A row for each run: its outcomes.
pub fn outcomes(samples: &[&Sample]) -> comfy_table::Table {
    let mut table = crate::table::new();
    let names = Outcome::ALL.map(|outcome| outcome.label());
    table.set_header(
        ["run", "agent", "model", "episodes", "right"]
            .map(str::to_owned)
            .into_iter()
            .chain(names),
    );
    for sample in samples {
        let settings = &sample.header.settings;
        let mut row = vec![
            sample.name.clone(),
            settings.agent.clone(),
            settings.model.clone().unwrap_or_else(|| "-".to_owned()),
            sample.points.len().to_string(),
            format!("{:.1} %", 100.0 * sample.accuracy()),
        ];
        row.extend(Outcome::ALL.map(|outcome| sample.of(outcome).to_string()));
        table.add_row(row);
    }
    table
}

/// Many runs beside each other, as JSON.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    accuracy: f64,
    outcomes: BTreeMap<Outcome, usize>,
}

/// Many runs beside each other, as JSON.
pub fn many_to_json(samples: &[&Sample]) -> Json {
    let rows: Vec<Row<'_>> = samples
        .iter()
        .map(|sample| Row {
            name: &sample.name,
            accuracy: sample.accuracy(),
            outcomes: counts(sample),
        })
        .collect();
    json!({ "format_version": FORMAT_VERSION, "runs": rows })
}
