//! `breakroom world`: make an office or import one, look at it, check it, export it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use breakroom_sandbox::office::{self, check};
use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::session::Session;
use breakroom_sandbox::world::World;
use breakroom_sandbox::{Fault, export};
use breakroom_tools::workbench::import;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::progress::step;
use crate::user_error::UserInput;

/// What to do with a world.
#[derive(Subcommand)]
pub enum Command {
    /// Generate an office from a seed; the same seed gives the same bytes on every machine
    New(New),
    /// Import an office as a world
    #[command(subcommand)]
    Import(Import),
    /// Show what a world contains
    Info(Which),
    /// Check a world for inconsistent rows; exits with code 1 on a finding
    Check(Which),
    /// Export a world as SQLite files, mails or charts
    Export(Export),
}

/// Arguments of `world new`.
#[derive(Args)]
pub struct New {
    /// Seed of the office, a whole number
    #[arg(long, value_name = "N")]
    seed: u64,
    /// Size: how many times as many rows as the office that ships
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=office::MAX_SCALE as i64))]
    scale: u16,
    /// Name of the world [default: office-SEED]
    #[arg(long)]
    name: Option<String>,
    /// Folder to write; it must be new, empty or hold a world
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What can be imported.
#[derive(Subcommand)]
pub enum Import {
    /// The office of a checkout of WorkBench (arXiv 2405.00823)
    ///
    /// Reads the five tables of DIR/data/processed, as .csv or .csv.gz, and DIR/data/raw/email_addresses.csv. It is
    /// 2023-11-30 00:00:00 in that office. The owner, who is in none of the files, is added to the directory and is the other side of
    /// every mail. Colleagues' names are read from their addresses and their roles stay empty, as do customers' companies. Visits are
    /// numbered in the order of their file, and \n in a mail's body becomes a new line.
    Workbench(ImportWorkbench),
}

