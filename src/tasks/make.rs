//! `tasks generate` and `tasks import`: making suites.

use std::path::PathBuf;

use anyhow::Result;
use breakroom_tasks::suite::Suite;
use clap::{Args, Subcommand};

use crate::progress::step;
use crate::user_error::UserInput;

use super::{OFFICE, templates, write_suite};

/// Arguments of `tasks generate`.
#[derive(Args)]
pub struct Generate {
    /// Name of the suite
    #[arg(long, default_value = OFFICE)]
    suite: String,
    /// Folder of the world to draw from [default: the office that ships]
    #[arg(long)]
    world: Option<PathBuf>,
    /// Seed of the suite, a whole number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder of templates [default: the templates that ship]
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
    /// File to write [default: standard output]
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Generate {
    pub(super) fn run(&self) -> Result<()> {
        let world = crate::world::open(self.world.as_deref())?;
        let templates = templates(self.templates.as_deref())?;
        let suite = step("drawing tasks", || {
            Suite::generate(&self.suite, &world, &templates, self.seed)
        })
        .user_input()?;
        write_suite(&suite, self.out.as_deref())
    }
}

/// Where tasks are imported from.
#[derive(Subcommand)]
pub enum Import {
    /// The tasks of a WorkBench checkout (arXiv 2405.00823), in the layout of 2024 or 2026
    Workbench(ImportWorkbench),
}

/// Arguments of `tasks import workbench`.
#[derive(Args)]
pub struct ImportWorkbench {
    /// The checkout: the folder that holds data/
    folder: PathBuf,
    /// Version of the answers, such as v1 [default: the newest]
    #[arg(long)]
    version: Option<String>,
    /// File to write [default: standard output]
    #[arg(long)]
    out: Option<PathBuf>,
}

impl ImportWorkbench {
    pub(super) fn run(&self) -> Result<()> {
        let suite = breakroom_tasks::workbench::import(&self.folder, self.version.as_deref())
            .user_input()?;
        write_suite(&suite, self.out.as_deref())
    }
}
