//! `breakroom frameworks run` and `list`.

use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::Task;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use crate::progress::{self, Progress};
use crate::run::BROKEN_OFF;
use crate::tasks::Source;
use crate::user_error::UserInput;
use breakroom_model_server::faults::{FaultSetting, ReplyFault};
use breakroom_record::record::FORMAT_VERSION;
use breakroom_record::{find, list};
use breakroom_runner::driver::RunEvent;
use breakroom_runner::frameworks::bench::FrameworkBench;
use breakroom_runner::frameworks::environment::{InstalledFramework, prepare};
use breakroom_runner::frameworks::manifest::FrameworkManifest;
use breakroom_runner::frameworks::reference_calls::ReferenceCalls;
use breakroom_runner::frameworks::report::FrameworkReport;

/// What can be done with frameworks.
#[derive(Subcommand)]
pub enum Command {
    /// Test each framework on a sample of tasks, with a scripted model that makes no mistakes, and with its faults (docs/frameworks.md)
    Run(Box<RunAll>),
    /// List the frameworks and their packages
    List(List),
}

impl Command {
    /// Runs it.
    ///
    /// # Errors
    /// What the subcommand fails with.
    pub fn run(&self) -> Result<ExitCode> {
        match self {
            Command::Run(run) => run.run(),
            Command::List(list) => list.run().map(|()| ExitCode::SUCCESS),
        }
    }
}

/// Where frameworks are described.
#[derive(Args)]
struct From {
    /// Folder with frameworks.toml and the programs
    #[arg(long = "from", value_name = "DIR", default_value = "frameworks")]
    folder: PathBuf,
}

/// Arguments of `frameworks list`.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    from: From,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl List {
    fn run(&self) -> Result<()> {
        let manifest = FrameworkManifest::read(&self.from.folder).user_input()?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let document =
                json!({ "format_version": FORMAT_VERSION, "frameworks": manifest.frameworks });
            writeln!(out, "{document:#}")?;
            return Ok(());
        }
        let mut table = breakroom_report::table::new();
        table.set_header(["framework", "program", "package", "group", ""]);
        for framework in &manifest.frameworks {
            let on_request = if framework.on_request {
                "on request"
            } else {
                ""
            };
            table.add_row([
                &framework.name,
                &manifest
                    .folder
                    .join(&framework.script)
                    .display()
                    .to_string(),
                &framework.package,
                &framework.group,
                on_request,
            ]);
        }
        writeln!(out, "{table}")?;
        Ok(())
    }
}

/// Faults that are asked for by one word of the command line.
#[derive(Clone, Debug)]
enum Faults {
    All,
    One(FaultSetting),
}

impl std::str::FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Faults, String> {
        match text {
            "all" => Ok(Faults::All),
            text => text.parse().map(Faults::One),
        }
    }
}

