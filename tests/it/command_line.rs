//! The command line described for shells and for `man`, and the version.

use crate::support::runs::{Folder, breakroom};

#[test]
fn the_version_names_the_program_and_its_version() {
    let version = breakroom(&["--version"]);
    let text = String::from_utf8_lossy(&version.stdout).into_owned();
    assert!(
        text.starts_with(concat!("breakroom ", env!("CARGO_PKG_VERSION"))),
        "{text}"
    );
}

#[test]
fn every_shell_gets_completions_that_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let printed = breakroom(&["completions", shell]);
        let text = String::from_utf8_lossy(&printed.stdout).into_owned();
        for command in ["run", "compare", "workbench", "per-template"] {
            assert!(text.contains(command), "{shell}: {command}");
        }
    }
    assert_eq!(breakroom(&["completions", "cmd"]).status.code(), Some(2));
}

#[test]
fn every_command_has_a_man_page() {
    let folder = Folder::new("man");
    let pages = folder.0.join("man1");
    let written = breakroom(&["man", "--out", pages.to_str().unwrap()]);
    assert!(written.status.success(), "{written:?}");
    for page in ["breakroom", "breakroom-run", "breakroom-tasks-lint"] {
        let text = std::fs::read_to_string(pages.join(format!("{page}.1"))).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}
