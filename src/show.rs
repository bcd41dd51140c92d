//! The command `show`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use breakroom_tasks::suite::Suite;
use breakroom_tools::native;
use breakroom_tools::session::{Dialect, InitialState};
use clap::Args;
use serde_json::json;

use crate::choice::OnlyEpisodes;
use crate::tasks::Source;
use crate::user_error::{UserInput, user_error};
use breakroom_record::find;
use breakroom_record::folder::RunFolder;
use breakroom_record::record::{EpisodeRecord, FORMAT_VERSION, Hashes};
use breakroom_record::trace::TraceEvent;
use breakroom_report::show::reachability::{Reachability, reachability};
use breakroom_report::show::timeline::{self, Length};
use breakroom_report::table::keep_whole;

/// Arguments of `show`.
#[derive(Args)]
pub struct Command {
    /// The run: a folder, a name below runs/, or `latest`
    run: String,
    /// The task's id [default: list the episodes]
    task: Option<String>,
    /// Number of the task's episode, from 1 [default: the first that failed]
    #[arg(long, value_name = "K", requires = "task")]
    trial: Option<u32>,
    #[command(flatten)]
    only: OnlyEpisodes,
    #[command(flatten)]
    source: Source,
    /// Print texts and results in full
    #[arg(long)]
    full: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Command {
    /// Shows an episode.
    ///
    /// # Errors
    /// The run or task does not exist, or the run is damaged.
    pub fn run(&self) -> Result<ExitCode> {
        let mut folder = find::run(&self.run).user_input()?;
        let Some(task) = &self.task else {
            self.only.apply(&mut folder);
            return self.list(&folder);
        };
        if !self.only.filters.is_empty() {
            return Err(user_error(
                "--only chooses from a list of episodes: leave it out, or leave out the task",
            ));
        }
        let record = find::episode(&folder, task, self.trial).user_input()?;
        let trace = folder.trace(record).user_input()?;
        let reach = self.reachability(&folder, record, &trace)?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let document = json!({
                "format_version": FORMAT_VERSION,
                "folder": folder.path,
                "episode": record,
                "trace": trace,
                "reach": reach,
            });
            writeln!(out, "{document:#}")?;
        } else {
            self.print(&folder, record, &trace, &reach, &mut out)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Lists the episodes of a run.
    fn list(&self, folder: &RunFolder) -> Result<ExitCode> {
        let mut out = std::io::stdout().lock();
        if self.json {
            let document = json!({
                "format_version": FORMAT_VERSION,
                "folder": folder.path,
                "episodes": folder.episodes,
            });
            writeln!(out, "{document:#}")?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = breakroom_report::table::new();
        table.set_header(["task", "trial", "outcome", "class", "steps", "calls"]);
        for record in &folder.episodes {
            let class = record.class.map(|class| class.words());
            table.add_row([
                record.task.clone(),
                record.trial.to_string(),
                record.outcome.label(),
                class.unwrap_or_default(),
                record.steps.to_string(),
                record.calls.to_string(),
            ]);
        }
        keep_whole(&mut table, 0);
        writeln!(out, "{table}")?;
        Ok(ExitCode::SUCCESS)
    }

    /// How long a correct outcome was in reach; unknown if the suite or the tools are not those of the run.
    fn reachability(
        &self,
        folder: &RunFolder,
        record: &EpisodeRecord,
        trace: &[TraceEvent],
    ) -> Result<Reachability> {
        let (suite, start) = match self.opened(folder) {
            Ok(opened) => opened,
            Err(error) => {
                return Ok(Reachability::Unknown {
                    why: format!("{error:#}"),
                });
            }
        };
        let Some(task) = suite.task(&record.task) else {
            return Ok(Reachability::Unknown {
                why: format!("suite {} does not have the task", suite.header.suite),
            });
        };
        let settings = &folder.run.settings;
        let selection = settings.tools.selection(task);
        reachability(&start, task, settings.rules, &selection, trace)
    }

    fn opened(&self, folder: &RunFolder) -> Result<(Suite, InitialState)> {
        let (suite, start) = self.source.open()?;
        let then = &folder.run.hashes;
        let now = Hashes::of(&suite, then.prompt.clone());
        anyhow::ensure!(
            now.suite == then.suite,
            "the run's suite {} differs from {}: name its file with --suite",
            folder.run.settings.suite,
            self.source.suite
        );
        anyhow::ensure!(
            suite.header.dialect != Dialect::Native || native::hash() == then.catalog,
            "the tools have changed since the run"
        );
        Ok((suite, start))
    }

    fn print(
        &self,
        folder: &RunFolder,
        record: &EpisodeRecord,
        trace: &[TraceEvent],
        reach: &Reachability,
        out: &mut impl Write,
    ) -> Result<()> {
        let length = if self.full {
            Length::Full
        } else {
            Length::Short
        };
        let outcome = record.outcome.label();
        let class = record
            .class
            .map_or_else(String::new, |class| format!(" ({})", class.words()));
        writeln!(
            out,
            "{}, trial {}: {outcome}{class}",
            record.task, record.trial
        )?;
        writeln!(out, "{}", folder.run.settings.title())?;
        if let Some(TraceEvent::Episode { prompt, .. }) = trace.first() {
            writeln!(out, "\nprompt\n  {}", prompt.replace('\n', "\n  "))?;
        }
        writeln!(out, "\nwhat happened")?;
        write!(out, "{}", timeline::timeline(trace, length))?;
        writeln!(out, "      {}", timeline::ending(&record.ending, length))?;
        let verdict = record.verdict.to_string().replace('\n', "\n  ");
        writeln!(out, "\nverdict\n  {verdict}")?;
        if !record.marks.is_empty() {
            writeln!(out, "\nwhy")?;
        }
        for mark in &record.marks {
            writeln!(out, "  {}: {}", mark.class.words(), mark.why)?;
        }
        writeln!(
            out,
            "\nwas a correct outcome in reach, without undoing anything?"
        )?;
        print_reach(reach, out)
    }
}

fn print_reach(reach: &Reachability, out: &mut impl Write) -> Result<()> {
    let calls = match reach {
        Reachability::Lost { call, tool, before } => {
            writeln!(
                out,
                "  no longer after call {call} ({tool}); before it, these calls would have led to it:"
            )?;
            before
        }
        Reachability::Kept { left } if left.is_empty() => {
            writeln!(out, "  yes, the databases are as expected")?;
            return Ok(());
        }
        Reachability::Kept { left } => {
            writeln!(out, "  yes, to the end; these calls were missing:")?;
            left
        }
        Reachability::Never => {
            writeln!(out, "  never: not even the oracle leads to it")?;
            return Ok(());
        }
        Reachability::Unknown { why } => {
            writeln!(out, "  unknown: {why}")?;
            return Ok(());
        }
    };
    if calls.is_empty() {
        writeln!(out, "    none")?;
    }
    for call in calls {
        writeln!(out, "    {} {}", call.tool, call.arguments)?;
    }
    Ok(())
}
