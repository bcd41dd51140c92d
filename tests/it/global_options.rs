//! `--color`, `--quiet` and `--version`, which every command takes.

use std::process::Output;

use crate::support::runs::{Folder, breakroom, run};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn colours_are_off_without_a_terminal_and_on_when_asked_for() {
    let help = |arguments: &[&str]| text(&breakroom(arguments).stdout);
    assert!(!help(&["run", "--help"]).contains('\u{1b}'));
    assert!(!help(&["run", "--help", "--color", "never"]).contains('\u{1b}'));
    assert!(help(&["run", "--help", "--color=always"]).contains('\u{1b}'));
    let wrong = breakroom(&["--color", "always", "run", "--limit", "x"]);
    assert!(text(&wrong.stderr).contains('\u{1b}'));
    assert_eq!(
        breakroom(&["runs", "--color", "pink"]).status.code(),
        Some(2)
    );
}

#[test]
fn quiet_leaves_out_notes_and_keeps_errors() {
    let folder = Folder::new("quiet");
    let name = folder.path("run");
    run(&name, &["--agent", "oracle", "--limit", "2"]);
    let path = format!("{name}/run.json");
    let mut kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    kept["ended"] = serde_json::Value::Null;
    std::fs::write(&path, kept.to_string()).unwrap();
    let export = |more: &[&str]| -> Output {
        breakroom(&[&["export", &name, "--format", "csv"], more].concat())
    };
    assert!(text(&export(&[]).stderr).contains("the run is not finished"));
    let quiet = export(&["--quiet"]);
    assert!(quiet.stderr.is_empty(), "{quiet:?}");
    assert_eq!(text(&quiet.stdout).lines().count(), 3);
    let wrong = breakroom(&["-q", "errors", "nothing"]);
    assert!(text(&wrong.stderr).contains("there is no run"), "{wrong:?}");
}

#[test]
fn the_version_is_printed_with_the_commit_if_it_is_known() {
    let version = text(&breakroom(&["--version"]).stdout);
    let expected = format!("breakroom {}", env!("CARGO_PKG_VERSION"));
    assert!(version.starts_with(&expected), "{version}");
}
