//! The command line.

use std::process::ExitCode;

use breakroom::progress::be_quiet;
use breakroom::user_error::exit_code;
use breakroom::{
    compare, errors, examples, export, frameworks, merge, model, run, runs, schema, serve,
    shell_files, show, stats, tasks, tools, workbench, world,
};
use breakroom_report::table;
use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};
use terminal_size::{Width, terminal_size_of};

// With the system's allocator a server plays about a quarter fewer episodes a second (`cargo bench --bench serve`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A simulated workplace to point AI agents at.
#[derive(Parser)]
#[command(
    name = "breakroom",
    version = env!("BREAKROOM_VERSION"),
    arg_required_else_help = true,
    after_help = AFTER_HELP
)]
struct Arguments {
    #[command(flatten)]
    global: GlobalOptions,
    #[command(subcommand)]
    command: Command,
}

/// What the help of `breakroom` ends with.
const AFTER_HELP: &str = "\
Start with:
  breakroom run --per-template 1           run an embedded model on one task of each kind
  breakroom errors latest                  see why its episodes failed
  breakroom run --agent 'exec:COMMAND'     run your own agent (docs/agents.md)

Exit codes:
  0    success
  1    a gate failed, a check has findings, or a call was refused
  2    your mistake, such as an unknown name, a missing key or a malformed argument
  3    a fault of the machine, of a provider or of Breakroom
  130  a run was interrupted";

/// The whole command line, with examples.
fn command_line() -> clap::Command {
    examples::add(Arguments::command())
}

/// Options of every command.
#[derive(Args)]
struct GlobalOptions {
    /// When to colour help and error messages
    #[arg(
        long,
        global = true,
        value_enum,
        display_order = 1_000,
        default_value = "auto",
        value_name = "WHEN"
    )]
    color: ColorChoice,
    /// Print no progress and no notes; errors are still printed
    #[arg(long, short, global = true, env = "BREAKROOM_QUIET", value_parser = clap::builder::FalseyValueParser::new(), display_order = 1_001)]
    quiet: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Generate, import, inspect, check and export worlds
    #[command(subcommand)]
    World(world::Command),
    /// Run an agent on a suite of tasks and keep everything that happens; without arguments, an embedded model plays the suite that ships
    Run(Box<run::Command>),
    /// List the runs below runs/, newest first
    Runs(runs::Command),
    /// Join the shards of a run
    Merge(merge::Merge),
    /// Show why the episodes of a run failed: classes of failures by domain and template, the costliest first
    Errors(errors::Command),
    /// Show an episode of a run: the prompt, what happened, the verdict row by row, and when a correct outcome became unreachable
    Show(show::Command),
    /// Export a run for other programs: JSON lines, chat messages, an Inspect log, JUnit or CSV
    Export(export::Command),
    /// Show statistics over the trials of a run: pass@k, pass^k, intervals, and tasks that come out both ways
    Stats(stats::Command),
    /// Compare runs: what got better, what broke, and whether it is chance; can fail a build
    Compare(compare::Command),
    /// Keep the outcomes of a run in one small file, for later comparisons
    Baseline(compare::Baseline),
    /// Generate, inspect and check suites of tasks
    #[command(subcommand)]
    Tasks(tasks::Command),
    /// Print the tools, in the format of a model's API
    Tools(tools::List),
    /// Call a tool, and print its result and the rows that changed; exits with code 1 if the call is refused
    Call(tools::Call),
    /// Serve sessions and their tools to programs over HTTP, MCP or standard input and output
    Serve(serve::Serve),
    /// Serve scripted models, which have no weights
    #[command(subcommand)]
    Model(model::Command),
    /// Test agent frameworks with a scripted model
    #[command(subcommand)]
    Frameworks(frameworks::Command),
    /// Print the JSON Schemas of messages, files and reports
    Schema(schema::Schema),
    /// Print completions for a shell
    Completions(shell_files::Completions),
    /// Print or write man pages
    Man(shell_files::Man),
    /// Score, audit and replay recorded runs of WorkBench (arXiv 2405.00823)
    #[command(subcommand)]
    Workbench(workbench::Command),
}

fn main() -> ExitCode {
    let done = |done: bool| {
        if done {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(1)
        }
    };
    let Arguments { global, command } = parse();
    if global.quiet {
        be_quiet();
    }
    if let Some((Width(columns), _)) = terminal_size_of(std::io::stdout()) {
        table::fit(columns);
    }
    let outcome = match command {
        Command::Run(command) => command.run(),
        Command::Runs(command) => command.run(),
        Command::Merge(merge) => merge.run(),
        Command::Frameworks(command) => command.run(),
        Command::Errors(command) => command.run(),
        Command::Show(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Stats(command) => command.run(),
        Command::Compare(command) => command.run(),
        Command::Baseline(baseline) => baseline.run(),
        Command::World(command) => command.run().map(done),
        Command::Tasks(command) => command.run().map(done),
        Command::Tools(list) => list.run().map(done),
        Command::Call(call) => call.run().map(done),
        Command::Serve(serve) => serve.run().map(done),
        Command::Model(command) => command.run().map(done),
        Command::Schema(schema) => schema.run().map(done),
        Command::Completions(completions) => {
            completions.run(command_line()).map(|()| ExitCode::SUCCESS)
        }
        Command::Man(man) => man.run(command_line()).map(|()| ExitCode::SUCCESS),
        Command::Workbench(command) => command.run().map(done),
    };
    match outcome {
        Ok(code) => code,
        // Whoever read the output, `head` say, has seen enough.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<clap::Error>() => {
            eprint!("{error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// Reads the command line, or ends with help or an error, which already have the colours that were asked for.
fn parse() -> Arguments {
    let words: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let command = command_line().color(color(&words));
    let matches = command.get_matches();
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// The colours that a command line asks for, before it is checked.
fn color(words: &[String]) -> ColorChoice {
    let value = words.iter().enumerate().find_map(|(place, word)| {
        let value = word.strip_prefix("--color")?;
        match value.strip_prefix('=') {
            Some(value) => Some(value),
            None if value.is_empty() => words.get(place + 1).map(String::as_str),
            None => None,
        }
    });
    match value {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
