//! `breakroom merge`: join the shards of a run.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use breakroom_record::find;
use breakroom_record::record::now;
use breakroom_runner::merge::merge;

use crate::outcomes::report;
use crate::progress::step;
use crate::user_error::UserInput;

/// Arguments of `merge`.
#[derive(Args)]
pub struct Merge {
    /// The shards: folders, or names below runs/
    #[arg(required = true, num_args = 1..)]
    shards: Vec<String>,
    /// Folder for the whole run
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

impl Merge {
    /// Joins the shards of a run; exit code 3 where an episode is a fault.
    ///
    /// # Errors
    /// A shard that is missing, unfinished, there twice, or of another run.
    pub fn run(&self) -> Result<ExitCode> {
        let shards: Vec<PathBuf> = self
            .shards
            .iter()
            .map(|name| find::folder(name))
            .collect::<Result<_>>()?;
        let done = step("joining shards", || merge(&shards, &self.out, now())).user_input()?;
        report(&done, self.json)
    }
}
