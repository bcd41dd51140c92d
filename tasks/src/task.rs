//! A task: a prompt, and the outcomes that are right.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// Named values; ids are text of eight digits.
pub type Parameters = Map<String, Json>;

/// One task of a suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// The template's id, a dot and a number of two digits.
    pub id: String,
    /// The template that it was drawn from.
    pub template: String,
    /// The domains that it is about: the tools that an agent needs are theirs and the directory's.
    pub domains: Vec<String>,
    /// What the agent is told.
    pub prompt: String,
    /// What was drawn from the world.
    pub parameters: Parameters,
    /// The outcomes that are right. The first is the oracle's; the others are other readings.
    pub outcomes: Vec<ExpectedOutcome>,
    /// The answer in words that is asked for; none where only the databases count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<ExpectedAnswer>,
    /// Queries over the databases that must find nothing at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbid: Vec<ForbiddenState>,
    /// Names of parameters that name someone or something, and what kind it is.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub refers: Map<String, Json>,
    /// Words to choose tasks by.
    pub tags: Vec<String>,
    /// How hard it is.
    pub difficulty: Difficulty,
}

impl Task {
    /// Whether the right thing is to change nothing.
    pub fn expects_no_change(&self) -> bool {
        self.outcomes
            .iter()
            .any(|outcome| outcome.groups.is_empty())
            && self.answer.is_none()
    }
}

/// An outcome that is right: what the databases are once these calls were made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedOutcome {
    /// Why another outcome than the oracle's is right too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Calls in groups: the groups in order, the calls of one in any order. Without groups nothing is to be changed.
    pub groups: Vec<Vec<Call>>,
}

impl ExpectedOutcome {
    /// Every call, group by group.
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

/// An answer in words, and how it is compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ExpectedAnswer {
    /// The text occurs in the answer, as whole words, whatever the case.
    Exact {
        /// The text.
        value: String,
    },
    /// A number of the answer lies close enough.
    Number {
        /// The number.
        value: f64,
        /// How far off it may be.
        tolerance: f64,
    },
    /// The answer holds each of the names and no other of those that could have been.
    Names {
        /// The names that it must hold.
        values: Vec<String>,
        /// The names that it may be drawn from.
        among: Vec<String>,
    },
}

impl ExpectedAnswer {
    /// An answer that is right.
    pub fn correct_answer(&self) -> String {
        match self {
            ExpectedAnswer::Exact { value } => value.clone(),
            ExpectedAnswer::Number { value, .. } => value.to_string(),
            ExpectedAnswer::Names { values, .. } => values.join(", "),
        }
    }
}

/// A query that must find nothing at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForbiddenState {
    /// What it looks for.
    pub why: String,
    /// SQL over the five databases.
    pub sql: String,
}

/// How hard a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difficulty {
    /// Databases that it is about.
    pub databases: usize,
    /// Calls that change something.
    pub writes: usize,
    /// Calls that look something up, at least.
    pub reads: usize,
}
