//! `--only` and `--limit`.

use std::collections::BTreeSet;

use crate::support::runs::{Folder, breakroom, run};
use breakroom_record::folder::RunFolder;
use serde_json::Value as Json;

fn printed(arguments: &[&str]) -> String {
    let output = breakroom(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn tasks(run: &RunFolder) -> Vec<&str> {
    run.episodes
        .iter()
        .map(|episode| episode.task.as_str())
        .collect()
}

#[test]
fn a_limit_takes_one_task_of_each_template_before_a_second_of_any() {
    let folder = Folder::new("spread");
    let oracle = ["--agent", "oracle"];
    let five = run(
        &folder.path("five"),
        &[&oracle[..], &["--limit", "5"]].concat(),
    );
    let templates: BTreeSet<&str> = five
        .episodes
        .iter()
        .map(|it| it.template.as_str())
        .collect();
    assert_eq!(templates.len(), 5);
    let domains: BTreeSet<&str> = five.episodes.iter().map(|it| it.domain()).collect();
    assert!(domains.len() > 2, "{domains:?}");
    let seventy = run(
        &folder.path("seventy"),
        &[&oracle[..], &["--limit", "70"]].concat(),
    );
    let second = tasks(&seventy)
        .iter()
        .filter(|id| id.ends_with(".02"))
        .count();
    assert_eq!((seventy.episodes.len(), second), (70, 1));
    // A limit and shards: together they are the whole.
    let mut shards = Vec::new();
    for shard in ["1/2", "2/2"] {
        let out = folder.path(&shard[..1]);
        let arguments = ["--agent", "oracle", "--limit", "5", "--shard", shard];
        run(&out, &arguments);
        shards.push(out);
    }
    let joined = folder.path("joined");
    printed(&["merge", &shards[0], &shards[1], "--out", &joined]);
    let joined = RunFolder::read(std::path::Path::new(&joined)).unwrap();
    assert_eq!(tasks(&joined), tasks(&five));
}

#[test]
fn filters_choose_tasks_of_a_suite_and_episodes_of_a_run() {
    let folder = Folder::new("filters");
    let only = [
        "--only",
        "template(email.*) or template(calendar.*)",
        "--only",
        "not .01",
        "--only",
        "not id(*.1?)",
    ];
    let chosen = run(&folder.path("run"), &[&only[..], &["--seed", "3"]].concat());
    let text = "(template(email.*) or template(calendar.*)) and not .01 and not id(*.1?)";
    assert_eq!(chosen.run.settings.only.as_deref(), Some(text));
    assert!(
        tasks(&chosen)
            .iter()
            .all(|id| !id.ends_with(".01") && !id.ends_with(".10"))
    );
    let listed = printed(&[&["tasks", "list"], &only[..]].concat());
    assert_eq!(listed.lines().count(), chosen.episodes.len());
    assert_eq!(listed, printed(&["tasks", "list", text]));

    let name = folder.path("run");
    let harm = "outcome(side_effects) and domain(email)";
    let wanted: Vec<&str> = chosen
        .episodes
        .iter()
        .filter(|it| it.outcome.name() == "side_effects" && it.domain() == "email")
        .map(|it| it.task.as_str())
        .collect();
    assert!(!wanted.is_empty());
    let csv = printed(&["export", &name, "--format", "csv", "--only", harm]);
    assert_eq!(csv.lines().count(), wanted.len() + 1);
    let errors: Json =
        serde_json::from_str(&printed(&["errors", &name, "--only", harm, "--json"])).unwrap();
    assert_eq!(errors["episodes"], wanted.len());
    let words = printed(&["errors", &name, "--only", harm]);
    let line = format!(
        "only {harm}: {} of {} episodes",
        wanted.len(),
        chosen.episodes.len()
    );
    assert!(words.contains(&line), "{words}");
    let list: Json =
        serde_json::from_str(&printed(&["show", &name, "--only", harm, "--json"])).unwrap();
    let shown: Vec<&str> = list["episodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["task"].as_str().unwrap())
        .collect();
    assert_eq!(shown, wanted);
    let table = printed(&["show", &name, "--only", harm]);
    assert_eq!(table.lines().count(), wanted.len() + 2, "{table}");
}

#[test]
fn a_malformed_filter_is_told_with_its_place() {
    for (arguments, message) in [
        (vec!["run", "--only", "domain(email"], "column 13"),
        (
            vec!["run", "--only", "outcome(correct)"],
            "known only of a run",
        ),
        (
            vec!["tasks", "list", "email and"],
            "a term is missing after `and`",
        ),
        (
            vec!["errors", "latest", "--only", "outcome(wrong)"],
            "there are correct, incomplete",
        ),
        (
            vec!["export", "latest", "--format", "csv", "--only", "tag(x)"],
            "does not keep tags",
        ),
    ] {
        let output = breakroom(&arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(message), "{errors}");
    }
}

#[test]
fn an_export_and_a_baseline_do_not_overwrite_a_file() {
    let folder = Folder::new("overwrite");
    let name = folder.path("run");
    run(&name, &["--agent", "oracle", "--limit", "1"]);
    let kept = folder.file("kept", "mine");
    for command in [
        vec!["export", &name, "--format", "csv", "--out", &kept],
        vec!["baseline", &name, "--out", &kept],
    ] {
        let output = breakroom(&command);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains("--force"), "{errors}");
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), "mine");
        printed(&[&command[..], &["--force"]].concat());
        std::fs::write(&kept, "mine").unwrap();
    }
}
