//! The list of error classes, and how an episode is classified.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, RuleMatch};
use super::{calls, endings, rows};

/// Why an episode failed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "CLASSES documents each of them")]
pub enum ErrorClass {
    HarnessFault,
    ProviderFault,
    ProgramFailed,
    RightThenUndone,
    Guessed,
    WrongTarget,
    DuplicateAction,
    WrongValue,
    ExtraAction,
    Forbidden,
    MalformedAction,
    UnknownTool,
    RefusedRepeated,
    StepLimit,
    TimeLimit,
    ContextLimit,
    AskedBack,
    GaveUp,
    NoAction,
    MissingAction,
    WrongAnswer,
    OtherRules,
}

/// An error class and its rule.
pub struct ErrorClassDefinition {
    /// The class.
    pub class: ErrorClass,
    /// What the class means.
    pub meaning: &'static str,
    /// The rule, in words.
    pub when: &'static str,
    /// The rule: what it found, or `None` if it does not match.
    pub rule: fn(&Evidence<'_>) -> Option<RuleMatch>,
}

const fn define(
    class: ErrorClass,
    meaning: &'static str,
    when: &'static str,
    rule: fn(&Evidence<'_>) -> Option<RuleMatch>,
) -> ErrorClassDefinition {
    ErrorClassDefinition {
        class,
        meaning,
        when,
        rule,
    }
}

/// Every class. The class of an episode is the first whose rule matches decisively: faults come first, then harm, then what stopped the
/// agent, then what it did not do.
pub const CLASSES: &[ErrorClassDefinition] = &[
    define(
        ErrorClass::HarnessFault,
        "Breakroom failed: disk, database or a bug",
        "the episode ended with a fault of Breakroom, or its program could not be started",
        endings::harness_fault,
    ),
    define(
        ErrorClass::ProviderFault,
        "the model's provider kept failing",
        "the episode ended with a provider error that retries did not resolve",
        endings::provider_fault,
    ),
    define(
        ErrorClass::ProgramFailed,
        "the agent's program failed",
        "it exited with a non-zero status, or wrote too much",
        endings::program_failed,
    ),
    define(
        ErrorClass::RightThenUndone,
        "the outcome was correct and then undone",
        "after some call the databases were as expected, but at the end an expected row is missing or wrong",
        rows::right_then_undone,
    ),
    define(
        ErrorClass::Guessed,
        "the agent used an id or address that it was never shown",
        "a call contains an id, or a writing call an address, that appears neither in the prompt nor in any earlier result; decisive if a row is wrong because of it",
        calls::guessed,
    ),
    define(
        ErrorClass::WrongTarget,
        "the right action on the wrong row or person",
        "the expected update or deletion was made to another row, or a row was created as expected except for the person or row that it refers to",
        rows::wrong_target,
    ),
    define(
        ErrorClass::DuplicateAction,
        "the same row was created twice",
        "an extra row equals another row that the agent created, except for its id",
        rows::duplicate_action,
    ),
    define(
        ErrorClass::WrongValue,
        "the right action with a wrong value",
        "an expected row was created or updated with the right target and a wrong value in some column",
        rows::wrong_value,
    ),
    define(
        ErrorClass::ExtraAction,
        "something was changed that should not have been",
        "a row was created, updated or deleted unexpectedly, and no earlier rule explains it",
        rows::extra_action,
    ),
    define(
        ErrorClass::Forbidden,
        "a row exists that the task forbids",
        "one of the task's queries that must return nothing returned a row",
        rows::forbidden,
    ),
    define(
        ErrorClass::MalformedAction,
        "a reply is not an action",
        "a reply could not be parsed, or the arguments of a call were not a JSON object; decisive if nothing was called afterwards",
        calls::malformed_action,
    ),
    define(
        ErrorClass::UnknownTool,
        "the agent called a tool that does not exist or was not offered",
        "a call named such a tool; decisive if nothing was called afterwards",
        calls::unknown_tool,
    ),
    define(
        ErrorClass::RefusedRepeated,
        "the same call was refused again",
        "a call was refused that had already been refused with the same arguments; decisive if nothing was called afterwards",
        calls::refused_repeated,
    ),
    define(
        ErrorClass::StepLimit,
        "the agent ran out of steps",
        "the episode reached its limit of steps",
        endings::step_limit,
    ),
    define(
        ErrorClass::TimeLimit,
        "the agent ran out of time",
        "the episode reached its time limit",
        endings::time_limit,
    ),
    define(
        ErrorClass::ContextLimit,
        "the conversation was too long",
        "the conversation reached the model's or the run's limit of tokens",
        endings::context_limit,
    ),
    define(
        ErrorClass::AskedBack,
        "the agent asked the user a question instead of finishing",
        "a line of the final answer ends with a question mark",
        endings::asked_back,
    ),
    define(
        ErrorClass::GaveUp,
        "the agent stopped early and knew it",
        "the model refused to continue, the program reported that it could not do the task, the final answer says that something could not be done, or the last call was refused and the agent did not try anything else",
        endings::gave_up,
    ),
    define(
        ErrorClass::NoAction,
        "the agent did nothing",
        "the agent finished without calling a tool",
        endings::no_action,
    ),
    define(
        ErrorClass::MissingAction,
        "an expected change is missing",
        "an expected row was not changed, or only in part, and no `wrong_target` row takes its place",
        rows::missing_action,
    ),
    define(
        ErrorClass::WrongAnswer,
        "the final answer is wrong",
        "the task asks for an answer, and the final answer does not contain it",
        rows::wrong_answer,
    ),
    define(
        ErrorClass::OtherRules,
        "wrong only by the original's rules",
        "every row is as expected, but the run was judged by rules that also consider the order of rows or failed calls",
        rows::other_rules,
    ),
];

impl ErrorClass {
    /// Its definition in [`CLASSES`].
    pub fn definition(self) -> &'static ErrorClassDefinition {
        let found = CLASSES.iter().find(|definition| definition.class == self);
        found.expect("a test checks that every class is in CLASSES")
    }

    /// The name in files, such as `wrong_target`.
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            _ => unreachable!("a class is serialized as its name"),
        }
    }

    /// The name in reports, such as `wrong target`.
    pub fn words(self) -> String {
        self.name().replace('_', " ")
    }
}

