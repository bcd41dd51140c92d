//! The system message, which tells a model how to work. Its wording is in `prompt.md`.

use std::fmt::Write;

use crate::prompt_hash::prompt_hash;
use breakroom_model::chat::ToolSpec;

const PROMPT: &str = include_str!("prompt.md");

/// Builds the system message for an office's clock, owner and tools.
pub fn system_message(clock: &str, owner: &str, tools: &[ToolSpec]) -> String {
    let mut list = String::new();
    for tool in tools {
        let arguments = &tool.schema["properties"];
        // Writing to a String cannot fail.
        let _ = writeln!(list, "- {}: {}", tool.name, tool.description);
        let required = tool.schema["required"].as_array();
        for (name, field) in arguments.as_object().into_iter().flatten() {
            let is_required = required.is_some_and(|required| required.iter().any(|it| it == name));
            let _ = write!(
                list,
                "  - {name}{}: ",
                if is_required { "" } else { " (optional)" }
            );
            let _ = write!(
                list,
                "{}",
                field["description"].as_str().unwrap_or_default()
            );
            if let Some(values) = field["enum"].as_array() {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                let _ = write!(list, "; one of {}", values.join(", "));
            }
            list.push('\n');
        }
    }
    PROMPT
        .replace("{clock}", clock)
        .replace("{owner}", owner)
        .replace("{tools}", list.trim_end())
}

/// The hash of the wording.
pub fn hash() -> String {
    prompt_hash(PROMPT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::react::parse;
    use serde_json::json;

    #[test]
    fn the_prompt_names_the_office_and_every_argument_of_its_tools() {
        let tools = [ToolSpec {
            name: "board_move".into(),
            description: "Moves a card".into(),
            schema: json!({
                "properties": {
                    "card": {"description": "Its id"},
                    "list": {"description": "Where to", "enum": ["Backlog", "Done"]},
                },
                "required": ["card"],
            }),
        }];
        let text = system_message("2026-06-11 09:00:00", "a@b.example", &tools);
        let list = "- board_move: Moves a card\n  - card: Its id\n  - list (optional): Where to; one of \"Backlog\", \"Done\"\n";
        assert!(text.contains(list), "{text}");
        assert!(
            text.contains("It is 2026-06-11 09:00:00. You work for a@b.example,"),
            "{text}"
        );
        for placeholder in ["{clock}", "{owner}", "{tools}"] {
            assert!(!text.contains(placeholder), "{placeholder}");
        }
    }

    #[test]
    fn the_examples_in_the_prompt_can_be_parsed() {
        let blocks = PROMPT
            .match_indices("Thought:")
            .map(|(start, _)| parse::parse_reply(&PROMPT[start..]));
        let tools: Vec<String> = blocks
            .map(|step| match step {
                parse::ParsedReply::Action(action) => action.tool,
                parse::ParsedReply::FinalAnswer(_) => "Final Answer".to_owned(),
                parse::ParsedReply::Unreadable { reason } => reason,
            })
            .collect();
        assert_eq!(tools, ["name_of_a_tool", "Final Answer"]);
    }
}
