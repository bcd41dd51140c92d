//! The list of classes, and how an episode gets its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, RuleMatch};
use super::{calls, endings, rows};

/// Why an episode failed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "CLASSES says what each means")]
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

/// A class, and the rule by which an episode is of it.
pub struct ErrorClassDefinition {
    /// Which.
    pub class: ErrorClass,
    /// What it means.
    pub meaning: &'static str,
    /// The rule in words.
    pub when: &'static str,
    /// The rule: what it found, or none where it does not hold.
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

/// Every class. The first whose rule holds decisively is an episode's class: faults come first, then harm, then what kept the agent
/// from doing what was asked, then that it was not done.
pub const CLASSES: &[ErrorClassDefinition] = &[
    define(
        ErrorClass::HarnessFault,
        "we failed: disk, database or a bug",
        "the episode ended with a fault of ours, or its program could not be started",
        endings::harness_fault,
    ),
    define(
        ErrorClass::ProviderFault,
        "the model's provider failed for good",
        "the episode ended with a provider's error that asking again did not mend",
        endings::provider_fault,
    ),
    define(
        ErrorClass::ProgramFailed,
        "the agent's program failed",
        "it exited with a status other than 0, or wrote too much",
        endings::program_failed,
    ),
    define(
        ErrorClass::RightThenUndone,
        "the right outcome, then undone",
        "after some call the databases were as expected; in the end a row that was expected is missing or wrong",
        rows::right_then_undone,
    ),
    define(
        ErrorClass::Guessed,
        "an id or address that it was never shown",
        "a call has an id, or a writing call an address, that occurs neither in the prompt nor in any result before; decisive where a row is wrong for it",
        calls::guessed,
    ),
    define(
        ErrorClass::WrongTarget,
        "the right action on the wrong row or person",
        "the expected update or deletion was made to another row, or a row was created as expected but for the person or the row that it refers to",
        rows::wrong_target,
    ),
    define(
        ErrorClass::DuplicateAction,
        "the same thing made twice",
        "a row too many is equal to another that the agent created, but for its id",
        rows::duplicate_action,
    ),
    define(
        ErrorClass::WrongValue,
        "the right action with a wrong value",
        "a row that was expected to be created or updated has another value in some column, and the target is right",
        rows::wrong_value,
    ),
    define(
        ErrorClass::ExtraAction,
        "something was changed that should not have been",
        "a row was created, updated or deleted that nobody expected, and none of the rules before explains it",
        rows::extra_action,
    ),
    define(
        ErrorClass::Forbidden,
        "something is there that the task forbids",
        "a query of the task that must find nothing found a row",
        rows::forbidden,
    ),
    define(
        ErrorClass::MalformedAction,
        "a reply that is no action",
        "a reply could not be read, or the arguments of a call were no object; decisive where nothing else was called after it",
        calls::malformed_action,
    ),
    define(
        ErrorClass::UnknownTool,
        "a tool that does not exist or was not offered",
        "a call named such a tool; decisive where nothing else was called after it",
        calls::unknown_tool,
    ),
    define(
        ErrorClass::RefusedRepeated,
        "the same call refused again",
        "a call was refused that had been refused before with the same arguments; decisive where nothing else was called after it",
        calls::refused_repeated,
    ),
    define(
        ErrorClass::StepLimit,
        "no steps were left",
        "the episode ended at its limit of steps",
        endings::step_limit,
    ),
    define(
        ErrorClass::TimeLimit,
        "no time was left",
        "the episode ended at its limit of time",
        endings::time_limit,
    ),
    define(
        ErrorClass::ContextLimit,
        "the conversation was too long",
        "the episode ended at the model's or the run's limit of tokens",
        endings::context_limit,
    ),
    define(
        ErrorClass::AskedBack,
        "a question to the user instead of an end",
        "a line of the last words ends with a question mark",
        endings::asked_back,
    ),
    define(
        ErrorClass::GaveUp,
        "the agent stopped before it was done, and knew it",
        "the model refused to go on, the program said that it could not, the last words say that something could not be done, or the last call was refused and the agent left it at that",
        endings::gave_up,
    ),
    define(
        ErrorClass::NoAction,
        "nothing was tried",
        "the agent ended without a call",
        endings::no_action,
    ),
    define(
        ErrorClass::MissingAction,
        "something that was to be changed was not",
        "a row that was expected to change did not, or only in a part, and no row of the wrong target stands for it",
        rows::missing_action,
    ),
    define(
        ErrorClass::WrongAnswer,
        "the answer in words is wrong",
        "the task asks for an answer, and the last words do not hold it",
        rows::wrong_answer,
    ),
    define(
        ErrorClass::OtherRules,
        "wrong by the original's rules alone",
        "every row is as expected, and the run was judged by rules that also count the order of rows or calls that failed",
        rows::other_rules,
    ),
];

impl ErrorClass {
    /// Its entry in [`CLASSES`].
    pub fn definition(self) -> &'static ErrorClassDefinition {
        let found = CLASSES.iter().find(|definition| definition.class == self);
        found.expect("every class has an entry, a test says")
    }

    /// As files have it, like `wrong_target`.
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            _ => unreachable!("a class is written as its name"),
        }
    }

    /// As reports have it, like `wrong target`.
    pub fn words(self) -> String {
        self.name().replace('_', " ")
    }
}

/// A class whose rule holds, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorMark {
    /// Which.
    pub class: ErrorClass,
    /// What the rule found, in words.
    pub why: String,
    /// The numbers of the calls that it found, counted from one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<u32>,
}

/// Every class whose rule holds, the episode's own first; none for an episode that is right.
pub fn classify(evidence: &Evidence<'_>) -> Vec<ErrorMark> {
    if evidence.verdict.outcome == breakroom_tasks::verdict::Outcome::Correct {
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
    fn every_class_has_one_entry_in_the_order_of_the_list() {
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
    fn the_document_has_every_class_as_the_list_has_it() {
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
