//! How a step or the end of a run can differ from what the original read in the same text.

use breakroom_tools::workbench::python;
use serde::Serialize;
use serde_json::Value as Json;

use super::transcript::RecordedStep;
use breakroom_agent::react::format_issues::FormatIssue;
use breakroom_agent::react::json_repair;
use breakroom_agent::react::state_machine::ReactStep;

/// The tool name that the recorded framework used for replies that it could not parse.
const UNREADABLE: &str = "_Exception";

/// How a step compares with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepClass {
    /// The same tool with the same arguments, or unreadable for both.
    Same,
    /// Better: the record has a text that contains the object that we read.
    ArgumentsInText,
    /// Equally good: the arguments are not an object, and the record has them as text or has none.
    ArgumentsRetyped,
    /// Better: the record has spaces or backslashes in the tool's name.
    ToolName,
    /// Better: the record calls a tool whose name is another spelling of the final answer.
    FinalSpelling,
    /// Better: we read a call, and the record has none.
    ReadAlthoughBroken,
    /// The redriven run had already ended.
    AfterTheEnd,
    /// Worse: the record has a call that we did not find.
    NotRead,
    /// Worse: another tool.
    OtherTool,
    /// Worse: other arguments.
    OtherArguments,
}

impl StepClass {
    /// Every class.
    pub const ALL: [StepClass; 10] = [
        StepClass::Same,
        StepClass::ArgumentsInText,
        StepClass::ArgumentsRetyped,
        StepClass::ToolName,
        StepClass::FinalSpelling,
        StepClass::ReadAlthoughBroken,
        StepClass::AfterTheEnd,
        StepClass::NotRead,
        StepClass::OtherTool,
        StepClass::OtherArguments,
    ];

    /// Whether the difference is explained: our reading is better, or follows from a better one.
    pub fn is_explained(self) -> bool {
        self < StepClass::NotRead
    }

    /// Compares what the loop read in a text with the record.
    pub fn of(turn: &ReactStep, recorded: &RecordedStep) -> StepClass {
        let broken = recorded.tool == UNREADABLE;
        match turn {
            ReactStep::Retry { .. } if broken => StepClass::Same,
            ReactStep::Retry { .. } => StepClass::NotRead,
            ReactStep::End(_) if letters(&recorded.tool) == "finalanswer" => {
                StepClass::FinalSpelling
            }
            ReactStep::End(_) if broken => StepClass::ReadAlthoughBroken,
            ReactStep::End(_) => StepClass::NotRead,
            ReactStep::CallTool(_) if broken => StepClass::ReadAlthoughBroken,
            ReactStep::CallTool(action) => {
                let same_arguments = action.arguments == recorded.arguments;
                if action.tool == recorded.tool && same_arguments {
                    StepClass::Same
                } else if action.tool == recorded.tool {
                    if holds(&recorded.arguments, &action.arguments) {
                        StepClass::ArgumentsInText
                    } else if retyped(&recorded.arguments, &action.arguments) {
                        StepClass::ArgumentsRetyped
                    } else {
                        StepClass::OtherArguments
                    }
                } else if action.issues.contains(&FormatIssue::ToolName)
                    && letters(&action.tool) == letters(&recorded.tool)
                    && (same_arguments || holds(&recorded.arguments, &action.arguments))
                {
                    StepClass::ToolName
                } else {
                    StepClass::OtherTool
                }
            }
        }
    }
}

/// Whether the recorded arguments are a text that contains these.
fn holds(recorded: &Json, arguments: &Json) -> bool {
    recorded
        .as_str()
        .and_then(|text| json_repair::parse(text.trim()).ok())
        .is_some_and(|read| arguments.is_object() && read.value == *arguments)
}

/// Whether the record has arguments that are not an object as text, or as an empty object.
fn retyped(recorded: &Json, arguments: &Json) -> bool {
    match recorded {
        Json::String(text) => {
            !arguments.is_string() && !arguments.is_object() && python::to_text(arguments) == *text
        }
        Json::Object(object) => {
            object.is_empty() && arguments.as_array().is_some_and(Vec::is_empty)
        }
        _ => false,
    }
}

fn letters(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// How we read the last reply of a run. The original took all of them for answers, or was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndClass {
    /// An answer for both.
    Answer,
    /// Better: it contains a call, outside of the blocks that the original recognized.
    Action,
    /// Better: it is unreadable, usually because it was cut off, and is sent back to the model.
    Unreadable,
    /// The run was interrupted and has no last reply.
    BrokenOff,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use breakroom_agent::react::state_machine::ReactLoop;
    use breakroom_model::chat::StopReason;
    use serde_json::json;

    fn class(text: &str, tool: &str, arguments: Json) -> StepClass {
        let turn = ReactLoop::new(String::new(), String::new(), 1).reply(text, StopReason::End);
        let recorded = RecordedStep {
            model_text: text.into(),
            tool: tool.into(),
            arguments,
            observation: Json::Null,
        };
        StepClass::of(&turn, &recorded)
    }

    fn block(tool: &str, input: &Json) -> String {
        format!(
            "```\n{}\n```",
            json!({"action": tool, "action_input": input})
        )
    }

    #[test]
    fn each_difference_has_its_class() {
        let one = json!({"b": 1});
        assert_eq!(class(&block("a", &one), "a", one.clone()), StepClass::Same);
        assert_eq!(class("", UNREADABLE, Json::Null), StepClass::Same);
        assert_eq!(
            class(&block("a", &json!("{\"b\": 1}")), "a", json!("{\"b\": 1}")),
            StepClass::ArgumentsInText
        );
        assert_eq!(
            class(&block("a", &json!(5)), "a", json!("5")),
            StepClass::ArgumentsRetyped
        );
        assert_eq!(
            class(&block("a", &json!([])), "a", json!({})),
            StepClass::ArgumentsRetyped
        );
        assert_eq!(
            class(&block("a", &json!(6)), "a", json!("5")),
            StepClass::OtherArguments
        );
        assert_eq!(
            class(&block("a\\_b", &one), "a\\_b", one.clone()),
            StepClass::ToolName
        );
        assert_eq!(
            class(
                &block("final_answer", &json!("x")),
                "final_answer",
                json!("x")
            ),
            StepClass::FinalSpelling
        );
        assert_eq!(
            class(&block("a", &one), UNREADABLE, json!("…")),
            StepClass::ReadAlthoughBroken
        );
        assert_eq!(class("done", "a", one.clone()), StepClass::NotRead);
        assert_eq!(class("", "a", one.clone()), StepClass::NotRead);
        assert_eq!(
            class(&block("b", &one), "a", one.clone()),
            StepClass::OtherTool
        );
        assert_eq!(
            class(&block("a", &json!({})), "a", one),
            StepClass::OtherArguments
        );
    }

    #[test]
    fn only_better_readings_are_explained() {
        let unexplained: Vec<_> = StepClass::ALL
            .into_iter()
            .filter(|class| !class.is_explained())
            .collect();
        assert_eq!(
            unexplained,
            [
                StepClass::NotRead,
                StepClass::OtherTool,
                StepClass::OtherArguments
            ]
        );
    }
}
