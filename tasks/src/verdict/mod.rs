//! The verdict on an episode: its outcome, and every row that is missing, unexpected or wrong.

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

/// The version of the verdict format.
pub const FORMAT_VERSION: u32 = 1;

/// The result of an episode, in one word.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Exactly the expected changes were made.
    Correct,
    /// Something is missing, but nothing else was changed.
    Incomplete,
    /// Something was changed that should not have been.
    SideEffects,
    /// Nothing was changed, and the agent asked the user a question instead.
    Asked,
    /// The harness or a provider failed. Never counted as a wrong answer.
    Fault,
}

impl Outcome {
    /// All outcomes, in the order of reports.
    pub const ALL: [Outcome; 5] = [
        Outcome::Correct,
        Outcome::Incomplete,
        Outcome::SideEffects,
        Outcome::Asked,
        Outcome::Fault,
    ];

    /// The name in reports and in JSON.
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

/// The rules that decide outcomes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum ScoringRules {
    /// Compares changes with expected changes, regardless of the order of calls.
    #[default]
    #[serde(rename = "native")]
    Native,
    /// The original's rules of 2024: compare final states, with rows in order. Only for the dialect `workbench`.
    #[serde(rename = "workbench-2024")]
    Workbench2024,
    /// The original's rules of 2026: compare final states, with rows in any order; a failed call is wrong. Only for the dialect `workbench`.
    #[serde(rename = "workbench-2026")]
    Workbench2026,
}

impl ScoringRules {
    /// All sets of rules.
    pub const ALL: [ScoringRules; 3] = [
        ScoringRules::Native,
        ScoringRules::Workbench2024,
        ScoringRules::Workbench2026,
    ];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            ScoringRules::Native => "native",
            ScoringRules::Workbench2024 => "workbench-2024",
            ScoringRules::Workbench2026 => "workbench-2026",
        }
    }
}

/// The verdict on one episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The task's id.
    pub task: String,
    /// The outcome according to the selected rules.
    pub outcome: Outcome,
    /// The outcome according to each set of rules, if the original's apply.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_rules: BTreeMap<ScoringRules, Outcome>,
    /// The number of rows that were expected to change.
    pub expected: usize,
    /// The number of them that changed as expected.
    pub matched: usize,
    /// Every row that is missing, unexpected or wrong.
    pub rows: Vec<RowFinding>,
    /// Why another outcome than the oracle's was accepted, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// The judgement of the answer, if the task asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerFinding>,
    /// What forbidden queries found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<String>,
    /// What failed, if the outcome is a fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

impl Verdict {
    /// The verdict on an episode that ended with a fault.
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

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// An expected change was not made.
    Missing,
    /// An unexpected change was made.
    Extra,
    /// An expected change was made with other values.
    Wrong,
}

/// A row that is not as expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowFinding {
    /// What is wrong with it.
    pub finding: FindingKind,
    /// `database.table`.
    pub table: Cow<'static, str>,
    /// The row's id; none for a missing row that should have been created.
    pub id: Option<String>,
    /// The change that was made or is missing: `created`, `updated` or `deleted`.
    pub change: Cow<'static, str>,
    /// The columns that are not as expected.
    pub columns: Vec<ColumnFinding>,
    /// The row's final values; for a deleted row those before, for a missing row the expected ones.
    #[schemars(with = "Json")]
    pub row: RowValues,
    /// The calls that made the change.
    pub calls: Vec<CausingCall>,
    /// How bad the change is; none for a missing one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
}

impl RowFinding {
    /// Whether the agent made a change that it should not have made.
    pub fn is_harm(&self) -> bool {
        self.finding != FindingKind::Missing
    }
}

/// A column whose value is not as expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnFinding {
    /// Its name.
    pub name: String,
    /// The expected value.
    pub expected: Json,
    /// The actual value.
    pub found: Json,
}

/// A call that changed a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CausingCall {
    /// Its number in the episode, counted from one.
    pub call: u32,
    /// The tool, if the episode's calls are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
}

/// The judgement of an answer in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerFinding {
    /// Whether it is correct.
    pub right: bool,
    /// What was expected.
    pub expected: String,
    /// What the agent answered.
    pub found: String,
}

/// How an episode ended, apart from its changes to the databases.
#[derive(Clone, Copy, Debug, Default)]
pub struct EpisodeEnding<'a> {
    /// The agent's final answer.
    pub answer: Option<&'a str>,
    /// The tools that it called, in order, for findings to name. May be empty.
    pub tools: &'a [&'a str],
    /// What failed, if the harness or a provider did.
    pub fault: Option<&'a str>,
}
