//! The command line described for shells and for `man`, and the version.

use crate::docs::arguments::CommandLine;
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

fn help(path: &[&str]) -> String {
    let printed = breakroom(&[path, &["--help"]].concat());
    assert!(printed.status.success(), "{path:?}: {printed:?}");
    String::from_utf8(printed.stdout).unwrap()
}

/// The names of the commands below one, from its help.
fn below(help: &str) -> Vec<String> {
    let Some((_, commands)) = help.split_once("\nCommands:\n") else {
        return Vec::new();
    };
    let lines = commands.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names
        .filter(|name| !name.is_empty() && *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_has_an_example_that_exists_and_help_of_at_most_100_columns() {
    let known = CommandLine::default();
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    let mut commands = 0;
    while let Some(path) = waiting.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let help = help(&words);
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{path:?}: {line}");
        }
        let below = below(&help);
        waiting.extend(
            below
                .iter()
                .map(|name| [&path[..], std::slice::from_ref(name)].concat()),
        );
        if !below.is_empty() {
            continue;
        }
        commands += 1;
        let examples = help.rsplit_once("\nExample").map(|(_, text)| text);
        let examples = examples.unwrap_or_else(|| panic!("{path:?} has no example:\n{help}"));
        let examples = examples.lines().skip(1).filter(|line| !line.is_empty());
        for example in examples {
            let command = format!("  breakroom {}", words.join(" "));
            assert!(example.starts_with(&command), "{path:?}: {example}");
            known.check(example).unwrap();
        }
    }
    assert!(commands > 30, "{commands}");
}

#[test]
fn the_first_help_names_three_commands_to_start_with_and_the_exit_codes() {
    let help = help(&[]);
    let (_, start) = help.split_once("\nStart with:\n").unwrap();
    let (start, codes) = start.split_once("\n\nExit codes:\n").unwrap();
    assert_eq!(start.lines().count(), 3);
    for line in start.lines() {
        let command = line.trim().split("  ").next().unwrap();
        CommandLine::default().check(command).unwrap();
    }
    let codes: Vec<&str> = codes
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(codes, ["0", "1", "2", "3", "130"]);
}