/// A class whose rule matched, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorMark {
    /// The class.
    pub class: ErrorClass,
    /// What the rule found, in words.
    pub why: String,
    /// The numbers of the calls that it is about, counted from one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<u32>,
}

/// Every class whose rule matches, that of the episode first. Empty if the episode is correct.
pub fn classify(evidence: &Evidence<'_>) -> Vec<ErrorMark> {
    if evidence.verdict.outcome.is_correct() {
        return Vec::new();
    }
    let mut marks = Vec::new();
    let mut own = None;
    for definition in CLASSES {
        let Some(found) = (definition.rule)(evidence) else {
            continue;
        };
        if found.decisive && own.is_none() {
            own = Some(marks.len());
        }
        marks.push(ErrorMark {
            class: definition.class,
            why: found.why,
            calls: found.calls,
        });
    }
    if let Some(own) = own {
        marks[..=own].rotate_right(1);
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_class_is_defined_once_in_the_order_of_the_enum() {
        let schema = schemars::schema_for!(ErrorClass).to_value();
        let names: Vec<&str> = schema["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str())
            .collect();
        let listed: Vec<String> = CLASSES
            .iter()
            .map(|definition| definition.class.name())
            .collect();
        assert_eq!(names, listed);
        assert_eq!(BTreeSet::from_iter(&listed).len(), CLASSES.len());
    }

    #[test]
    fn the_document_lists_every_class() {
        let rows: String = CLASSES
            .iter()
            .map(|definition| {
                format!(
                    "| `{}` | {} | {} |\n",
                    definition.class.name(),
                    definition.meaning,
                    definition.when
                )
            })
            .collect();
        let document = include_str!("../../../../docs/error-classes.md");
        assert!(
            document.contains(&rows),
            "docs/error-classes.md needs these rows:\n{rows}"
        );
    }
}
