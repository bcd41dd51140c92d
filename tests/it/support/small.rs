//! A suite of three tasks in the office that ships: one that only reads, one that writes, one across two databases.

use std::sync::Arc;

use breakroom_gateway::{Gateway, Library, SessionIds};
use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::world::World;
use breakroom_tasks::suite::{FORMAT_VERSION, Suite, SuiteHeader};
use breakroom_tasks::task::Task;
use breakroom_tools::native;
use breakroom_tools::session::{Dialect, InitialState};
use serde_json::{Value as Json, json};

/// The words that only the harness may ever see: they are in the expected outcomes alone.
pub const SECRETS: [&str; 2] = ["Xylograph", "quillwort"];

fn task(id: &str, prompt: &str, calls: Json, answer: Option<Json>) -> Task {
    let mut task = json!({
        "id": id, "template": id.rsplit_once('.').unwrap().0, "domains": ["calendar", "email"], "prompt": prompt,
        "parameters": {}, "outcomes": [{ "groups": calls }], "tags": ["small"],
        "difficulty": { "databases": 1, "writes": 1, "reads": 1 },
    });
    if let Some(answer) = answer {
        task["answer"] = answer;
    }
    serde_json::from_value(task).unwrap()
}

/// The suite.
pub fn suite() -> Suite {
    let world = World::office();
    let event = TableId::find("calendar", "event").unwrap();
    let name = match &world.row(event, 3).unwrap()[1] {
        breakroom_sandbox::Value::Text(text) => text.clone(),
        other => panic!("an event's name is text, not {other:?}"),
    };
    let tasks = vec![
        task(
            "small.read.01",
            "What is event 00000003 called?",
            json!([]),
            Some(json!({ "kind": "exact", "value": name })),
        ),
        task(
            "small.write.01",
            "Cancel event 00000003.",
            json!([[{ "tool": "calendar.delete_event", "arguments": { "event_id": "00000003" } }]]),
            None,
        ),
        task(
            "small.across.01",
            "Put the meeting that we spoke of into the calendar, and tell olwen.hallam@halden.example.",
            json!([[
                { "tool": "calendar.create_event", "arguments": { "event_name": SECRETS[0], "participant_email": "olwen.hallam@halden.example", "event_start": "2026-06-12 16:00:00", "duration": "15" } },
                { "tool": "email.send_email", "arguments": { "recipient": "olwen.hallam@halden.example", "subject": SECRETS[1], "body": "It is at four." } },
            ]]),
            None,
        ),
    ];
    Suite {
        header: SuiteHeader {
            format_version: FORMAT_VERSION,
            suite: "small".to_owned(),
            dialect: Dialect::Native,
            world: world.name().to_owned(),
            world_checksum: world.checksum().to_owned(),
            templates: String::new(),
            catalog: native::hash(),
            seed: 1,
            tasks: tasks.len(),
        },
        tasks,
    }
}

/// A library of the office that ships and this suite.
pub fn library() -> Library {
    let mut library = Library::default();
    library.add_start("office", InitialState::Native(World::office()));
    library.add_suite(suite()).unwrap();
    library
}

/// A gateway as standard input and output have it.
pub fn counted() -> Arc<Gateway> {
    Arc::new(Gateway::new(library(), SessionIds::Sequential))
}
