//! The company directory, which is no database: nothing in it can be changed.

use breakroom_sandbox::session::Scope;
use breakroom_sandbox::world::Colleague;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::catalog::Run;
use super::failure::{Failure, refuse};

/// Finds colleagues by name or part of a name, with address and role. When several match, all are returned: choose the one that is meant
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FindEmailAddress {
    /// First name, last name or both, in any order and case
    name: String,
}
impl Run for FindEmailAddress {
    fn run(self, scope: &Scope<'_>) -> Result<Json, Failure> {
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
        let matching = |matches: fn(&Colleague, &str) -> bool| -> Vec<&Colleague> {
            let directory = scope.world().directory().iter();
            directory
                .filter(|colleague| words.iter().all(|word| matches(colleague, word)))
                .collect()
        };
        // Nils is not meant where a Nilsen is there too, and Clark is not Clarke: whole words count first.
        let mut known = matching(has_word);
        if known.is_empty() {
            known = matching(has_part);
        }
        let found: Vec<Json> = known.iter().map(|colleague| json!(colleague)).collect();
        let message = match found.len() {
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
        Ok(match message {
            None => json!({ "matches": found }),
            Some(message) => json!({ "matches": found, "message": message }),
        })
    }
}

/// What a colleague can be found by, in small letters.
fn text(colleague: &Colleague) -> String {
    format!("{} {}", colleague.name, colleague.email).to_lowercase()
}

fn has_word(colleague: &Colleague, word: &str) -> bool {
    let text = text(colleague);
    text.split(|letter: char| letter.is_whitespace() || letter == '.' || letter == '@')
        .any(|known| known == word)
}

fn has_part(colleague: &Colleague, word: &str) -> bool {
    text(colleague).contains(word)
}
