//! `breakroom frameworks`, with programs of the standard library in place of frameworks.

use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use crate::support::has_python;
use crate::support::runs::{Folder, breakroom};
use serde_json::Value as Json;

/// An interpreter that says one version of every package.
const PYTHON: &str =
    "#!/bin/sh\nif [ \"$1\" = -c ]; then echo 1.2.3; else exec python3 \"$@\"; fi\n";

/// A program that has no retries: the example of a worker.
const PLAIN: &str = r#"
import os, runpy
os.environ.update(MODEL="any", BASE_URL=os.environ["OPENAI_BASE_URL"], API_KEY=os.environ["OPENAI_API_KEY"])
runpy.run_path("EXAMPLE")
"#;

const CRASHING: &str = "import sys\nsys.exit(f'cannot do {sys.stdin.readline()}')\n";

const SLEEPING: &str = "import time\ntime.sleep(3600)\n";

const MANIFEST: &str = r#"
environments = "environments.py"

[[framework]]
name = "plain"
script = "plain.py"
group = "fine"
package = "plain"

[[framework]]
name = "crashing"
script = "crashing.py"
group = "fine"
package = "crashing"

[[framework]]
name = "sleeping"
script = "sleeping.py"
group = "fine"
package = "sleeping"

[[framework]]
name = "large"
script = "plain.py"
group = "broken"
package = "large"
on-request = true
"#;

/// A folder of frameworks; none where there is no Python.
fn frameworks(name: &str) -> Option<Folder> {
    if !has_python() {
        return None;
    }
    let folder = Folder::new(name);
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/agents/worker.py");
    folder.file("frameworks.toml", MANIFEST);
    folder.file("plain.py", &PLAIN.replace("EXAMPLE", example));
    folder.file("crashing.py", CRASHING);
    folder.file("sleeping.py", SLEEPING);
    let environment = folder.path("environment");
    let environments = format!(
        "import sys\nif 'broken' in sys.argv: sys.exit('there is no such package')\nprint({environment:?})\n"
    );
    folder.file("environments.py", &environments);
    std::fs::create_dir_all(folder.0.join("environment/bin")).unwrap();
    let python = folder.file("environment/bin/python", PYTHON);
    std::fs::set_permissions(python, PermissionsExt::from_mode(0o755)).unwrap();
    Some(folder)
}

fn run(folder: &Folder, arguments: &[&str]) -> Output {
    let from = folder.0.display().to_string();
    breakroom(&[&["frameworks", "run", "--from", &from], arguments].concat())
}

fn report(output: &Output) -> Json {
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {errors}"))
        .unwrap()
}

#[test]
fn a_framework_is_measured_alone_and_with_each_fault() {
    let Some(folder) = frameworks("measured") else {
        return;
    };
    let out = folder.path("out");
    let faults = "server-error,early-answer,extra-argument";
    let arguments = [
        "plain",
        "--limit",
        "3",
        "--faults",
        faults,
        "--fault-tasks",
        "2",
        "--out",
        &out,
        "--json",
    ];
    let output = run(&folder, &arguments);
    let measured = report(&output);
    assert_eq!(output.status.code(), Some(0), "{measured:#}");
    let alone = &measured["frameworks"][0];
    let figures = ["version", "tasks", "solved"].map(|name| alone[name].to_string());
    assert_eq!(figures, ["\"1.2.3\"", "3", "3"]);
    assert_eq!(alone["extra"]["calls"], 0);
    let rows: Vec<String> = measured["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{} {} {}",
                row["fault"], row["responses"], row["extra"]["calls"]
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            r#""server-error" {"reported":2} 0"#,
            r#""early-answer" {"left_undone":2} 0"#,
            r#""extra-argument" {"recovered":2} 2"#,
        ]
    );
    let task = measured["faults"][0]["episodes"][0]["task"]
        .as_str()
        .unwrap();
    let shown = breakroom(&["show", &format!("{out}/plain/server-error"), task]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("HTTP Error 500"), "{shown}");

    // What is finished is kept: this program would do nothing right.
    folder.file("plain.py", CRASHING);
    let again = run(&folder, &[&arguments[..], &["--resume"]].concat());
    assert_eq!(report(&again), measured);
    let other = run(
        &folder,
        &["plain", "--limit", "2", "--out", &out, "--resume"],
    );
    assert_eq!(other.status.code(), Some(2));
}

#[test]
fn a_framework_that_crashes_or_hangs_is_told_and_fails_the_command() {
    let Some(folder) = frameworks("failing") else {
        return;
    };
    let out = folder.path("out");
    let output = run(
        &folder,
        &[
            "crashing",
            "sleeping",
            "--limit",
            "1",
            "--timeout",
            "1",
            "--faults",
            "cut",
            "--out",
            &out,
            "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    let measured = report(&output);
    let said = ["crashing", "sleeping"].map(|name| {
        let rows = measured["frameworks"].as_array().unwrap();
        let row = rows.iter().find(|row| row["framework"] == name).unwrap();
        assert_eq!(row["solved"], 0);
        row["unsolved"][0]["said"].to_string()
    });
    assert!(said[0].contains("cannot do"), "{}", said[0]);
    assert_eq!(said[1], "null");
    // Neither came to ask its model anything, so the fault never happened.
    assert_eq!(measured["faults"][0]["tasks"], 0);
}

#[test]
fn frameworks_are_chosen_by_name_and_what_cannot_be_installed_is_a_failure() {
    let Some(folder) = frameworks("chosen") else {
        return;
    };
    let unknown = run(&folder, &["plane"]);
    assert_eq!(unknown.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(
        errors.contains("there are plain, crashing, sleeping, large"),
        "{errors}"
    );
    let broken = run(&folder, &["large"]);
    assert_eq!(broken.status.code(), Some(3));
    let errors = String::from_utf8_lossy(&broken.stderr).into_owned();
    assert!(errors.contains("there is no such package"), "{errors}");
    assert!(
        errors.contains("cannot install the packages of broken"),
        "{errors}"
    );
}

#[test]
fn the_frameworks_that_ship_are_listed() {
    let listed = breakroom(&[
        "frameworks",
        "list",
        "--from",
        concat!(env!("CARGO_MANIFEST_DIR"), "/frameworks"),
        "--json",
    ]);
    let listed: Json = serde_json::from_slice(&listed.stdout).unwrap();
    let listed = listed["frameworks"].as_array().unwrap().iter();
    let names: Vec<&str> = listed
        .map(|framework| framework["name"].as_str().unwrap())
        .collect();
    let known = "openai langgraph openai-agents pydantic-ai smolagents inspect_ai llama-index autogen google-adk crewai";
    assert_eq!(names.join(" "), known);
}
