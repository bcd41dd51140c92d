//! Comparing runs through the program itself: the gate, baselines, and cassettes.

use std::path::Path;

use crate::support::runs::{Folder, breakroom};
use crate::support::{Server, completion};

fn run(agent: &str, out: &str) {
    let output = breakroom(&["run", "--agent", agent, "--limit", "40", "--out", out]);
    assert!(output.status.success(), "{output:?}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_run_that_is_worse_fails_the_gate_and_names_the_tasks() {
    let folder = Folder::new("gate");
    let (good, bad, junit, markdown) = (
        folder.path("good"),
        folder.path("bad"),
        folder.path("junit.xml"),
        folder.path("comment.md"),
    );
    run("oracle", &good);
    run("noop", &bad);
    let output = breakroom(&[
        "compare",
        &good,
        &bad,
        "--fail-on",
        "broken,drop=2%",
        "--junit",
        &junit,
        "--markdown",
        &markdown,
    ]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let comment = std::fs::read_to_string(&markdown).unwrap();
    assert_eq!(comment, text(&output.stdout));
    assert!(
        comment.contains("fails") && comment.contains("**broken: "),
        "{comment}"
    );
    assert!(
        std::fs::read_to_string(&junit)
            .unwrap()
            .contains("<failure")
    );
    // The other way round is an improvement.
    let output = breakroom(&[
        "compare",
        &bad,
        &good,
        "--fail-on",
        "broken,side-effects,drop=0,p=0.05",
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).contains("fixed"));
}

#[test]
fn a_baseline_stands_for_its_run_and_unlike_runs_are_refused() {
    let folder = Folder::new("baseline");
    let (good, other, kept) = (
        folder.path("good"),
        folder.path("other"),
        folder.path("baseline.jsonl"),
    );
    run("oracle", &good);
    assert!(
        breakroom(&["baseline", &good, "--out", &kept])
            .status
            .success()
    );
    assert!(Path::new(&kept).metadata().unwrap().len() < 10_000);
    let output = breakroom(&["compare", &kept, &good, "--json", "--fail-on", "broken"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["chance"]["difference"], 0.0);
    let output = breakroom(&["run", "--agent", "oracle", "--limit", "10", "--out", &other]);
    assert!(output.status.success());
    let output = breakroom(&["compare", &kept, &other]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("cannot be compared"),
        "{output:?}"
    );
    assert!(
        breakroom(&["compare", &kept, &other, "--force"])
            .status
            .success()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_run_is_played_back_without_a_server_and_a_changed_request_is_a_fault() {
    let folder = Folder::new("cassette");
    let (first, second, third, tape) = (
        folder.path("first"),
        folder.path("second"),
        folder.path("third"),
        folder.path("tape.jsonl"),
    );
    let server = Server::start(vec![completion("Done.", &[])]).await;
    let url = server.url.clone();
    let recorded = [
        "run",
        "--model",
        "any",
        "--base-url",
        &url,
        "--limit",
        "3",
        "--concurrency",
        "1",
    ];
    let with = |more: &[&str]| breakroom(&[&recorded[..], more].concat());
    let output = with(&["--out", &first, "--record", &tape]);
    assert!(output.status.success(), "{output:?}");
    drop(server);
    let output = with(&["--out", &second, "--replay", &tape]);
    assert!(output.status.success(), "{output:?}");
    let output = breakroom(&["compare", &first, &second, "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["settings"], serde_json::json!([]));
    let output = with(&["--out", &third, "--replay", &tape, "--temperature", "0.5"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(text(&output.stderr).contains("temperature"), "{output:?}");
}
