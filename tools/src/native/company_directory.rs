//! The company directory. It is not a database, and nothing in it can be changed.

use breakroom_sandbox::session::Scope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::catalog::RunTool;
use super::error::{CallError, refuse};
use crate::hints::ToolHints;
use crate::raw_json::to_raw_json;

/// Finds colleagues by name or part of a name, with address and role. When several match, all are returned: choose the one that is meant
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FindEmailAddress {
    /// First name, last name or both, in any order and case
    name: String,
}
impl RunTool for FindEmailAddress {
    const HINTS: ToolHints = ToolHints::READ;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        let words: Vec<String> = self
            .name
            .to_lowercase()
            .split(|letter: char| letter.is_whitespace() || letter == '.')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        if words.is_empty() {
            return refuse("name is empty: write a colleague's name, or a part of it");
        }
        let matching = |matches: fn(&str, &str) -> bool| -> Vec<&RawValue> {
            let directory = scope.world().directory_entries();
            directory
                .filter(|(name, _)| words.iter().all(|word| matches(name, word)))
                .map(|(_, colleague)| colleague)
                .collect()
        };
        // Whole words take precedence: someone looking for Nils does not mean Nilsen.
        let mut known = matching(has_word);
        if known.is_empty() {
            known = matching(has_part);
        }
        let message = match known.len() {
            0 => {
                return refuse(format!(
                    "nobody in the company is called {:?}: try only the first or the last name",
                    self.name
                ));
            }
            1 => None,
            count => Some(format!(
                "{count} colleagues match {:?}: choose the one that is meant",
                self.name
            )),
        };
        Ok(to_raw_json(&DirectoryMatches {
            matches: known,
            message,
        }))
    }
}

#[derive(Serialize)]
struct DirectoryMatches<'a> {
    matches: Vec<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

fn has_word(name: &str, word: &str) -> bool {
    let mut words =
        name.split(|letter: char| letter.is_whitespace() || letter == '.' || letter == '@');
    has_part(name, word) && words.any(|known| known == word)
}

fn has_part(name: &str, word: &str) -> bool {
    name.contains(word)
}
