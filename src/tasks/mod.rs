//! `breakroom tasks`: draw suites, look at their tasks, guard them.

mod baseline;
mod lint;
mod look;
mod make;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::Task;
use breakroom_tasks::template::Templates;
use breakroom_tools::session::{Dialect, InitialState};
use breakroom_tools::workbench::checkout::read_office;
use clap::{Args, Subcommand};

use crate::user_error::{UserInput, user_error};

use baseline::Baseline;
pub use baseline::Rules;
use lint::Lint;
use look::{List, Show, stats};
use make::{Generate, Import};

/// What to do with tasks.
#[derive(Subcommand)]
pub enum Command {
    /// Draw a suite with ten tasks of each template; the same world, templates and seed give the same suite
    Generate(Generate),
    /// List the tasks of a suite
    List(List),
    /// Show a task: its prompt, its parameters, the expected calls and the rows that they change
    Show(Show),
    /// Count the tasks of a suite by template, with their difficulty
    Stats(Which),
    /// Import a suite
    #[command(subcommand)]
    Import(Import),
    /// Play a suite with the oracle, an agent that does nothing and a random agent, and count the outcomes
    Baseline(Baseline),
    /// Check every task by playing it right and wrong; exits with code 1 on a finding
    Lint(Lint),
}

/// Where tasks come from.
#[derive(Args, Clone, Debug)]
pub struct Source {
    /// The suite: a file, or the name of one that ships
    #[arg(long, default_value = OFFICE)]
    pub suite: String,
    /// Folder of the suite's world, or the WorkBench checkout that the suite was imported from [default: the office that ships]
    #[arg(long)]
    pub world: Option<PathBuf>,
}

/// The suite that ships.
pub const OFFICE: &str = "office-690";

impl Source {
    /// Reads the suite and opens its world.
    ///
    /// # Errors
    /// A file that cannot be read, or a suite that was drawn from another world.
    pub fn open(&self) -> Result<(Suite, InitialState)> {
        self.opened().user_input()
    }

    fn opened(&self) -> Result<(Suite, InitialState)> {
        let suite = read_suite(&self.suite)?;
        let start = match (suite.header.dialect, &self.world) {
            (Dialect::Native, world) => InitialState::Native(crate::world::open(world.as_deref())?),
            (Dialect::Workbench, Some(folder)) => {
                InitialState::Workbench(Arc::new(read_office(folder)?))
            }
            (Dialect::Workbench, None) => anyhow::bail!(
                "suite {} is a WorkBench checkout's: name the checkout with --world",
                suite.header.suite
            ),
        };
        anyhow::ensure!(
            suite.header.world_checksum == start.checksum(),
            "suite {} was drawn from world {} with checksum {}, and this world has {}: name its folder with --world",
            suite.header.suite,
            suite.header.world,
            suite.header.world_checksum,
            start.checksum()
        );
        Ok((suite, start))
    }
}

/// Reads a suite's file, or one that ships by its name.
///
/// # Errors
/// There is neither, or the file is malformed.
pub fn read_suite(name: &str) -> Result<Suite> {
    if name == OFFICE {
        return Ok(Suite::office_690()?);
    }
    let path = Path::new(name);
    if !path.exists() {
        return Err(user_error(format!(
            "there is no suite {name:?}: name a file, or {OFFICE}"
        )));
    }
    Suite::read(path).user_input()
}

/// A suite, and how to print about it.
#[derive(Args)]
pub struct Which {
    #[command(flatten)]
    source: Source,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Command {
    /// Runs the command; false where a check has findings.
    ///
    /// # Errors
    /// A file that cannot be read or written, or templates that do not fit the world.
    pub fn run(&self) -> Result<bool> {
        match self {
            Command::Generate(generate) => generate.run().map(|()| true),
            Command::List(list) => list.run().map(|()| true),
            Command::Show(show) => show.run().map(|()| true),
            Command::Stats(which) => stats(which).map(|()| true),
            Command::Lint(lint) => lint.run(),
            Command::Import(Import::Workbench(import)) => import.run().map(|()| true),
            Command::Baseline(baseline) => baseline.run(),
        }
    }
}

/// The templates of a folder, or those that ship.
///
/// # Errors
/// Names the file, template and line that is malformed.
pub fn templates(folder: Option<&Path>) -> Result<Templates> {
    Ok(match folder {
        Some(folder) => Templates::read(folder).user_input()?,
        None => Templates::shipped()?,
    })
}

/// A suite's task, or an error that names those that are near.
///
/// # Errors
/// There is none of that id.
pub fn find<'a>(suite: &'a Suite, id: &str) -> Result<&'a Task> {
    suite.task(id).ok_or_else(|| {
        let near: Vec<&str> = suite
            .tasks
            .iter()
            .map(|task| task.id.as_str())
            .filter(|known| known.contains(id))
            .take(5)
            .collect();
        user_error(match near.as_slice() {
            [] => format!(
                "suite {} has no task {id:?}: see `breakroom tasks list`",
                suite.header.suite
            ),
            near => format!(
                "suite {} has no task {id:?}: there are {}",
                suite.header.suite,
                near.join(", ")
            ),
        })
    })
}

/// Writes a suite to a file, or to standard output.
fn write_suite(suite: &Suite, out: Option<&Path>) -> Result<()> {
    let text = suite.to_jsonl();
    let mut stdout = std::io::stdout();
    match out {
        Some(path) => {
            std::fs::write(path, text)
                .with_context(|| format!("cannot write {}", path.display()))
                .user_input()?;
            writeln!(stdout, "{} tasks {}", suite.tasks.len(), path.display())?;
        }
        None => write!(stdout, "{text}")?,
    }
    Ok(())
}
