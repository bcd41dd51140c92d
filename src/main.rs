//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A simulated workplace to point AI agents at.
#[derive(Parser)]
#[command(
    name = "breakroom",
    version,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 done, 1 a gate failed or a call was refused, 2 wrong usage, 3 a fault of the machine or of ours"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make, import, look at, check and export worlds.
    #[command(subcommand)]
    World(breakroom::world::Command),
    /// Print the tools, in the form that a model's API takes.
    Tools(breakroom::tools::List),
    /// Run one tool, and print its result and the rows that the session changed; exits 1 when refused.
    Call(breakroom::tools::Call),
    /// Serve sessions and their tools to a program: see PROTOCOL.md.
    Serve(breakroom::serve::Serve),
    /// Print the JSON Schemas of what is sent and printed.
    Schema(breakroom::schema::Schema),
    /// Work with a checkout of WorkBench (arXiv 2405.00823).
    #[command(subcommand)]
    Workbench(Workbench),
}

#[derive(Subcommand)]
enum Workbench {
    /// Replay recorded runs and score them by the original's rules.
    Score(breakroom::score::Score),
    /// Run the calls of transcripts and compare each observation with the recorded one.
    Replay(breakroom::replay::Replay),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::World(command) => command.run(),
        Command::Tools(list) => list.run(),
        Command::Call(call) => call.run(),
        Command::Serve(serve) => serve.run(),
        Command::Schema(schema) => schema.run(),
        Command::Workbench(Workbench::Score(score)) => score.run(),
        Command::Workbench(Workbench::Replay(replay)) => replay.run(),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        // Whoever read the output, `head` say, has seen enough.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(3)
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
