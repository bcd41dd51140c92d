//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A simulated workplace to point AI agents at.
#[derive(Parser)]
#[command(name = "breakroom", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make, look at, check and export worlds.
    #[command(subcommand)]
    World(breakroom::world::Command),
    /// Draw suites of tasks, look at them, and check them.
    #[command(subcommand)]
    Tasks(breakroom::tasks::Command),
    /// Print the tools, in the form that a model's API takes.
    Tools(breakroom::tools::List),
    /// Run one tool in a fresh session, and print its result and the rows that it changed; exits 1 when refused.
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
    /// Judge recorded runs by native rules beside the original's verdicts, and check its tasks and answers; exits 1 where a disagreement has no class.
    Audit(breakroom::audit::Audit),
    /// Run the calls of transcripts and compare each observation with the recorded one.
    Replay(breakroom::replay::Replay),
    /// Drive the ReAct loop with the model's texts of transcripts and compare its calls with the recorded ones.
    Redrive(breakroom::redrive::Redrive),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::World(command) => command.run(),
        Command::Tasks(command) => command.run(),
        Command::Tools(list) => list.run(),
        Command::Call(call) => call.run(),
        Command::Serve(serve) => serve.run(),
        Command::Schema(schema) => schema.run(),
        Command::Workbench(Workbench::Score(score)) => score.run(),
        Command::Workbench(Workbench::Audit(audit)) => audit.run(),
        Command::Workbench(Workbench::Replay(replay)) => replay.run(),
        Command::Workbench(Workbench::Redrive(redrive)) => redrive.run(),
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