/// Arguments of `frameworks run`.
#[derive(Args)]
pub struct RunAll {
    /// The frameworks to test [default: all except those on request]
    names: Vec<String>,
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    source: Source,
    /// Play at most this many tasks, spread over the templates [default: one task of each template]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    limit: Option<u16>,
    /// Faults to test too, one at a time: all, or some of those of `breakroom model serve`, such as cut,timeout=0.5
    #[arg(long, value_name = "KIND[=RATE]", value_delimiter = ',')]
    faults: Vec<Faults>,
    /// Number of tasks for each fault; tasks that need no change are left out
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..))]
    fault_tasks: u16,
    /// Maximum number of processes at the same time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// Time limit of one episode, in seconds, including the start of the framework
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// How long the fault `timeout` keeps a framework waiting before status 504, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    hold: u64,
    /// Seed of the faults, a whole number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for the runs, each in FRAMEWORK/FAULT or FRAMEWORK/no-fault [default: a new folder below runs/]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Continue where an interrupted command stopped: finished runs are kept, the others are played
    #[arg(long, requires = "out")]
    resume: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl RunAll {
    /// Runs all; exit code 1 where a framework does not solve every task while nothing goes wrong, 3 where an episode failed on our side.
    fn run(&self) -> Result<ExitCode> {
        let manifest = FrameworkManifest::read(&self.from.folder).user_input()?;
        let chosen = manifest.choose(&self.names).user_input()?;
        let (suite, start) = self.source.open()?;
        let sample = Sample::of(&suite, self.limit, self.fault_tasks).user_input()?;
        let frameworks =
            progress::step("preparing the frameworks", || prepare(&manifest, &chosen))?;
        let bench = FrameworkBench {
            suite: Arc::new(suite),
            start,
            out: match &self.out {
                Some(out) => out.clone(),
                None => find::make_unused("frameworks").user_input()?,
            },
            resume: self.resume,
            concurrency: usize::from(self.concurrency),
            timeout: self.timeout,
            hold: Duration::from_secs(self.hold),
            seed: self.seed,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("the runtime cannot start")?;
        let report = runtime.block_on(self.play(&bench, &frameworks, &sample));
        // What was dropped must not hold the program back.
        runtime.shutdown_background();
        match report? {
            Some(report) => self.tell(&bench, &report),
            None => {
                let out = bench.out.display();
                eprintln!("broken off: take it up again with --resume --out {out}");
                Ok(ExitCode::from(BROKEN_OFF))
            }
        }
    }

    /// Plays every framework without faults and with each; none where the user broke it off.
    async fn play(
        &self,
        bench: &FrameworkBench,
        frameworks: &[InstalledFramework],
        sample: &Sample,
    ) -> Result<Option<FrameworkReport>> {
        let reference = ReferenceCalls::play(bench, &sample.all()).await?;
        let faults = self.faults();
        let episodes = sample.alone.len() + faults.len() * sample.failing.len();
        let progress = Progress::new("episodes", frameworks.len() * episodes, 0);
        let mut report = FrameworkReport::default();
        for ready in frameworks {
            let failing = faults.iter().map(|fault| (Some(*fault), &sample.failing));
            for (fault, tasks) in std::iter::once((None, &sample.alone)).chain(failing) {
                let doing = fault.map_or(String::new(), |fault| format!(", {fault}"));
                progress.set_doing(format!("{}{doing}", ready.framework.name));
                let run = bench
                    .play(ready, fault, tasks, |told| tell(&progress, &told))
                    .await?;
                let Some(run) = run else {
                    return Ok(None);
                };
                let line = report.add(ready, fault, &run, &reference)?;
                progress.note(&line.to_string());
            }
        }
        Ok(Some(report))
    }

    /// Each fault once, in the order in which they are named.
    fn faults(&self) -> Vec<FaultSetting> {
        let mut seen = HashSet::new();
        let every = |faults: &Faults| match faults {
            Faults::One(setting) => vec![*setting],
            Faults::All => {
                let all = ReplyFault::ALL.iter();
                all.map(|fault| FaultSetting {
                    fault: *fault,
                    rate: 1.0,
                })
                .collect()
            }
        };
        let all = self.faults.iter().flat_map(every);
        all.filter(|setting| seen.insert(setting.to_string()))
            .collect()
    }

    fn tell(&self, bench: &FrameworkBench, report: &FrameworkReport) -> Result<ExitCode> {
        let out = bench.out.display();
        let mut stdout = std::io::stdout().lock();
        if self.json {
            let mut document = json!({
                "format_version": FORMAT_VERSION,
                "breakroom": env!("CARGO_PKG_VERSION"),
                "suite": bench.suite.header.suite,
                "folder": bench.out,
            });
            if let (Some(into), Json::Object(fields)) = (document.as_object_mut(), json!(report)) {
                into.extend(fields);
            }
            writeln!(stdout, "{document:#}")?;
        } else {
            for table in report.tables() {
                writeln!(stdout, "{table}\n")?;
            }
            writeln!(stdout, "kept in {out}")?;
            for (folder, task) in report.unsolved() {
                let name = list::short_name(folder);
                writeln!(stdout, "next: breakroom show {name} {task}")?;
            }
        }
        if report.broken() > 0 {
            eprintln!(
                "{} episodes are faults of ours, not of a framework: `breakroom errors` says why",
                report.broken()
            );
            return Ok(ExitCode::from(3));
        }
        Ok(ExitCode::from(u8::from(!report.all_solved())))
    }
}

fn tell(progress: &Progress, told: &RunEvent<'_>) {
    match told {
        RunEvent::Episode(_) => progress.advance(None),
        RunEvent::Interrupted { under_way } => progress.tell_interrupted(*under_way),
    }
}

/// The places of tasks in their suite.
struct Sample {
    /// Without faults.
    alone: Vec<usize>,
    /// With each.
    failing: Vec<usize>,
}

impl Sample {
    /// The first task of each template, or so many of these from end to end. Where nothing is to be changed, a fault cannot keep a framework from it.
    fn of(suite: &Suite, limit: Option<u16>, fault_tasks: u16) -> Result<Sample> {
        let first_of = |wanted: &dyn Fn(&Task) -> bool| -> Vec<usize> {
            let mut templates = HashSet::new();
            let tasks = suite.tasks.iter().enumerate();
            let first = tasks.filter(|(_, task)| wanted(task) && templates.insert(&task.template));
            first.map(|(place, _)| place).collect()
        };
        let alone = spread(&first_of(&|_| true), limit);
        anyhow::ensure!(
            !alone.is_empty(),
            "suite {} has no tasks",
            suite.header.suite
        );
        let failing = spread(
            &first_of(&|task| !task.expects_no_change()),
            Some(fault_tasks),
        );
        Ok(Sample { alone, failing })
    }

    fn all(&self) -> Vec<usize> {
        let mut all = [self.alone.as_slice(), &self.failing].concat();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// So many of these, at even distances.
fn spread(places: &[usize], limit: Option<u16>) -> Vec<usize> {
    let count = limit.map_or(places.len(), |limit| usize::from(limit).min(places.len()));
    (0..count)
        .map(|number| places[number * places.len() / count])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_from_end_to_end() {
        let places: Vec<usize> = (0..69).collect();
        assert_eq!(spread(&places, Some(3)), [0, 23, 46]);
        assert_eq!(spread(&places, Some(100)), places);
        assert_eq!(spread(&places, None), places);
        assert!(spread(&[], Some(3)).is_empty());
    }
}
