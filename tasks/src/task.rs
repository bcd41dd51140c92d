//! A task: a prompt, and its correct outcomes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// Named values. Ids are text with eight digits.
pub type Parameters = Map<String, Json>;

/// One task of a suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// The template's id, a dot and a two-digit number.
    pub id: String,
    /// The template that it was drawn from.
    pub template: String,
    /// The domains that it involves. An agent needs only their tools and the company directory.
    pub domains: Vec<String>,
    /// What the agent is told.
    pub prompt: String,
    /// What was drawn from the world.
    pub parameters: Parameters,
    /// The correct outcomes. The first is the oracle's; the others are alternative readings of the prompt.
    pub outcomes: Vec<ExpectedOutcome>,
    /// The expected answer, if the task asks for one. Otherwise only the databases count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<ExpectedAnswer>,
    /// Queries that must return no rows at the end of the episode.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbid: Vec<ForbiddenState>,
    /// Parameters that name a person or a thing, and which kind they name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub refers: Map<String, Json>,
    /// Words to select tasks by.
    pub tags: Vec<String>,
    /// How hard it is.
    pub difficulty: Difficulty,
}

impl Task {
    /// Whether changing nothing is correct.
    pub fn expects_no_change(&self) -> bool {
        self.outcomes
            .iter()
            .any(|outcome| outcome.groups.is_empty())
            && self.answer.is_none()
    }
}

/// A correct outcome: the state of the databases after these calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedOutcome {
    /// Why this outcome is correct too, if it is not the oracle's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Calls in groups. Groups are in order; the calls of a group may be made in any order. No groups means that nothing should change.
    pub groups: Vec<Vec<Call>>,
}

impl ExpectedOutcome {
    /// All calls, group by group.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.groups.iter().flatten()
    }
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Like `calendar.create_event`.
    pub tool: String,
    /// Its arguments by name.
    pub arguments: Json,
}

/// An expected answer in words, and how answers are compared with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ExpectedAnswer {
    /// The answer contains the text as whole words, ignoring case.
    Exact {
        /// The text.
        value: String,
    },
    /// The answer contains a number that is close enough.
    Number {
        /// The number.
        value: f64,
        /// The largest allowed difference.
        tolerance: f64,
    },
    /// The answer contains all of the names, and none of the other candidates.
    Names {
        /// The names that it must contain.
        values: Vec<String>,
        /// All candidates.
        among: Vec<String>,
    },
}

impl ExpectedAnswer {
    /// A correct answer.
    pub fn correct_answer(&self) -> String {
        match self {
            ExpectedAnswer::Exact { value } => value.clone(),
            ExpectedAnswer::Number { value, .. } => value.to_string(),
            ExpectedAnswer::Names { values, .. } => values.join(", "),
        }
    }
}

/// A query that must return no rows at the end of the episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForbiddenState {
    /// What a returned row means.
    pub why: String,
    /// SQL over the five databases.
    pub sql: String,
}

/// How hard a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difficulty {
    /// The number of databases that it involves.
    pub databases: usize,
    /// The number of calls that change something.
    pub writes: usize,
    /// The minimum number of look-ups.
    pub reads: usize,
}
