//! What the docs show is true: commands run, their output is as shown, JSON and TOML can be read, and links lead somewhere.
//!
//! A fence says what becomes of its block. The blocks of a page run one after the other, in a folder of their own, and share shell variables.
//!
//! | fence | what the test does |
//! |---|---|
//! | `sh` | runs the block as a script, with `breakroom` on the PATH |
//! | `console` | runs each line after `$ `, and compares the output with the lines below it; `…` stands for any text |
//! | `json`, `jsonl`, `toml`, `python` | reads it |
//! | `text` | nothing; `jsonrpc` in PROTOCOL.md is sent by the test of the protocol |
//!
//! | attribute | meaning |
//! |---|---|
//! | `no-run="REASON"` | not run; its `breakroom` commands and flags must exist |
//! | `exit="1"` | the last command exits with this code |
//! | `server` | the command keeps running until the end of the page; later blocks reach it at the port that it names |
//! | `file="NAME"` | the block is written to this file, for the commands below it |
//! | `schema="NAME"` | the JSON fits this file of `schemas/` |

pub(crate) mod arguments;
mod markdown;
mod page;
mod shell;

use std::path::{Path, PathBuf};

use arguments::CommandLine;
use markdown::Document;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page for users and contributors, by its path in the repository.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "PROTOCOL.md",
        "python/README.md",
        "tasks/templates/README.md",
    ]
    .map(PathBuf::from)
    .into();
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(repository().join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if repository().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

fn documents() -> Vec<Document> {
    let pages = pages();
    pages.iter().map(|path| Document::read(path)).collect()
}

#[test]
fn every_command_and_every_block_of_data_is_true() {
    let documents = documents();
    let results: Vec<page::Report> = std::thread::scope(|scope| {
        let run = |document| scope.spawn(move || page::run(document));
        let threads: Vec<_> = documents.iter().map(run).collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let mut failures = Vec::new();
    for (document, report) in documents.iter().zip(results) {
        println!("{}: {report}", document.path.display());
        failures.extend(report.failures);
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

#[test]
fn every_command_in_running_text_exists() {
    let program = CommandLine::default();
    let mut failures = Vec::new();
    for document in documents() {
        for span in document.code_spans() {
            if let Err(reason) = program.check(&span) {
                failures.push(format!("{}: `{span}`: {reason}", document.path.display()));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut failures = Vec::new();
    for document in documents() {
        for link in document.links() {
            let (file, heading) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let target = match file {
                "" => document.path.clone(),
                file => document.path.parent().unwrap().join(file),
            };
            let exists = repository().join(&target).exists();
            let has_heading = || {
                Document::read(&target)
                    .headings()
                    .contains(&heading.to_owned())
            };
            if !exists || !heading.is_empty() && !has_heading() {
                failures.push(format!("{}: {link} leads nowhere", document.path.display()));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
