//! Imports the original's tasks as a suite for the dialect `workbench`.

use std::path::Path;
use std::sync::Arc;

use breakroom_tools::session::{Dialect, InitialState};
use breakroom_tools::workbench::checkout::{CheckoutError, ListedTask, list_tasks, read_office};
use breakroom_tools::workbench::{python, tools};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use crate::suite::{FORMAT_VERSION, Suite, SuiteHeader};
use crate::task::{Call, Difficulty, ExpectedOutcome, Task};
use crate::template::Referent;

/// Reads the original's tasks from a checkout in either layout. `version` names a version of the answers; None is the newest.
///
/// # Errors
/// A file is missing or malformed. The message names it.
pub fn import(folder: &Path, version: Option<&str>) -> Result<Suite, CheckoutError> {
    let start = InitialState::Workbench(Arc::new(read_office(folder)?));
    let listed = list_tasks(folder, version)?;
    let mut digest = Sha256::new();
    let mut tasks: Vec<Task> = Vec::with_capacity(listed.len());
    for (place, task) in listed.iter().enumerate() {
        digest.update(format!("{}\n{:?}\n", task.prompt, task.answer));
        let before = &listed[..place];
        let number = 1 + before
            .iter()
            .filter(|other| other.domain == task.domain)
            .count();
        tasks.push(to_task(task, number));
    }
    let bytes = digest.finalize();
    Ok(Suite {
        header: SuiteHeader {
            format_version: FORMAT_VERSION,
            suite: version.map_or_else(
                || "workbench".to_owned(),
                |version| format!("workbench-{version}"),
            ),
            dialect: Dialect::Workbench,
            world: "workbench".to_owned(),
            world_checksum: start.checksum(),
            templates: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            catalog: "workbench".to_owned(),
            seed: 0,
            tasks: tasks.len(),
        },
        tasks,
    })
}

fn to_task(task: &ListedTask, number: usize) -> Task {
    // Like the original's evaluation, skip calls that do not parse.
    let calls: Vec<Call> = task
        .answer
        .iter()
        .filter_map(|text| parse_answer_call(text))
        .collect();
    let phrasing = task.phrasing.as_deref();
    let parameters: Map<String, Json> = phrasing
        .and_then(|phrasing| match_phrasing(phrasing, &task.prompt))
        .unwrap_or_default()
        .into_iter()
        .rev()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    Task {
        id: format!("{}.{number:03}", task.domain),
        template: task.domain.clone(),
        domains: task.domains.clone(),
        prompt: task.prompt.clone(),
        refers: referents(&parameters),
        parameters,
        difficulty: Difficulty {
            databases: task.domains.len(),
            writes: calls.len(),
            reads: 0,
        },
        outcomes: vec![ExpectedOutcome {
            why: None,
            groups: if calls.is_empty() {
                Vec::new()
            } else {
                vec![calls]
            },
        }],
        answer: None,
        forbid: Vec::new(),
        tags: vec!["workbench".to_owned()],
    }
}

/// Makes a task from a recorded answer, to judge runs that were recorded for the same prompt.
pub fn task_from_answer(domain: &str, prompt: &str, answer: &[String]) -> Task {
    let listed = ListedTask {
        domain: domain.to_owned(),
        prompt: prompt.to_owned(),
        answer: answer.to_vec(),
        domains: vec![domain.to_owned()],
        phrasing: None,
        kind: None,
    };
    to_task(&listed, 1)
}

/// The parameters of the original's phrasings that name a colleague or an existing customer.
fn referents(parameters: &Map<String, Json>) -> Map<String, Json> {
    let kind = |name: &str| match name.trim_end_matches(|letter: char| letter.is_ascii_digit()) {
        "current_customer_name" => Some(Referent::Customer),
        "name"
        | "name_"
        | "sender"
        | "sender_name"
        | "recipient_name"
        | "assigned_to_first_name"
        | "new_assigned_to_first_name" => Some(Referent::Colleague),
        _ => None,
    };
    let known = parameters.keys();
    let known = known.filter_map(|name| Some((name.clone(), json!(kind(name)?))));
    known.collect()
}

/// Finds the values that turn a phrasing into the prompt. A name that occurs twice must have the same value both times.
fn match_phrasing<'a>(phrasing: &'a str, prompt: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let Some((before, rest)) = phrasing.split_once('{') else {
        return (phrasing == prompt).then(Vec::new);
    };
    let (name, rest) = rest.split_once('}')?;
    let prompt = prompt.strip_prefix(before)?;
    let literal = rest.split('{').next().unwrap_or_default();
    // Try the shortest value first.
    let ends = prompt.char_indices().map(|(place, _)| place).skip(1);
    ends.chain([prompt.len()])
        .filter(|end| prompt[*end..].starts_with(literal))
        .find_map(|end| {
            let mut values = match_phrasing(rest, &prompt[end..])?;
            let again = values.iter().find(|(other, _)| *other == name);
            if again.is_some_and(|(_, value)| *value != &prompt[..end]) {
                return None;
            }
            values.push((name, &prompt[..end]));
            Some(values)
        })
}

/// Parses a call string. None if the original's evaluation would skip it.
fn parse_answer_call(text: &str) -> Option<Call> {
    let call = python::parse_call(text).ok()?;
    let tool = tools::find(&call.tool)?;
    let known = |name: &String| tool.parameters.contains(&name.as_str());
    if call.positional.len() > tool.parameters.len() || !call.keywords.keys().all(known) {
        return None;
    }
    let positional = tool
        .parameters
        .iter()
        .map(|name| (*name).to_owned())
        .zip(call.positional);
    let arguments: Map<String, Json> = positional.chain(call.keywords).collect();
    Some(Call {
        tool: call.tool,
        arguments: Json::Object(arguments),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_phrasing_are_read_back_from_its_prompt() {
        let found = match_phrasing(
            "Tell {name} of '{what}' and {name}",
            "Tell ana of 'a 'b' c' and ana",
        );
        assert_eq!(
            found,
            Some(vec![("name", "ana"), ("what", "a 'b' c"), ("name", "ana")])
        );
        assert_eq!(
            match_phrasing("Tell {name} and {name}", "Tell ana and ben"),
            None
        );
        assert_eq!(match_phrasing("Tell {name}", "Ask ana"), None);
    }

    #[test]
    fn an_answer_that_would_be_skipped_is_not_a_call() {
        assert!(parse_answer_call("calendar.delete_event.func(event_id='1')").is_some());
        assert!(
            parse_answer_call("calendar.delete_event.func(event_id='1', force='yes')").is_none()
        );
        assert!(parse_answer_call("calendar.delete_event.func('1', '2')").is_none());
        assert!(parse_answer_call("calendar.delete_event.func(event_id='1'").is_none());
    }
}
