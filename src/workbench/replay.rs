//! `breakroom workbench replay`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use breakroom_workbench::replay::{checkout_of, replay};

use crate::user_error::UserInput;

/// Arguments of the command.
#[derive(clap::Args, Debug)]
pub struct Replay {
    /// The transcripts: a file with one JSON object per line
    file: PathBuf,
    /// The checkout that the transcripts were recorded in [default: the nearest folder above the file that holds data/]
    #[arg(long)]
    checkout: Option<PathBuf>,
}

impl Replay {
    /// Runs the command; false where an observation differs.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn run(&self) -> Result<bool> {
        let checkout = checkout_of(&self.file, self.checkout.as_deref()).user_input()?;
        let replayed = replay(&self.file, &checkout).user_input()?;
        let mut out = std::io::stdout().lock();
        for line in &replayed.differences {
            writeln!(out, "{line}")?;
        }
        let equal = replayed.compared - replayed.differences.len();
        writeln!(out, "equal {equal} of {}", replayed.compared)?;
        Ok(replayed.differences.is_empty())
    }
}
