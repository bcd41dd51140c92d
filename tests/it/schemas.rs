//! The schemas that ship: current, and true of what is sent, answered and printed.

use crate::support::small;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use breakroom::schema;
use breakroom_server::stdio;
use jsonschema::Validator;
use serde_json::{Value as Json, json};

fn validators() -> BTreeMap<String, Validator> {
    let compile = |schema: Json| jsonschema::draft202012::new(&schema).unwrap();
    schema::files()
        .into_iter()
        .map(|(name, schema)| (name, compile(schema)))
        .collect()
}

fn answers(lines: &[String]) -> Vec<Json> {
    let mut output = Vec::new();
    stdio::serve(small::counted(), lines.join("\n").as_bytes(), &mut output).unwrap();
    let lines = std::str::from_utf8(&output).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn check(validator: &Validator, message: &Json) {
    let errors: Vec<String> = validator
        .iter_errors(message)
        .map(|it| it.to_string())
        .collect();
    assert!(errors.is_empty(), "{message}:\n{}", errors.join("\n"));
}

fn file(method: &str, side: &str) -> String {
    format!("protocol/{}.{side}.json", method.replace('/', "."))
}

#[test]
fn every_message_of_the_protocol_fits_its_schema() {
    let validators = validators();
    let folder = std::env::temp_dir().join(format!("breakroom-schemas-{}", std::process::id()));
    let mut lines: Vec<String> = include_str!("../../PROTOCOL.md")
        .lines()
        .filter_map(|line| line.strip_prefix(">> ").map(str::to_owned))
        .collect();
    // What the document shows in words alone, and a change of each kind.
    let call = |id: i64, name: &str, arguments: Json| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "session": "1", "name": name, "arguments": arguments } });
    lines.extend(
        [
            json!({ "jsonrpc": "2.0", "id": "list", "method": "tools/list" }),
            call(20, "calendar.delete_event", json!({ "event_id": "1" })),
            call(21, "calendar.update_event", json!({ "event_id": "2", "field": "duration", "new_value": "45" })),
            call(22, "email.send_email", json!({ "recipient": "a@b.example", "subject": "", "body": "" })),
            json!({ "jsonrpc": "2.0", "id": 23, "method": "session/changes", "params": { "session": "1" } }),
            json!({ "jsonrpc": "2.0", "id": 25, "method": "session/trace", "params": { "session": "1" } }),
            json!({ "jsonrpc": "2.0", "id": 24, "method": "session/export", "params": { "session": "1", "folder": folder } }),
        ]
        .map(|line| line.to_string()),
    );
    let answers = answers(&lines);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(answers.len(), lines.len());
    let mut used = BTreeSet::from(["call.json".to_owned()]);
    for (line, answer) in lines.iter().zip(&answers) {
        let message: Json = serde_json::from_str(line).unwrap_or_default();
        let method = message["method"].as_str().unwrap_or_default();
        let request = file(method, "request");
        if let Some(validator) = validators.get(&request) {
            check(validator, &message);
            used.insert(request);
        }
        let answered = match answer.get("error") {
            Some(_) => "protocol/error.json".to_owned(),
            None => file(method, "response"),
        };
        check(&validators[&answered], answer);
        used.insert(answered);
    }
    // What lies on disk is held against its schema where it is written, in the tests of runs, tasks and comparisons.
    let messages = |name: &String| name.starts_with("protocol/") || name == "call.json";
    let all: BTreeSet<String> = validators
        .keys()
        .filter(|name| messages(name))
        .cloned()
        .collect();
    assert_eq!(used, all, "a schema that no message was held against");
}

#[test]
fn a_schema_refuses_what_the_server_refuses() {
    let validators = validators();
    for (method, parameters) in [
        ("session/open", json!({ "colour": "blue" })),
        ("session/reset", json!({ "session": 7 })),
        ("tools/call", json!({ "session": "1" })),
        (
            "session/export",
            json!({ "session": "1", "folder": "x", "as": "zip" }),
        ),
    ] {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        assert!(
            !validators[&file(method, "request")].is_valid(&message),
            "{message}"
        );
        assert_eq!(answers(&[message.to_string()])[0]["error"]["code"], -32_602);
    }
    let answer = json!({ "jsonrpc": "2.0", "id": 1, "result": { "refused": "no", "result": 1 } });
    assert!(!validators[&file("tools/call", "response")].is_valid(&answer));
}

#[test]
fn what_a_call_prints_fits_its_schema() {
    for (event, status) in [("event_id=3", 0), ("event_id=99999999", 1)] {
        let output = Command::new(env!("CARGO_BIN_EXE_breakroom"))
            .args(["call", "calendar.delete_event", event])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(status));
        let report: Json = serde_json::from_slice(&output.stdout).unwrap();
        check(&validators()["call.json"], &report);
    }
}

#[test]
fn the_files_are_those_that_the_program_writes() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let again = "run `breakroom schema --out schemas`";
    let mut known = BTreeSet::new();
    for (name, schema) in schema::files() {
        let text = std::fs::read_to_string(shipped.join(&name)).unwrap_or_default();
        assert_eq!(
            text,
            format!("{schema:#}\n"),
            "schemas/{name} is not current: {again}"
        );
        known.insert(name);
    }
    let mut folders = vec![shipped.clone()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(&shipped)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            assert!(
                known.contains(&name),
                "schemas/{name} is of nothing: remove it"
            );
        }
    }
}
