//! Exit codes: 2 for every mistake of the user's, 3 for what is not one.

use std::process::Command;

use crate::support::runs::{Folder, breakroom};

/// Runs the program, and gives its exit code and what it printed to standard error.
fn ends(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_breakroom"))
        .args(arguments)
        .env_remove("BREAKROOM_MISSING_KEY")
        .env_remove("OPENAI_API_KEY")
        .env_remove("ANTHROPIC_API_KEY")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), errors)
}

#[test]
fn every_mistake_of_the_users_ends_with_two_and_says_what_was_wrong() {
    let folder = Folder::new("mistakes");
    let run = |out: &str, more: &[&str]| {
        let path = folder.path(out);
        let first = ["run", "--agent", "oracle", "--out", &path];
        let output = breakroom(&[&first[..], more].concat());
        assert!(output.status.success(), "{output:?}");
        path
    };
    let one = run("one", &["--limit", "1"]);
    let other = run("other", &["--limit", "2"]);
    let shard = run("shard", &["--limit", "2", "--shard", "1/2"]);
    let half = folder.path("half");
    std::fs::create_dir_all(&half).unwrap();
    std::fs::write(format!("{half}/run.json"), "{").unwrap();
    let nothing = folder.path("nothing");
    let text = folder.file("notes.txt", "This is a note.\n");
    std::fs::create_dir_all(folder.path("taken")).unwrap();
    folder.file("taken/notes.txt", "mine");
    let taken = folder.path("taken");
    std::fs::create_dir_all(folder.path("templates")).unwrap();
    folder.file("templates/calendar.toml", "[[template]]\nid = 7\n");
    let templates = folder.path("templates");
    let below_file = format!("{text}/below");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();

    // The command, and a word of the message.
    let mistakes: Vec<(Vec<&str>, &str)> = vec![
        (vec!["frobnicate"], "frobnicate"),
        (vec!["run", "--frobnicate"], "frobnicate"),
        (vec!["run", "--suite", "office-691"], "office-691"),
        (vec!["run", "--suite", &text], "notes.txt"),
        (vec!["run", "--world", &nothing], "nothing"),
        (vec!["run", "--agent", "raect"], "raect"),
        (vec!["run", "--agent", "replay:nothing"], "nothing"),
        (
            vec!["run", "--agent", "oracle", "--model", "any"],
            "--model",
        ),
        (vec!["run", "--model", "scripted:nobody"], "nobody"),
        (vec!["run", "--model", "gpt-none"], "OPENAI_API_KEY"),
        (
            vec!["run", "--model", "anthropic:none"],
            "ANTHROPIC_API_KEY",
        ),
        (
            vec![
                "run",
                "--model",
                "any",
                "--api-key-env",
                "BREAKROOM_MISSING_KEY",
            ],
            "BREAKROOM_MISSING_KEY",
        ),
        (
            vec!["run", "--model", "any", "--base-url", "nowhere"],
            "nowhere",
        ),
        (vec!["run", "--prices", &nothing], "nothing"),
        (vec!["run", "--only", "nothing-like-it"], "no task"),
        (vec!["run", "--limit", "many"], "many"),
        (vec!["run", "--shard", "3/2"], "3/2"),
        (vec!["run", "--rules", "workbench-2024"], "workbench"),
        (vec!["run", "--chaos", &nothing], "nothing"),
        (vec!["run", "--chaos", &text], "notes.txt"),
        (vec!["run", "--agent", "oracle", "--out", &one], "--resume"),
        (vec!["run", "--agent", "oracle", "--out", &taken], "taken"),
        (
            vec!["run", "--agent", "oracle", "--out", &below_file],
            "notes.txt",
        ),
        (
            vec![
                "run", "--agent", "oracle", "--out", &one, "--resume", "--limit", "2",
            ],
            "limit",
        ),
        (vec!["errors", "nothing"], "nothing"),
        (vec!["errors", &half], "damaged"),
        (vec!["show", "nothing", "calendar"], "nothing"),
        (vec!["show", &one, "calendar"], "calendar"),
        (vec!["stats", "nothing"], "nothing"),
        (vec!["export", "nothing", "--format", "csv"], "nothing"),
        (vec!["export", &one, "--format", "excel"], "excel"),
        (
            vec!["export", &one, "--format", "csv", "--out", &below_file],
            "notes.txt",
        ),
        (vec!["compare", &one, "nothing"], "nothing"),
        (vec!["compare", &one, &text], "notes.txt"),
        (vec!["compare", &one, &other], "cannot be compared"),
        (vec!["compare", &one, &one, "--fail-on", "worse"], "worse"),
        (
            vec!["compare", &one, &one, &one, "--fail-on", "broken"],
            "--fail-on",
        ),
        (vec!["baseline", "nothing", "--out", &nothing], "nothing"),
        (vec!["merge", &one, "--out", &nothing], "not a shard"),
        (vec!["merge", &shard, "--out", &nothing], "2/2"),
        (vec!["merge", "nothing", "--out", &nothing], "nothing"),
        (vec!["tasks", "show", "calendar"], "calendar"),
        (vec!["tasks", "list", "--suite", "nothing"], "nothing"),
        (
            vec!["tasks", "lint", "--templates", &templates],
            "calendar.toml",
        ),
        (vec!["tasks", "lint", "--templates", &nothing], "nothing"),
        (vec!["tasks", "generate", "--out", &below_file], "notes.txt"),
        (vec!["tasks", "import", "workbench", &nothing], "nothing"),
        (
            vec!["call", "calendar.create_event", "Review"],
            "name=value",
        ),
        (
            vec!["call", "calendar.create_event", "{\"event_name\""],
            "JSON",
        ),
        (
            vec!["call", "email.search_emails", "--world", &nothing],
            "nothing",
        ),
        (
            vec!["call", "email.search_emails", "--session-dir", &below_file],
            "notes.txt",
        ),
        (vec!["call", "calendar.make_event"], "calendar_create_event"),
        (vec!["world", "info", &nothing], "nothing"),
        (
            vec!["world", "new", "--seed", "1", "--out", &taken],
            "taken",
        ),
        (
            vec!["world", "import", "workbench", &nothing, "--out", &nothing],
            "nothing",
        ),
        (vec!["schema", "--out", &below_file], "notes.txt"),
        (vec!["serve", "--http", "nowhere"], "nowhere"),
        (vec!["serve", "--http", "0.0.0.0:0"], "--token"),
        (vec!["serve", "--http", &address], "cannot listen"),
        (vec!["serve", "--stdio", "--suite", "nothing"], "nothing"),
        (vec!["serve", "--stdio", "--log", "breakroom=loud"], "loud"),
        (vec!["serve", "--mcp", "--task", "nothing"], "nothing"),
        (vec!["model", "serve", "--policy", "nobody"], "nobody"),
        (vec!["model", "serve", "--addr", &address], "cannot listen"),
        (vec!["model", "serve", "--addr", "0.0.0.0:0"], "0.0.0.0"),
        (vec!["frameworks", "list", "--from", &nothing], "nothing"),
        (vec!["workbench", "score", &nothing], "nothing"),
        (vec!["workbench", "replay", &nothing], "--checkout"),
        (vec!["workbench", "audit", &nothing], "nothing"),
    ];
    let mut wrong = Vec::new();
    for (arguments, word) in mistakes {
        let (code, errors) = ends(&arguments);
        if code != Some(2) || !errors.contains(word) {
            wrong.push(format!("{arguments:?}: exit code {code:?}: {errors}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_refused_ends_with_one_and_a_fault_with_three() {
    let (code, errors) = ends(&["call", "calendar.delete_event", "event_id=99999999"]);
    assert_eq!(code, Some(1), "{errors}");
    let folder = Folder::new("unreachable");
    // A port that was free a moment ago: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap();
    let (url, out) = (format!("http://{port}/v1"), folder.path("run"));
    let (code, errors) = ends(&[
        "run",
        "--model",
        "any",
        "--base-url",
        &url,
        "--limit",
        "1",
        "--attempts",
        "1",
        "--out",
        &out,
    ]);
    assert_eq!(code, Some(3), "{errors}");
}
