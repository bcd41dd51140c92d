//! The original's tasks as a suite, played in the dialect `workbench`.

use std::path::Path;
use std::sync::Arc;

use breakroom_tools::session::{Dialect, Start};
use breakroom_tools::workbench::checkout::{CheckoutError, ListedTask, list_tasks, read_office};
use breakroom_tools::workbench::{python, tools};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use crate::suite::{FORMAT_VERSION, Header, Suite};
use crate::task::{Call, Difficulty, Expected, Task};

/// Reads the original's tasks from a checkout, in either of its layouts. `version` names a version of the answers; none is the newest.
///
/// # Errors
/// Names the file that is missing or malformed.
pub fn import(folder: &Path, version: Option<&str>) -> Result<Suite, CheckoutError> {
    let start = Start::Workbench(Arc::new(read_office(folder)?));
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
        tasks.push(one(task, number));
    }
    let bytes = digest.finalize();
    Ok(Suite {
        header: Header {
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

fn one(task: &ListedTask, number: usize) -> Task {
    // A call that does not parse is skipped, as the original's evaluation skips it.
    let calls: Vec<Call> = task.answer.iter().filter_map(|text| call(text)).collect();
    Task {
        id: format!("{}.{number:03}", task.domain),
        template: task.domain.clone(),
        domains: task.domains.clone(),
        prompt: task.prompt.clone(),
        parameters: Map::new(),
        difficulty: Difficulty {
            databases: task.domains.len(),
            writes: calls.len(),
            reads: 0,
        },
        outcomes: vec![Expected {
            why: None,
            groups: if calls.is_empty() {
                Vec::new()
            } else {
                vec![calls]
            },
        }],
        answer: None,
        forbid: Vec::new(),
        refers: Map::new(),
        tags: vec!["workbench".to_owned()],
    }
}

/// A call string as a call by name.
fn call(text: &str) -> Option<Call> {
    let call = python::parse_call(text).ok()?;
    let tool = tools::find(&call.tool)?;
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
