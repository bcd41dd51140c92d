//! What a policy says beside its calls. The words are data: `words.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use breakroom_tasks::task::Call;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    thoughts: BTreeMap<String, Vec<String>>,
    refused: Thoughts,
    end: Thoughts,
    done: BTreeMap<String, (String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Thoughts {
    thoughts: Vec<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    toml::from_str(include_str!("words.toml"))
        .expect("the words are compiled in, a test reads them")
});

/// What is thought before a call; `turn` chooses among the ways to put it.
pub(super) fn thought(call: &Call, refused: bool, turn: u64) -> String {
    if refused {
        return chosen(&WORDS.refused.thoughts, turn).to_owned();
    }
    let fitting = WORDS
        .thoughts
        .iter()
        .filter(|(start, _)| call.tool.starts_with(start.as_str()));
    let fitting = fitting.max_by_key(|(start, _)| start.len());
    let thoughts = fitting
        .map(|(_, thoughts)| thoughts.as_slice())
        .unwrap_or_default();
    let mut thought = chosen(thoughts, turn).to_owned();
    for (name, value) in call.arguments.as_object().into_iter().flatten() {
        let place = format!("{{{name}}}");
        if thought.contains(&place) {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            thought = thought.replace(&place, &value);
        }
    }
    thought
}

/// What is thought before the answer.
pub(super) fn last_thought(turn: u64) -> &'static str {
    chosen(&WORDS.end.thoughts, turn)
}

fn chosen(thoughts: &[String], turn: u64) -> &str {
    let count = thoughts.len().max(1) as u64;
    let place = usize::try_from(turn % count).unwrap_or_default();
    thoughts.get(place).map_or("Let me see.", String::as_str)
}

/// What was done by calls of these tools, in a sentence.
pub(super) fn done<'a>(tools: impl Iterator<Item = &'a str>) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for tool in tools {
        match counts.iter_mut().find(|(known, _)| *known == tool) {
            Some((_, count)) => *count += 1,
            None => counts.push((tool, 1)),
        }
    }
    let deeds = counts.iter().map(|(tool, count)| {
        let words = WORDS
            .done
            .iter()
            .find(|(verb, _)| tool.ends_with(verb.as_str()));
        match (words, count) {
            (Some((_, (one, _))), 1) => one.clone(),
            (Some((_, (_, several))), count) => several.replace("{count}", &count.to_string()),
            (None, count) => format!("called {tool} {count} times"),
        }
    });
    let deeds: Vec<String> = deeds.collect();
    match deeds.split_last() {
        None => "I looked, and there was nothing to change.".to_owned(),
        Some((only, [])) => format!("I {only}."),
        Some((last, rest)) => format!("I {} and {last}.", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn thoughts_fit_the_call_and_vary() {
        let call = Call {
            tool: "company_directory_find_email_address".into(),
            arguments: json!({"name": "Ana"}),
        };
        assert_eq!(thought(&call, false, 0), "I need Ana's address first.");
        assert_ne!(thought(&call, false, 0), thought(&call, false, 1));
        assert_ne!(thought(&call, true, 0), thought(&call, false, 0));
    }

    #[test]
    fn every_tool_that_writes_has_words() {
        for tool in breakroom_tools::native::catalog() {
            let said = done([tool.name.as_str()].into_iter());
            assert_eq!(said.starts_with("I called"), !tool.writes(), "{said}");
            let call = Call {
                tool: tool.name.clone(),
                arguments: json!({}),
            };
            assert_ne!(
                thought(&call, false, 0),
                "This should get me on.",
                "{}",
                tool.name
            );
        }
        assert_eq!(
            done(
                [
                    "calendar.delete_event",
                    "email.send_email",
                    "calendar.delete_event"
                ]
                .into_iter()
            ),
            "I deleted 2 events and sent a mail."
        );
        assert!(done(std::iter::empty()).contains("nothing"));
    }
}
