//! `breakroom serve`: the front ends. Each only carries messages to the [gateway](crate::gateway).

pub mod stdio;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use breakroom_sandbox::world::World;
use breakroom_tools::session::Start;
use breakroom_tools::workbench::checkout::read_office;
use clap::Args;

use crate::gateway::{Gateway, Library, Limits, Names};
use crate::tasks::read_suite;

/// Arguments of `serve`.
#[derive(Args)]
pub struct Serve {
    /// Serve standard input and output, one message of JSON-RPC a line: see PROTOCOL.md
    #[arg(long, required = true)]
    stdio: bool,
    /// Worlds that sessions can start from, the first one where nothing is asked for: folders of worlds, or WorkBench checkouts for the
    /// dialect workbench [default: the office that ships]
    #[arg(long = "world", value_name = "DIR")]
    worlds: Vec<PathBuf>,
    /// Suites whose tasks can be opened: files, or names of those that ship
    #[arg(long = "suite", value_name = "SUITE")]
    suites: Vec<String>,
    /// Folder of the one session that session/open opens, as the last process left it; it is made where there is none
    #[arg(long, value_name = "DIR")]
    session_dir: Option<PathBuf>,
    #[command(flatten)]
    limits: Limits,
}

impl Serve {
    /// Serves until standard input ends.
    ///
    /// # Errors
    /// A world or suite that cannot be read, or standard input or output that breaks.
    pub fn run(&self) -> Result<bool> {
        let gateway = Arc::new(self.gateway(Names::Counted)?);
        stdio::serve(gateway, std::io::stdin().lock(), std::io::stdout().lock())?;
        Ok(true)
    }

    fn gateway(&self, names: Names) -> Result<Gateway> {
        let mut gateway = Gateway::new(self.library()?, names).with_limits(self.limits.clone());
        if let Some(folder) = &self.session_dir {
            gateway = gateway.with_session_dir(folder);
        }
        Ok(gateway)
    }

    fn library(&self) -> Result<Library> {
        let mut library = Library::default();
        if self.worlds.is_empty() {
            library = Library::of(World::office());
        }
        for folder in &self.worlds {
            // A checkout of WorkBench is a start too, for the tools of its dialect.
            if folder.join("data/processed").is_dir() {
                let office = read_office(folder)?;
                library.add_start("workbench", Start::Workbench(Arc::new(office)));
            } else {
                let world = crate::world::open(Some(folder))?;
                library.add_start(world.name(), Start::Native(Arc::clone(&world)));
            }
        }
        for suite in &self.suites {
            library.add_suite(read_suite(suite)?)?;
        }
        Ok(library)
    }
}
