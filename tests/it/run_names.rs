//! How runs are named, found and listed.

use std::process::Output;

use crate::support::runs::{Folder, breakroom_in};
use serde_json::Value as Json;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeeds(folder: &Folder, arguments: &[&str]) -> String {
    let output = breakroom_in(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    text(&output.stdout)
}

fn runs(folder: &Folder) -> Vec<Json> {
    let list: Json = serde_json::from_str(&succeeds(folder, &["runs", "--json"])).unwrap();
    assert_eq!(list["format_version"], 1);
    list["runs"].as_array().unwrap().clone()
}

#[test]
fn every_command_takes_a_folder_a_name_and_latest() {
    let folder = Folder::new("names");
    let oracle = ["run", "--agent", "oracle", "--limit", "2"];
    let printed = succeeds(&folder, &oracle);
    assert!(
        printed.contains("kept in runs/office-690-oracle\n"),
        "{printed}"
    );
    succeeds(&folder, &["run", "--limit", "2"]);
    let printed = succeeds(&folder, &["run", "--limit", "40"]);
    assert!(
        printed.contains("breakroom errors office-690-react-intern-2\n"),
        "{printed}"
    );

    let first = "office-690-react-intern";
    for name in [
        first,
        "runs/office-690-react-intern",
        "./runs/office-690-react-intern/",
    ] {
        succeeds(&folder, &["errors", name]);
        succeeds(&folder, &["stats", name]);
        succeeds(&folder, &["export", name, "--format", "csv"]);
        succeeds(&folder, &["compare", name, "office-690-oracle"]);
        succeeds(&folder, &["baseline", name, "--out", &folder.path("kept")]);
        std::fs::remove_file(folder.path("kept")).unwrap();
    }
    let title = succeeds(&folder, &["export", "latest", "--format", "csv"]);
    assert_eq!(title.lines().count(), 41, "the newest run has 40 episodes");
    // A file is a baseline.
    succeeds(
        &folder,
        &["baseline", "latest", "--out", &folder.path("kept")],
    );
    succeeds(&folder, &["compare", "kept", "latest"]);
    succeeds(
        &folder,
        &["run", "--agent", &format!("replay:{first}"), "--limit", "2"],
    );
    let replayed = &runs(&folder)[0];
    assert_eq!(replayed["agent"], "replay:runs/office-690-react-intern");
    assert_eq!(
        replayed["name"],
        "office-690-replay-office-690-react-intern"
    );

    let unknown: Output = breakroom_in(&folder, &["compare", "latest", "react-intrn"]);
    let errors = text(&unknown.stderr);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(errors.contains("office-690-react-intern"), "{errors}");
}

#[test]
fn shards_and_a_run_that_is_taken_up_again_are_named_too() {
    let folder = Folder::new("named-shards");
    let shard = |part: &str, more: &[&str]| {
        let name = format!("runs/part-{}", &part[..1]);
        let first = [
            "run", "--agent", "oracle", "--limit", "4", "--shard", part, "--out", &name,
        ];
        succeeds(&folder, &[&first[..], more].concat())
    };
    shard("1/2", &[]);
    shard("2/2", &[]);
    succeeds(
        &folder,
        &["merge", "part-1", "part-2", "--out", "runs/whole"],
    );
    succeeds(&folder, &["stats", "whole"]);
    let again = [
        "run", "--agent", "oracle", "--limit", "4", "--out", "whole", "--resume",
    ];
    let printed = succeeds(&folder, &again);
    assert!(printed.contains("kept in runs/whole"), "{printed}");
    let empty = Folder::new("no-runs");
    let output = breakroom_in(&empty, &["errors", "latest"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("latest"), "{output:?}");
}

#[test]
fn a_default_name_is_short_and_unique_whatever_the_agent_is() {
    let folder = Folder::new("short-names");
    let long = "exec:sh -c 'exit 1' --with a very long command line, and a: colon";
    let program = "worker:FLAG=1 python3 agents/my.agent.py --fast";
    for agent in [long, long, program] {
        breakroom_in(&folder, &["run", "--limit", "1", "--agent", agent]);
    }
    let mut names: Vec<String> = std::fs::read_dir(folder.path("runs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "office-690-exec-exit",
            "office-690-exec-exit-2",
            "office-690-worker-my.agent.py"
        ]
    );
}

#[test]
fn runs_are_listed_with_what_they_came_to_and_how_far_they_are() {
    let folder = Folder::new("listed");
    assert!(succeeds(&folder, &["runs"]).contains("no runs yet"));
    assert!(runs(&folder).is_empty());
    succeeds(&folder, &["run", "--limit", "30"]);
    succeeds(
        &folder,
        &[
            "run",
            "--agent",
            "oracle",
            "--limit",
            "3",
            "--out",
            "runs/deep/er/half",
        ],
    );
    succeeds(
        &folder,
        &[
            "run",
            "--agent",
            "noop",
            "--limit",
            "1",
            "--out",
            "elsewhere",
        ],
    );
    // What a kill leaves.
    let half = folder.path("runs/deep/er/half");
    let mut run: Json =
        serde_json::from_str(&std::fs::read_to_string(format!("{half}/run.json")).unwrap())
            .unwrap();
    run["ended"] = Json::Null;
    run["outcomes"] = Json::Null;
    run["started"] = "2026-01-02T03:04:05Z".into();
    std::fs::write(format!("{half}/run.json"), run.to_string()).unwrap();
    let lines = std::fs::read_to_string(format!("{half}/episodes.jsonl")).unwrap();
    let two: Vec<&str> = lines.split_inclusive('\n').take(2).collect();
    std::fs::write(format!("{half}/episodes.jsonl"), two.concat()).unwrap();
    std::fs::create_dir_all(folder.path("runs/damaged")).unwrap();
    std::fs::write(folder.path("runs/damaged/run.json"), "{").unwrap();

    let list = runs(&folder);
    let of = |name: &str| list.iter().find(|run| run["name"] == name).unwrap().clone();
    assert_eq!(list.len(), 3);
    assert_eq!(of("office-690-react-intern")["state"], "finished");
    assert_eq!(of("office-690-react-intern")["done"], 30);
    let half = of("deep/er/half");
    assert_eq!(
        (half["state"].as_str(), &half["done"]),
        (Some("broken_off"), &2.into())
    );
    assert_eq!(half["outcomes"]["correct"], 2);
    assert_eq!(of("damaged")["state"], "unreadable");
    let table = succeeds(&folder, &["runs"]);
    assert!(
        table.lines().all(|line| line.chars().count() <= 100),
        "{table}"
    );
    assert!(table.contains("2026-01-02"), "{table}");
    let table = succeeds(&folder, &["runs", "elsewhere", "runs/deep"]);
    assert!(
        table.contains("elsewhere") && table.contains("deep/er/half"),
        "{table}"
    );
    // The process that has the lock is at it.
    let lock = std::fs::File::open(folder.path("runs/deep/er/half/run.lock")).unwrap();
    lock.lock().unwrap();
    assert!(runs(&folder).iter().any(|run| run["state"] == "running"));
}
