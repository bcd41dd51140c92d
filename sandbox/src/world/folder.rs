//! Worlds on disk: a `manifest.toml` and one CSV file for each table that has rows, readable and diffable.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use chrono::NaiveDateTime;

use super::csv_files::{DIRECTORY_FILE, files, read_directory, read_table, table_file};
use super::error::{MANIFEST_FILE, WorldError};
use super::manifest::{CLOCK_FORMAT, FORMAT_VERSION, WorldManifest, count_rows};
use crate::schema::TableId;
use crate::world::{World, WorldData};

impl World {
    /// The world that ships with the program, compiled into it.
    pub fn office() -> Arc<World> {
        static OFFICE: LazyLock<Arc<World>> = LazyLock::new(|| {
            read_embedded_office().expect("the embedded world is valid: a test reads it")
        });
        Arc::clone(&OFFICE)
    }

    /// Reads a world from its folder.
    ///
    /// # Errors
    /// Names the file, with line and column if known, that is missing, malformed or not covered by the manifest's checksum.
    pub fn read(folder: &Path) -> Result<Arc<World>, WorldError> {
        read_files(&|name| {
            let path = folder.join(name);
            match std::fs::read_to_string(&path) {
                Ok(text) => Ok(Some(text)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(WorldError::io(path)(error)),
            }
        })
    }

    /// Writes the world to a folder as CSV files and a manifest.
    ///
    /// # Errors
    /// Names the file that could not be written.
    pub fn write(&self, folder: &Path) -> Result<(), WorldError> {
        std::fs::create_dir_all(folder).map_err(WorldError::io(folder))?;
        let data = self.data();
        // A table without rows has no file. Remove one that another world left here, or it would be read as part of this world.
        for id in TableId::all().filter(|id| data.tables[id.index()].is_empty()) {
            let path = folder.join(table_file(id));
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(WorldError::io(path)(error));
                }
                _ => {}
            }
        }
        let manifest = WorldManifest {
            format_version: FORMAT_VERSION,
            name: data.name.clone(),
            clock: data.clock.format(CLOCK_FORMAT).to_string(),
            owner: data.owner.clone(),
            checksum: self.checksum().to_owned(),
            counts: count_rows(data),
        };
        let manifest = toml::to_string(&manifest)
            .expect("a manifest holds only text, numbers and one table, which comes last");
        let manifest = (MANIFEST_FILE.to_owned(), manifest.into_bytes());
        for (name, bytes) in files(data).into_iter().chain([manifest]) {
            let path = folder.join(name);
            std::fs::write(&path, bytes).map_err(WorldError::io(path))?;
        }
        Ok(())
    }
}

/// Reads the world that is compiled into the program.
fn read_embedded_office() -> Result<Arc<World>, WorldError> {
    macro_rules! office {
        ($($file:literal),* $(,)?) => {
            [$(($file, include_str!(concat!("../../../fixtures/worlds/office/", $file)))),*]
        };
    }
    let files = office![
        "manifest.toml",
        "directory.csv",
        "calendar.event.csv",
        "email.email.csv",
        "analytics.visit.csv",
        "project_management.task.csv",
        "customer_relationship_manager.customer.csv",
    ];
    read_files(&|name| {
        Ok(files
            .iter()
            .find(|(file, _)| *file == name)
            .map(|(_, text)| (*text).to_owned()))
    })
}

/// Reads a world from files; `read_file` returns the text of the named file, if there is one.
fn read_files(
    read_file: &dyn Fn(&str) -> Result<Option<String>, WorldError>,
) -> Result<Arc<World>, WorldError> {
    let required = |name: &str| {
        read_file(name)?.ok_or_else(|| {
            let reason = "is missing: it belongs in the world's folder beside the other files";
            WorldError::malformed(name, reason)
        })
    };
    let manifest = parse_manifest(&required(MANIFEST_FILE)?)?;
    let clock = NaiveDateTime::parse_from_str(&manifest.clock, CLOCK_FORMAT).map_err(|_| {
        let reason = format!(
            "invalid clock {:?}: write one like 2026-06-11 09:00:00",
            manifest.clock
        );
        WorldError::malformed(MANIFEST_FILE, reason)
    })?;
    let directory = read_directory(&required(DIRECTORY_FILE)?)?;
    let mut tables = Vec::new();
    for id in TableId::all() {
        tables.push(match read_file(&table_file(id))? {
            Some(text) => read_table(id, &text)?,
            None => Vec::new(),
        });
    }
    let world = World::freeze(WorldData {
        name: manifest.name.clone(),
        clock,
        owner: manifest.owner.clone(),
        directory,
        tables,
    })?;
    check_manifest(&manifest, &world)?;
    Ok(world)
}

fn parse_manifest(text: &str) -> Result<WorldManifest, WorldError> {
    let manifest: WorldManifest = toml::from_str(text)
        .map_err(|error| WorldError::malformed(MANIFEST_FILE, error.to_string().trim_end()))?;
    if manifest.format_version != FORMAT_VERSION {
        let reason = format!(
            "has format version {}: this program reads {FORMAT_VERSION}",
            manifest.format_version
        );
        return Err(WorldError::malformed(MANIFEST_FILE, reason));
    }
    Ok(manifest)
}

/// Fails if the manifest's counts or checksum do not fit the rows that were read.
fn check_manifest(manifest: &WorldManifest, world: &World) -> Result<(), WorldError> {
    let actual = count_rows(world.data());
    for (file, expected) in &manifest.counts {
        let count = actual.get(file);
        if count != Some(expected) {
            let count = count.copied().unwrap_or_default();
            let reason = format!("has {count} rows, but the manifest says {expected}");
            return Err(WorldError::malformed(file, reason));
        }
    }
    if manifest.checksum != world.checksum() {
        let reason = format!(
            "checksum {:?} does not match these files, whose checksum is {:?}: restore the files, or correct the manifest if the change is intended",
            manifest.checksum,
            world.checksum()
        );
        return Err(WorldError::malformed(MANIFEST_FILE, reason));
    }
    Ok(())
}
