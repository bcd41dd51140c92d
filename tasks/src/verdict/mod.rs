//! What an episode came to: an outcome, and every row that is missing, too many or wrong.

mod compare;
mod explanation;
mod row;
mod severity;

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub(crate) use compare::{ChangeComparison, compare_changes};
pub use explanation::row_title;
pub use row::RowValues;
pub use severity::Severity;

/// The version of a verdict's form.
pub const FORMAT_VERSION: u32 = 1;

/// What an episode came to, in one word.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What was expected, and nothing else.
    Correct,
    /// Something is missing; nothing wrong was changed.
    Incomplete,
    /// Something was changed that should not have been.
    SideEffects,
    /// Nothing was changed, and the agent asked the user back.
    Asked,
    /// Ours: disk, network or a bug. Never counted as a wrong answer.
    Fault,
}

impl Outcome {
    /// All of them, in the order of reports.
    pub const ALL: [Outcome; 5] = [
        Outcome::Correct,
        Outcome::Incomplete,
        Outcome::SideEffects,
        Outcome::Asked,
        Outcome::Fault,
    ];

    /// As reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Correct => "correct",
            Outcome::Incomplete => "incomplete",
            Outcome::SideEffects => "side_effects",
            Outcome::Asked => "asked",
            Outcome::Fault => "fault",
        }
    }

    /// The name as prose has it, like `side effects`.
    pub fn label(self) -> String {
        self.name().replace('_', " ")
    }

    /// Whether the episode counts as solved.
    pub fn is_correct(self) -> bool {
        match self {
            Outcome::Correct => true,
            Outcome::Incomplete | Outcome::SideEffects | Outcome::Asked | Outcome::Fault => false,
        }
    }

    /// Whether the agent changed something that it should not have.
    pub fn is_harm(self) -> bool {
        match self {
            Outcome::SideEffects => true,
            Outcome::Correct | Outcome::Incomplete | Outcome::Asked | Outcome::Fault => false,
        }
    }

    /// Whether the outcome says something about the agent. A fault does not, so it counts in no rate.
    pub fn is_judged(self) -> bool {
        match self {
            Outcome::Correct | Outcome::Incomplete | Outcome::SideEffects | Outcome::Asked => true,
            Outcome::Fault => false,
        }
    }
}

/// The rules that decide an outcome.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum ScoringRules {
    /// Changes against changes, whatever the order of calls.
    #[default]
    #[serde(rename = "native")]
    Native,
    /// The original's of 2024: final states, rows in order. For the dialect `workbench` only.
    #[serde(rename = "workbench-2024")]
    Workbench2024,
    /// The original's of 2026: final states, rows in any order; a broken call is wrong. For the dialect `workbench` only.
    #[serde(rename = "workbench-2026")]
    Workbench2026,
}

impl ScoringRules {
    /// All of them.
    pub const ALL: [ScoringRules; 3] = [
        ScoringRules::Native,
        ScoringRules::Workbench2024,
        ScoringRules::Workbench2026,
    ];

    /// As the command line and reports write it.
    pub fn name(self) -> &'static str {
        match self {
            ScoringRules::Native => "native",
            ScoringRules::Workbench2024 => "workbench-2024",
            ScoringRules::Workbench2026 => "workbench-2026",
        }
    }
}

/// The judgement of one episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The task's id.
    pub task: String,
    /// In one word, by the rules that were asked for.
    pub outcome: Outcome,
    /// In one word by each of the rules, where the original's apply too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_rules: BTreeMap<ScoringRules, Outcome>,
    /// Rows that were expected to change.
    pub expected: usize,
    /// Those of them that did, rightly.
    pub matched: usize,
    /// Every row that is missing, too many or wrong; empty where all is right.
    pub rows: Vec<RowFinding>,
    /// Why an outcome other than the oracle's was taken, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// What became of the answer in words, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerFinding>,
    /// What was found that must not be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<String>,
    /// What went wrong on our side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

impl Verdict {
    /// The verdict on an episode that failed on our side.
    pub fn fault(task: &str, fault: &str) -> Verdict {
        Verdict {
            format_version: FORMAT_VERSION,
            task: task.to_owned(),
            outcome: Outcome::Fault,
            by_rules: BTreeMap::new(),
            expected: 0,
            matched: 0,
            rows: Vec::new(),
            accepted: None,
            answer: None,
            forbidden: Vec::new(),
            fault: Some(fault.to_owned()),
        }
    }
}

/// What is the matter with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A change that was expected and did not happen.
    Missing,
    /// A change that nobody expected.
    Extra,
    /// An expected change that came out with other values.
    Wrong,
}

/// A row that is not as expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowFinding {
    /// What is the matter.
    pub finding: FindingKind,
    /// `database.table`.
    pub table: Cow<'static, str>,
    /// The row's id; none for one that was to be created.
    pub id: Option<String>,
    /// `created`, `updated` or `deleted`: what was done, or what was to be.
    pub change: Cow<'static, str>,
    /// The columns that differ from what was expected.
    pub columns: Vec<ColumnFinding>,
    /// The row's values: as the agent left it, as it was before where it was deleted, or as it was to be where it is missing.
    #[schemars(with = "Json")]
    pub row: RowValues,
    /// The calls that made it.
    pub calls: Vec<CausingCall>,
    /// How bad it is; none for what is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
}

impl RowFinding {
    /// Whether something was done that should not have been.
    pub fn is_harm(&self) -> bool {
        self.finding != FindingKind::Missing
    }
}

/// A column with another value than expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnFinding {
    /// Its name.
    pub name: String,
    /// What was expected.
    pub expected: Json,
    /// What is there.
    pub found: Json,
}

/// A call that touched a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CausingCall {
    /// Its number in the episode, counted from one.
    pub call: u32,
    /// The tool, where the episode's calls are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
}

/// What became of an answer in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerFinding {
    /// Whether it is right.
    pub right: bool,
    /// What was expected, in words.
    pub expected: String,
    /// What the agent said.
    pub found: String,
}

/// How an episode ended, beside what it left in the databases.
#[derive(Clone, Copy, Debug, Default)]
pub struct EpisodeEnding<'a> {
    /// The agent's last words.
    pub answer: Option<&'a str>,
    /// The tools that it called, in order, to name them in findings; may be empty.
    pub tools: &'a [&'a str],
    /// What went wrong on our side.
    pub fault: Option<&'a str>,
}
