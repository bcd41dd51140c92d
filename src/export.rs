//! The list of forms, and the command `export`.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use crate::choice::OnlyEpisodes;
use crate::progress::note;
use crate::user_error::{UserInput, user_error};
use breakroom_record::find;
use breakroom_record::writer::write_atomically;
use breakroom_report::export::{ExportFormat, FORMATS};

/// Arguments of `export`.
#[derive(Args)]
pub struct Command {
    /// The run: a folder, a name below runs/, or `latest`
    run: String,
    /// The form: jsonl, chat, inspect, junit or csv
    #[arg(long, value_parser = format)]
    format: &'static ExportFormat,
    #[command(flatten)]
    only: OnlyEpisodes,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "out")]
    force: bool,
}

fn format(text: &str) -> Result<&'static ExportFormat, String> {
    let found = FORMATS.iter().find(|format| format.name == text);
    found.ok_or_else(|| {
        let known: Vec<String> = FORMATS
            .iter()
            .map(|format| format!("{} ({})", format.name, format.what))
            .collect();
        format!("there is no form {text:?}: there are {}", known.join(", "))
    })
}

/// Refuses to overwrite a file.
///
/// # Errors
/// It exists.
pub fn must_be_new(path: &Path) -> Result<()> {
    match path.exists() {
        true => Err(user_error(format!(
            "{} exists: add --force to overwrite it, or name another file",
            path.display()
        ))),
        false => Ok(()),
    }
}

impl Command {
    /// Writes a run in another form.
    ///
    /// # Errors
    /// There is no such run, it is damaged, or the file cannot be written.
    pub fn run(&self) -> Result<ExitCode> {
        let mut folder = find::run(&self.run).user_input()?;
        let mut stdout = std::io::stdout();
        if self.out.is_none() && !self.format.is_text && stdout.is_terminal() {
            return Err(user_error(format!(
                "the form {} is not text: name a file with --out",
                self.format.name
            )));
        }
        if folder.run.ended.is_none() {
            note(&format!(
                "the run is not finished: {} of {} episodes are there",
                folder.episodes.len(),
                folder.run.episodes
            ));
        }
        self.only.apply(&mut folder);
        if let Some(path) = self.out.as_deref().filter(|_| !self.force) {
            must_be_new(path)?;
        }
        let bytes = (self.format.write)(&folder)
            .with_context(|| format!("cannot export {} as {}", self.run, self.format.name))
            .user_input()?;
        match &self.out {
            Some(path) => {
                write_atomically(path, &bytes).user_input()?;
                writeln!(
                    stdout,
                    "{} episodes {}",
                    folder.episodes.len(),
                    path.display()
                )?;
            }
            None => stdout.lock().write_all(&bytes)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
