//! What a policy says beside its calls. The texts are data in `phrasing.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use breakroom_tasks::task::Call;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrasing {
    thoughts: BTreeMap<String, Vec<String>>,
    refused: ThoughtList,
    end: ThoughtList,
    done: BTreeMap<String, (String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThoughtList {
    thoughts: Vec<String>,
}

static PHRASING: LazyLock<Phrasing> = LazyLock::new(|| {
    toml::from_str(include_str!("phrasing.toml"))
        .expect("the texts are compiled in, a test parses them")
});

/// The thought before a call; `variation` chooses among the phrasings.
pub(super) fn thought(call: &Call, refused: bool, variation: u64) -> String {
    if refused {
        return chosen(&PHRASING.refused.thoughts, variation).to_owned();
    }
    let fitting = PHRASING
        .thoughts
        .iter()
        .filter(|(start, _)| call.tool.starts_with(start.as_str()));
    let fitting = fitting.max_by_key(|(start, _)| start.len());
    let thoughts = fitting
        .map(|(_, thoughts)| thoughts.as_slice())
        .unwrap_or_default();
    let mut thought = chosen(thoughts, variation).to_owned();
    for (name, value) in call.arguments.as_object().into_iter().flatten() {
        let placeholder = format!("{{{name}}}");
        if thought.contains(&placeholder) {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            thought = thought.replace(&placeholder, &value);
        }
    }
    thought
}

/// The thought before the final answer.
pub(super) fn last_thought(variation: u64) -> &'static str {
    chosen(&PHRASING.end.thoughts, variation)
}

fn chosen(thoughts: &[String], variation: u64) -> &str {
    let count = thoughts.len().max(1) as u64;
    let index = usize::try_from(variation % count).unwrap_or_default();
    thoughts.get(index).map_or("Let me see.", String::as_str)
}

/// Summarizes in a sentence what calls of these tools did.
pub(super) fn summary<'a>(tools: impl Iterator<Item = &'a str>) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for tool in tools {
        match counts.iter_mut().find(|(known, _)| *known == tool) {
            Some((_, count)) => *count += 1,
            None => counts.push((tool, 1)),
        }
    }
    let phrases = counts.iter().map(|(tool, count)| {
        let words = PHRASING
            .done
            .iter()
            .find(|(verb, _)| tool.ends_with(verb.as_str()));
        match (words, count) {
            (Some((_, (one, _))), 1) => one.clone(),
            (Some((_, (_, several))), count) => several.replace("{count}", &count.to_string()),
            (None, count) => format!("called {tool} {count} times"),
        }
    });
    let phrases: Vec<String> = phrases.collect();
    match phrases.split_last() {
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
            let said = summary([tool.name.as_str()].into_iter());
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
            summary(
                [
                    "calendar.delete_event",
                    "email.send_email",
                    "calendar.delete_event"
                ]
                .into_iter()
            ),
            "I deleted 2 events and sent a mail."
        );
        assert!(summary(std::iter::empty()).contains("nothing"));
    }
}
