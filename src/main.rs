//! The command line.

use std::process::ExitCode;

use breakroom::progress::be_quiet;
use breakroom::user_error::exit_code;
use breakroom::{
    compare, errors, export, frameworks, merge, model, run, runs, schema, serve, shell_files, show,
    stats, tasks, tools, workbench, world,
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
    after_help = "Exit codes: 0 done, 1 a gate failed or a call was refused, 2 wrong usage, 3 a fault of the machine or of ours"
)]
struct Arguments {
    #[command(flatten)]
    global: GlobalOptions,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args)]
struct GlobalOptions {
    /// When to colour help and error messages
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN"
    )]
    color: ColorChoice,
    /// Print no progress and no notes; errors are still printed
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Make, import, look at, check and export worlds.
    #[command(subcommand)]
    World(world::Command),
    /// Point an agent at a suite of tasks, and keep all that happens; with no arguments, an embedded model works through the suite that ships.
    Run(Box<run::Command>),
    /// List the runs that are kept below runs/, newest first.
    Runs(runs::Command),
    /// Join the shards of a run.
    Merge(merge::Merge),
    /// Say why the episodes of a run failed: classes by domain and template, the costliest first.
    Errors(errors::Command),
    /// Show an episode of a run: the prompt, what happened, the verdict row by row, and where a correct end went out of reach.
    Show(show::Command),
    /// Write a run in a form that other programs read: lines of JSON, chat messages, a log of Inspect, JUnit or CSV.
    Export(export::Command),
    /// What the trials of a run say: pass@k, pass^k, intervals, and which tasks are coin tosses.
    Stats(stats::Command),
    /// Compare runs: what got better, what broke, and whether it is chance; a gate for continuous integration.
    Compare(compare::Command),
    /// Keep what a run came to in one small file, to compare with later.
    Baseline(compare::Baseline),
    /// Draw suites of tasks, look at them, and check them.
    #[command(subcommand)]
    Tasks(tasks::Command),
    /// Print the tools, in the form that a model's API takes.
    Tools(tools::List),
    /// Run one tool, and print its result and the rows that the session changed; exits 1 when refused.
    Call(tools::Call),
    /// Serve sessions and their tools to a program: see PROTOCOL.md.
    Serve(serve::Serve),
    /// Models without weights.
    #[command(subcommand)]
    Model(model::Command),
    /// Try agent frameworks, each in its ordinary way, with a scripted model.
    #[command(subcommand)]
    Frameworks(frameworks::Command),
    /// Print the JSON Schemas of what is sent and printed.
    Schema(schema::Schema),
    /// Print completions for a shell.
    Completions(shell_files::Completions),
    /// Write man pages.
    Man(shell_files::Man),
    /// Work with a checkout of WorkBench (arXiv 2405.00823).
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
        Command::Completions(completions) => completions
            .run(Arguments::command())
            .map(|()| ExitCode::SUCCESS),
        Command::Man(man) => man.run(Arguments::command()).map(|()| ExitCode::SUCCESS),
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
    let command = Arguments::command().color(color(&words));
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
