//! `breakroom compare` and `breakroom baseline`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use crate::export::must_be_new;
use crate::user_error::{UserInput, user_error};
use breakroom_record::find;
use breakroom_record::writer::write_atomically;
use breakroom_report::compare::gate::{FailOn, failures};
use breakroom_report::compare::report::{RunComparison, many_to_json, outcomes};
use breakroom_report::compare::run_outcomes::{RunOutcomes, unlike};
use breakroom_report::compare::significance;
use breakroom_report::compare::task_comparison::compare_tasks;

/// Arguments of `compare`.
#[derive(Args)]
pub struct Command {
    /// The runs (each a folder, a name below runs/, or `latest`) or baseline files. The second is compared with the first; three or more are listed side by side
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<String>,
    /// Exit with code 1 if any of these conditions holds: broken, side-effects, drop=2%, p=0.05
    #[arg(long, value_name = "CONDITION", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// Compare runs even if their worlds, suites, tools, rules or tasks differ
    #[arg(long)]
    force: bool,
    /// Write the comparison as JUnit; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the comparison as Markdown, for a pull request's comment; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Command {
    /// Compares runs. Exit code 1 if a condition is met, 3 if the second run has faults.
    ///
    /// # Errors
    /// A run cannot be read, or the runs cannot be compared.
    pub fn run(&self) -> Result<ExitCode> {
        let runs: Vec<RunOutcomes> = self
            .runs
            .iter()
            .map(|name| run_outcomes(name))
            .collect::<Result<_>>()
            .user_input()?;
        let [base, new] = runs.as_slice() else {
            return self.many(&runs);
        };
        let unlike = unlike(base, new);
        if !unlike.is_empty() && !self.force {
            return Err(user_error(format!(
                "{} and {} cannot be compared ({}): name runs that agree in these, or add --force",
                base.name,
                new.name,
                unlike.join("; ")
            )));
        }
        let tasks = compare_tasks(base, new);
        let significance = significance::assess(&tasks);
        let comparison = RunComparison {
            base,
            new,
            settings: base.header.settings.differences(&new.header.settings),
            failures: failures(&self.fail_on, &tasks, &significance),
            unlike,
            tasks,
            significance,
        };
        self.print(&comparison)?;
        let faults = new.episodes.len() - new.judged();
        if faults > 0 {
            eprintln!(
                "{faults} of {} episodes of {} are faults, not answers",
                new.episodes.len(),
                new.name
            );
            return Ok(ExitCode::from(3));
        }
        Ok(ExitCode::from(u8::from(!comparison.failures.is_empty())))
    }

    fn print(&self, comparison: &RunComparison<'_>) -> Result<()> {
        if let Some(path) = &self.markdown {
            write_atomically(path, comparison.to_markdown().as_bytes()).user_input()?;
        }
        if let Some(path) = &self.junit {
            let text = comparison
                .to_junit()
                .context("the comparison cannot be written as JUnit")?;
            write_atomically(path, text.as_bytes()).user_input()?;
        }
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{:#}", comparison.to_json())?;
        } else {
            write!(out, "{}", comparison.to_markdown())?;
        }
        Ok(())
    }

    fn many(&self, runs: &[RunOutcomes]) -> Result<ExitCode> {
        if !self.fail_on.is_empty() {
            return Err(user_error(format!(
                "--fail-on compares two runs, but {} are named",
                runs.len()
            )));
        }
        let runs: Vec<&RunOutcomes> = runs.iter().collect();
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{:#}", many_to_json(&runs))?;
        } else {
            writeln!(out, "{}", outcomes(&runs))?;
        }
        if let Some(path) = &self.markdown {
            write_atomically(path, format!("{}\n", outcomes(&runs)).as_bytes()).user_input()?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads a run by its name, or the file of a baseline.
fn run_outcomes(name: &str) -> Result<RunOutcomes> {
    let file = Path::new(name);
    if file.is_file() {
        return RunOutcomes::read(file);
    }
    RunOutcomes::read(&find::folder(name)?)
}

/// Arguments of `baseline`.
#[derive(Args)]
pub struct Baseline {
    /// The run: a folder, a name below runs/, or `latest`
    run: String,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

impl Baseline {
    /// Keeps what a run came to in one small file, which `compare` takes like a run.
    ///
    /// # Errors
    /// A run that cannot be read or is not finished, or a file that cannot be written.
    pub fn run(&self) -> Result<ExitCode> {
        if !self.force {
            must_be_new(&self.out)?;
        }
        let run = run_outcomes(&self.run).user_input()?;
        run.write(&self.out).user_input()?;
        writeln!(
            std::io::stdout(),
            "{} episodes {}",
            run.episodes.len(),
            self.out.display()
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
