//! The text that tells a model how to work; its wording is data in `prompt.md`.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::model::chat::ToolSpec;

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
    Sha256::digest(PROMPT)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