/// Arguments of `world import workbench`.
#[derive(Args)]
pub struct ImportWorkbench {
    /// The checkout: the folder that holds data/
    folder: PathBuf,
    /// Name of the world
    #[arg(long, default_value = "workbench")]
    name: String,
    /// The office's owner: the mails greet Sam
    #[arg(long, value_name = "ADDRESS", default_value = "sam@atlas.com")]
    owner: String,
    /// Folder to write; it must be new, empty or hold a world
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// A world, and how to print about it.
#[derive(Args)]
pub struct Which {
    /// Folder of the world [default: the office that ships]
    world: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `world export`.
#[derive(Args)]
pub struct Export {
    /// Folder of the world [default: the office that ships]
    world: Option<PathBuf>,
    #[command(flatten)]
    to: Destinations,
}

/// What to write, each into a folder of its own.
#[derive(Args)]
#[group(required = true, multiple = true)]
struct Destinations {
    /// Folder for the databases: calendar.db, email.db and so on
    #[arg(long, value_name = "DIR")]
    sqlite: Option<PathBuf>,
    /// Folder for the mails: each as an .eml file, and all as mailbox.mbox
    #[arg(long, value_name = "DIR")]
    mails: Option<PathBuf>,
    /// Folder for the plots: each as an SVG chart
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
}

impl Command {
    /// Runs the command; false where a check has findings.
    ///
    /// # Errors
    /// A world that cannot be read or written.
    pub fn run(&self) -> Result<bool> {
        match self {
            Command::New(new) => new.run().map(|()| true),
            Command::Import(Import::Workbench(import)) => import.run().map(|()| true),
            Command::Info(which) => {
                info(&*open(which.world.as_deref())?, which.json).map(|()| true)
            }
            Command::Check(which) => report(&*open(which.world.as_deref())?, which.json),
            Command::Export(export) => export.run().map(|()| true),
        }
    }
}

/// The world of a folder, or the one that ships.
///
/// # Errors
/// The folder holds no world.
pub fn open(folder: Option<&Path>) -> Result<Arc<World>> {
    match folder {
        None => Ok(World::office()),
        Some(folder) => step("reading the world", || World::read(folder))
            .with_context(|| format!("cannot open the world in {}", folder.display()))
            .user_input(),
    }
}

impl New {
    fn run(&self) -> Result<()> {
        check_vacant(&self.out).user_input()?;
        let name = self
            .name
            .clone()
            .unwrap_or_else(|| format!("office-{}", self.seed));
        let data = step("drawing the office", || {
            office::generate(&name, self.seed, self.scale.into())
        });
        let world = step("building its databases", || World::freeze(data))?;
        write(&world, &self.out)
    }
}

impl ImportWorkbench {
    fn run(&self) -> Result<()> {
        check_vacant(&self.out).user_input()?;
        let imported = import::read_world(&self.folder, &self.name, &self.owner).user_input()?;
        let world = World::freeze(imported.data.clone())
            .map_err(|error| anyhow::anyhow!(imported.explain(&error)))
            .user_input()?;
        write(&world, &self.out)
    }
}

/// Leaves a folder alone that holds something other than a world.
fn check_vacant(folder: &Path) -> Result<()> {
    let occupied = folder
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some());
    anyhow::ensure!(
        !occupied || folder.join("manifest.toml").exists(),
        "{} holds something other than a world: name an empty or new folder",
        folder.display()
    );
    Ok(())
}

fn write(world: &World, folder: &Path) -> Result<()> {
    step("writing it", || world.write(folder)).user_input()?;
    writeln!(
        std::io::stdout(),
        "{} {}",
        world.checksum(),
        folder.display()
    )?;
    Ok(())
}

impl Export {
    fn run(&self) -> Result<()> {
        let world = open(self.world.as_deref())?;
        let session = Session::open(&world)?;
        let Destinations {
            sqlite,
            mails,
            plots,
        } = &self.to;
        type Writer = fn(&Session, &Path) -> Result<(), Fault>;
        let parts: [(&Option<PathBuf>, Writer); 3] = [
            (sqlite, export::write_databases),
            (mails, export::write_mails),
            (plots, export::write_charts),
        ];
        for (folder, write) in parts {
            if let Some(folder) = folder {
                write(&session, folder).user_input()?;
                writeln!(std::io::stdout(), "{}", folder.display())?;
            }
        }
        Ok(())
    }
}

fn info(world: &World, as_json: bool) -> Result<()> {
    let rows: Vec<(&str, usize)> = TableId::all()
        .map(|table| {
            (
                table.table().qualified_name.as_str(),
                world.rows(table).len(),
            )
        })
        .collect();
    let mut out = std::io::stdout().lock();
    if as_json {
        let facts = json!({
            "format_version": 1,
            "name": world.name(),
            "clock": world.clock().to_string(),
            "owner": world.owner(),
            "checksum": world.checksum(),
            "colleagues": world.directory(),
            "rows": rows.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        });
        return Ok(writeln!(out, "{facts:#}")?);
    }
    let mut table = breakroom_report::table::new();
    table.add_row(["name", world.name()]);
    table.add_row([
        "clock",
        &world.clock().format("%A %Y-%m-%d %H:%M").to_string(),
    ]);
    table.add_row(["owner", world.owner()]);
    table.add_row(["colleagues", &world.directory().len().to_string()]);
    for (name, count) in rows {
        table.add_row([name, &count.to_string()]);
    }
    table.add_row(["checksum", world.checksum()]);
    Ok(writeln!(out, "{table}")?)
}

fn report(world: &World, as_json: bool) -> Result<bool> {
    let findings = step("checking it", || check::check(world));
    let mut out = std::io::stdout().lock();
    if as_json {
        let list: Vec<_> = findings
            .iter()
            .map(|finding| {
                let row = finding.row.map(|(table, id)| json!({"table": table.table().qualified_name, "id": format!("{id:08}")}));
                json!({"rule": finding.rule, "row": row, "message": finding.message})
            })
            .collect();
        writeln!(
            out,
            "{:#}",
            json!({"format_version": 1, "rules": check::RULES.len(), "findings": list})
        )?;
        return Ok(findings.is_empty());
    }
    let mut table = breakroom_report::table::new();
    table.set_header(["rule", "asks for", "findings"]);
    for rule in check::RULES {
        let count = findings
            .iter()
            .filter(|finding| finding.rule == rule.name)
            .count();
        table.add_row([rule.name, rule.description, &count.to_string()]);
    }
    writeln!(out, "{table}")?;
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    Ok(findings.is_empty())
}
