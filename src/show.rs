//! The command `show`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use breakroom_tasks::suite::Suite;
use breakroom_tools::native;
use breakroom_tools::session::{Dialect, InitialState};
use clap::Args;
use serde_json::json;

use crate::tasks::Source;
use crate::user_error::UserInput;
use breakroom_record::find;
use breakroom_record::folder::RunFolder;
use breakroom_record::record::{EpisodeRecord, FORMAT_VERSION, Hashes};
use breakroom_record::trace::TraceEvent;
use breakroom_report::show::reachability::{Reachability, reachability};
use breakroom_report::show::timeline::{self, Length};

/// Arguments of `show`.
#[derive(Args)]
pub struct Command {
    /// The run: its folder, or its name below runs/
    run: String,
    /// The task's id
    task: String,
    /// Which episode of the task, counted from one [default: the first that failed]
    #[arg(long, value_name = "K")]
    trial: Option<u32>,
    #[command(flatten)]
    source: Source,
    /// Texts and results whole
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
    /// There is no such run or task, or the run is damaged.
    pub fn run(&self) -> Result<ExitCode> {
        let folder = find::run(&self.run).user_input()?;
        let record = find::episode(&folder, &self.task, self.trial).user_input()?;
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

    /// Where a correct end went out of reach; unknown where the suite or the tools are not those of the run.
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
                why: format!("suite {} has no such task", suite.header.suite),
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
            "the run's suite {} is another than {}: name its file with --suite",
            folder.run.settings.suite,
            self.source.suite
        );
        anyhow::ensure!(
            suite.header.dialect != Dialect::Native || native::hash() == then.catalog,
            "the tools are not those of the run any more"
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
        writeln!(out, "\na correct end, without undoing anything")?;
        print_reach(reach, out)
    }
}

fn print_reach(reach: &Reachability, out: &mut impl Write) -> Result<()> {
    let calls = match reach {
        Reachability::Lost { call, tool, before } => {
            writeln!(
                out,
                "  was out of reach after call {call} ({tool}); before it, this would have ended right:"
            )?;
            before
        }
        Reachability::Kept { left } if left.is_empty() => {
            writeln!(out, "  was reached, as far as the databases go")?;
            return Ok(());
        }
        Reachability::Kept { left } => {
            writeln!(out, "  was in reach to the last; it would have taken:")?;
            left
        }
        Reachability::Never => {
            writeln!(
                out,
                "  never was in reach: the oracle itself does not come to it"
            )?;
            return Ok(());
        }
        Reachability::Unknown { why } => {
            writeln!(out, "  cannot be looked for: {why}")?;
            return Ok(());
        }
    };
    if calls.is_empty() {
        writeln!(out, "    nothing more")?;
    }
    for call in calls {
        writeln!(out, "    {} {}", call.tool, call.arguments)?;
    }
    Ok(())
}
