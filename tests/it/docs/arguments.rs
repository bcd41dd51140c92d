//! Whether a command of the docs exists, without running it: `--help` has to list its subcommand and its flags.

use std::cell::RefCell;
use std::collections::HashMap;
use std::process::Command;

/// What the program says about its commands.
#[derive(Default)]
pub struct CommandLine {
    helps: RefCell<HashMap<Vec<String>, String>>,
}

impl CommandLine {
    /// Checks each `breakroom …` in a script, or in a synopsis such as `breakroom run [--out DIR]`.
    pub fn check(&self, script: &str) -> Result<(), String> {
        let script = script
            .replace("\\\n", " ")
            .replace("cargo run --release -- ", "breakroom ");
        for line in script.lines() {
            for command in commands(line) {
                self.check_one(&command)?;
            }
        }
        Ok(())
    }

    /// Checks the words that follow `breakroom`.
    fn check_one(&self, words: &[String]) -> Result<(), String> {
        let mut path: Vec<String> = Vec::new();
        for word in words.iter().take_while(|word| !word.starts_with('-')) {
            let help = self.help(&path);
            let Some((_, subcommands)) = help.split_once("\nCommands:\n") else {
                break;
            };
            if !subcommands.contains(&format!("\n  {word} "))
                && !subcommands.starts_with(&format!("  {word} "))
            {
                return Err(format!("there is no command \"{word}\""));
            }
            path.push(word.clone());
        }
        let help = self.help(&path);
        for word in words.iter().filter(|word| word.starts_with("--")) {
            let flag = word.split('=').next().unwrap_or(word);
            let known = help
                .split([' ', '\n', ',', '|', '<', '>', '='])
                .any(|it| it == flag);
            if !known && flag.len() > 2 {
                return Err(format!("\"breakroom {}\" has no {flag}", path.join(" ")));
            }
        }
        Ok(())
    }

    fn help(&self, path: &[String]) -> String {
        let run = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_breakroom"));
            let output = command.args(path).arg("--help").output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let mut helps = self.helps.borrow_mut();
        helps.entry(path.to_owned()).or_insert_with(run).clone()
    }
}

/// The arguments of each `breakroom` in a line of shell.
fn commands(line: &str) -> Vec<Vec<String>> {
    let words = words(line);
    let ends = |word: &String| ["|", ";", "&", "&&", "||", "#"].contains(&word.as_str());
    let parts = words.split(ends);
    parts
        .filter_map(|part| {
            let at = part.iter().position(|word| word == "breakroom")?;
            let before_it = part[..at]
                .iter()
                .all(|word| word.contains('=') || ["$", "exec"].contains(&word.as_str()));
            before_it.then(|| part[at + 1..].to_vec())
        })
        .collect()
}

/// The words of a line; quotes keep blanks together, and the brackets of a synopsis are dropped.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for letter in line.chars() {
        let last = words.last_mut().unwrap();
        match letter {
            _ if quote == Some(letter) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(letter),
            '[' | ']' | '…' | '(' | ')' if quote.is_none() => {}
            ' ' if quote.is_none() => words.push(String::new()),
            // A flag that an agent's own command has is none of ours.
            '-' if quote.is_some() && last.is_empty() => last.push('_'),
            _ => last.push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn unknown_commands_and_flags_are_found() {
    let program = CommandLine::default();
    let check = |script| program.check(script);
    assert_eq!(
        check("breakroom run --agent 'exec:agent --fast' --out x | tail"),
        Ok(())
    );
    assert_eq!(
        check("breakroom serve --stdio [--world DIR]… [--suite SUITE]…"),
        Ok(())
    );
    assert_eq!(
        check("A=1 breakroom tasks sow"),
        Err("there is no command \"sow\"".to_owned())
    );
    assert_eq!(
        check("cargo run --release -- run --fast"),
        Err("\"breakroom run\" has no --fast".to_owned())
    );
}
