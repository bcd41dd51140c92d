//! The text that tells a model how to work; its wording is data in `prompt.md`.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use breakroom_model::chat::ToolSpec;

const PROMPT: &str = include_str!("prompt.md");

/// The system message for an office at that time, of that owner, with these tools.
pub fn system(clock: &str, owner: &str, tools: &[ToolSpec]) -> String {
    let mut list = String::new();
    for tool in tools {
        let arguments = &tool.schema["properties"];
        // Writing to a text cannot fail.
        let _ = writeln!(list, "- {}: {}", tool.name, tool.description);
        let required = tool.schema["required"].as_array();
        for (name, field) in arguments.as_object().into_iter().flatten() {
            let needed = required.is_some_and(|required| required.iter().any(|it| it == name));
            let _ = write!(
                list,
                "  - {name}{}: ",
                if needed { "" } else { " (optional)" }
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

/// SHA-256 of the wording, in hexadecimal.
pub fn hash() -> String {
    digest(PROMPT)
}

/// SHA-256 of a text, in hexadecimal.
pub fn digest(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let text = system("2026-06-11 09:00:00", "a@b.example", &tools);
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
    fn the_form_that_the_prompt_shows_is_the_form_that_is_read() {
        let blocks = PROMPT
            .match_indices("Thought:")
            .map(|(start, _)| super::super::parse::step(&PROMPT[start..]));
        let tools: Vec<String> = blocks
            .map(|step| match step {
                super::super::parse::Step::Action(action) => action.tool,
                super::super::parse::Step::Final(_) => "Final Answer".to_owned(),
                super::super::parse::Step::Unreadable { reason } => reason,
            })
            .collect();
        assert_eq!(tools, ["name_of_a_tool", "Final Answer"]);
    }
}
