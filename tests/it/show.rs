//! What `breakroom errors` and `breakroom show` print of a run.

use crate::support::runs::{Folder, action, answer, breakroom, call, run, script, suite, task};
use breakroom_tasks::task::Call;
use serde_json::{Value as Json, json};

fn event(name: &str) -> Json {
    json!({ "event_name": name, "participant_email": "olwen.hallam@halden.example", "event_start": "2026-06-12 16:00:00", "duration": 30 })
}

fn create(name: &str) -> Json {
    action("calendar_create_event", &event(name))
}

fn expected() -> Vec<Call> {
    vec![
        call("calendar.create_event", event("Tea")),
        call("calendar.create_event", event("Cake")),
    ]
}

/// What the model does of two meetings that it is to make, by the name of the template.
fn cases() -> Vec<(&'static str, Vec<Json>)> {
    vec![
        (
            "meet.right",
            vec![create("Cake"), create("Tea"), answer("Done.")],
        ),
        ("meet.half", vec![create("Tea"), answer("Done.")]),
        (
            "meet.lost",
            vec![
                action(
                    "calendar_search_events",
                    &json!({ "query": "Roadmap session for Summerfield" }),
                ),
                create("Tea"),
                json!("Thought: hm"),
                create("Coffee"),
                create("Cake"),
                action("calendar_delete", &json!({})),
                answer("Done."),
            ],
        ),
        (
            "meet.mended",
            vec![
                create("Coffee"),
                action("calendar_delete_event", &json!({ "event_id": "301" })),
                create("Tea"),
                answer("And now?"),
            ],
        ),
        ("office.nothing", vec![answer("Done.")]),
    ]
}

/// Plays the cases, and gives the arguments that name the run and its suite.
fn played(folder: &Folder) -> (String, String) {
    let prompt = |template: &str| format!("Meet olwen.hallam@halden.example twice: {template}");
    let cases = cases();
    let tasks = cases
        .iter()
        .map(|(template, _)| task(template, &prompt(template), &expected()));
    let suite = folder.file("suite.jsonl", &suite(tasks.collect()));
    let scripts: String = cases
        .iter()
        .map(|(template, replies)| script(&prompt(template), replies))
        .collect();
    let model = format!("scripted:{}", folder.file("script.jsonl", &scripts));
    let out = folder.path("tea");
    run(&out, &["--suite", &suite, "--model", &model]);
    (out, suite)
}

/// What the program prints, with the test's folder out of it.
fn printed(folder: &Folder, arguments: &[&str]) -> String {
    let output = breakroom(arguments);
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    format!(
        "{}exit code {}",
        text.replace(&folder.path(""), "FOLDER/"),
        output.status.code().unwrap()
    )
}

#[test]
fn errors_and_episodes_in_words() {
    let folder = Folder::new("show");
    let (run, suite) = played(&folder);
    insta::assert_snapshot!("errors", printed(&folder, &["errors", &run]));
    for task in ["meet.lost", "meet.half", "meet.right"] {
        let shown = printed(
            &folder,
            &["show", &run, &format!("{task}.01"), "--suite", &suite],
        );
        insta::assert_snapshot!(task, shown);
    }
}

#[test]
fn where_a_correct_end_went_out_of_reach() {
    let folder = Folder::new("reach");
    let (run, suite) = played(&folder);
    let reach = |task: &str| {
        let output = breakroom(&["show", &run, task, "--suite", &suite, "--json"]);
        let shown: Json = serde_json::from_slice(&output.stdout).unwrap();
        shown["reach"].clone()
    };
    let calls = |names: &[&str]| -> Json {
        let calls = names
            .iter()
            .map(|name| json!(call("calendar.create_event", event(name))));
        calls.collect()
    };
    assert_eq!(
        reach("meet.right.01"),
        json!({ "reach": "kept", "left": [] })
    );
    assert_eq!(
        reach("meet.half.01"),
        json!({ "reach": "kept", "left": calls(&["Cake"]) })
    );
    assert_eq!(
        reach("office.nothing.01"),
        json!({ "reach": "kept", "left": calls(&["Tea", "Cake"]) })
    );
    assert_eq!(
        reach("meet.lost.01"),
        json!({ "reach": "lost", "call": 3, "tool": "calendar_create_event", "before": calls(&["Cake"]) })
    );
    // What the agent itself put right again was not lost.
    assert_eq!(
        reach("meet.mended.01"),
        json!({ "reach": "kept", "left": calls(&["Cake"]) })
    );
    // Another suite of the same name has other tasks.
    let other = folder.file(
        "other.jsonl",
        &crate::support::runs::suite(vec![task("meet.half", "x", &[])]),
    );
    let output = breakroom(&["show", &run, "meet.half.01", "--suite", &other, "--json"]);
    let shown: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["reach"]["reach"], "unknown");
}

#[test]
fn names_that_are_not_there() {
    let folder = Folder::new("names");
    let (run, _) = played(&folder);
    let printed = |arguments: &[&str]| printed(&folder, arguments);
    let lines = [
        printed(&["errors", &run.replace("tea", "tee")]),
        printed(&["show", &run, "meet.hlaf.01"]),
        printed(&["show", &run, "meet.half.01", "--trial", "2"]),
    ];
    insta::assert_snapshot!(lines.join("\n"));
}
