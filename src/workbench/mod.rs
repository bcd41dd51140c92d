//! `breakroom workbench`: work with a checkout of WorkBench (arXiv 2405.00823).

mod audit;
mod redrive;
mod replay;
mod score;

use anyhow::Result;
use clap::Subcommand;

/// What to do with a checkout.
#[derive(Subcommand)]
pub enum Command {
    /// Replay recorded runs and score them by the original's rules
    Score(score::Score),
    /// Compare native verdicts on recorded runs with the original's, and check its tasks and answers; exits with code 1 if a disagreement has no class
    Audit(audit::Audit),
    /// Run the calls of transcripts and compare each observation with the recorded one
    Replay(replay::Replay),
    /// Drive the ReAct loop with the model's texts of transcripts and compare its calls with the recorded ones
    Redrive(redrive::Redrive),
}

impl Command {
    /// Runs the command; false if a comparison fails.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn run(&self) -> Result<bool> {
        match self {
            Command::Score(score) => score.run(),
            Command::Audit(audit) => audit.run(),
            Command::Replay(replay) => replay.run(),
            Command::Redrive(redrive) => redrive.run(),
        }
    }
}
