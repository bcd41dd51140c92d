//! `breakroom completions` and `breakroom man`: the command line described for shells and for `man`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints the completions of the whole command line.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn run(&self, mut command: clap::Command) -> Result<()> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command, "breakroom", &mut text);
        Ok(std::io::stdout().write_all(&text)?)
    }
}

/// Arguments of `man`.
#[derive(Args)]
pub struct Man {
    /// Folder to write the pages to, one for each command [default: print the page of breakroom itself]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    /// Prints the first man page, or writes all of them.
    ///
    /// # Errors
    /// A page cannot be written.
    pub fn run(&self, mut command: clap::Command) -> Result<()> {
        command.build();
        let Some(folder) = &self.out else {
            return Ok(std::io::stdout().write_all(&page(&command)?)?);
        };
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let count = write_pages(&command, folder)?;
        writeln!(std::io::stdout(), "{count} pages {}", folder.display())?;
        Ok(())
    }
}

fn page(command: &clap::Command) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    Ok(text)
}

/// Writes the page of a command and of each command below it; returns how many.
fn write_pages(command: &clap::Command, folder: &Path) -> Result<usize> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name());
    let path = folder.join(format!("{name}.1"));
    std::fs::write(&path, page(command)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let mut count = 1;
    for below in command.get_subcommands() {
        if below.get_name() != "help" {
            count += write_pages(below, folder)?;
        }
    }
    Ok(count)
}
