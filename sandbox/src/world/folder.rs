//! Worlds on disk: a `manifest.toml` and one CSV file per table, readable and diffable.
//!
//! Ids are written with eight digits and an empty cell is NULL where the column may be NULL. A table without rows has no
//! file. The manifest's checksum covers its own facts and every file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDateTime;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::row::Row;
use crate::schema::{Column, ColumnType, TableId};
use crate::world::{Colleague, World, WorldData};

/// The version of the folder's layout that this program writes and reads.
pub const FORMAT_VERSION: u32 = 1;

pub(super) const MANIFEST: &str = "manifest.toml";
const DIRECTORY: &str = "directory.csv";
const TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// Why a world could not be read, frozen or written.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A file could not be read or written.
    #[error("cannot use {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{file}: {reason}")]
    Malformed {
        /// The file, with its line where one is to blame.
        file: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// Rows do not fit the schema.
    #[error("the schema refuses {}", list(rows))]
    Refused {
        /// Each row that was refused.
        rows: Vec<RefusedRow>,
    },
    /// SQLite failed to build a database.
    #[error("cannot build database {database}")]
    Database {
        /// Its name.
        database: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

/// A row that the schema refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Its table.
    pub table: TableId,
    /// Its id.
    pub id: i64,
    /// Which constraint it breaks.
    pub reason: String,
}

fn list(rows: &[RefusedRow]) -> String {
    let lines = rows.iter().map(|row| {
        let table = &row.table.table().qualified_name;
        format!("{table} {:08}: {}", row.id, row.reason)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The facts about a world that are not rows.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format_version: u32,
    name: String,
    clock: String,
    owner: String,
    checksum: String,
    counts: Counts,
}

/// Rows by file, so that a reader sees the world's size and a truncated file is noticed.
type Counts = std::collections::BTreeMap<String, usize>;

/// Reads a world's folder.
pub(super) fn read(folder: &Path) -> Result<Arc<World>, WorldError> {
    read_files(&|name| {
        let path = folder.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(WorldError::Io { path, source }),
        }
    })
}

/// Reads the world that is compiled into the program.
pub(super) fn read_embedded_office() -> Result<Arc<World>, WorldError> {
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

fn read_files(
    file: &dyn Fn(&str) -> Result<Option<String>, WorldError>,
) -> Result<Arc<World>, WorldError> {
    let required = |name: &str| {
        file(name)?.ok_or_else(|| {
            malformed(
                name,
                "is missing: a world's folder holds it beside the other files",
            )
        })
    };
    let manifest: Manifest = toml::from_str(&required(MANIFEST)?)
        .map_err(|error| malformed(MANIFEST, error.to_string().trim_end()))?;
    if manifest.format_version != FORMAT_VERSION {
        let reason = format!(
            "has format version {}: this program reads {FORMAT_VERSION}",
            manifest.format_version
        );
        return Err(malformed(MANIFEST, reason));
    }
    let clock = NaiveDateTime::parse_from_str(&manifest.clock, TIME_FORMAT).map_err(|_| {
        malformed(
            MANIFEST,
            format!("clock {:?} is not like 2026-06-11 09:00:00", manifest.clock),
        )
    })?;
    let directory = read_directory(&required(DIRECTORY)?)?;
    let mut tables = Vec::new();
    for id in TableId::all() {
        tables.push(match file(&table_file(id))? {
            Some(text) => read_table(id, &text)?,
            None => Vec::new(),
        });
    }
    let world = World::freeze(WorldData {
        name: manifest.name,
        clock,
        owner: manifest.owner,
        directory,
        tables,
    })?;
    let found = counts(world.data());
    if let Some((name, count)) = manifest
        .counts
        .iter()
        .find(|(name, count)| found.get(*name) != Some(*count))
    {
        let reason = format!(
            "has {} rows: the manifest says {count}",
            found.get(name).copied().unwrap_or_default()
        );
        return Err(malformed(name, reason));
    }
    if manifest.checksum != world.checksum() {
        let reason = format!(
            "checksum {:?} does not cover these files, which have {:?}: restore the files, or correct the manifest if the change is meant",
            manifest.checksum,
            world.checksum()
        );
        return Err(malformed(MANIFEST, reason));
    }
    Ok(world)
}

/// Writes a world's folder.
pub(super) fn write(world: &World, folder: &Path) -> Result<(), WorldError> {
    std::fs::create_dir_all(folder).map_err(|source| WorldError::Io {
        path: folder.to_owned(),
        source,
    })?;
    let data = world.data();
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        name: data.name.clone(),
        clock: data.clock.format(TIME_FORMAT).to_string(),
        owner: data.owner.clone(),
        checksum: world.checksum().to_owned(),
        counts: counts(data),
    };
    // A table without rows has no file; one left by another world would be read as this one's.
    for id in TableId::all().filter(|id| data.tables[id.index()].is_empty()) {
        let path = folder.join(table_file(id));
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(WorldError::Io { path, source });
            }
            _ => {}
        }
    }
    let manifest = toml::to_string(&manifest)
        .expect("a manifest holds only text, numbers and one table, which comes last");
    for (name, bytes) in files(data)
        .into_iter()
        .chain([(MANIFEST.to_owned(), manifest.into_bytes())])
    {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|source| WorldError::Io { path, source })?;
    }
    Ok(())
}

/// SHA-256 over the manifest's facts and every file, in hexadecimal.
pub(super) fn checksum(data: &WorldData) -> String {
    let mut digest = Sha256::new();
    digest.update(format!(
        "{FORMAT_VERSION}\n{}\n{}\n{}\n",
        data.name,
        data.clock.format(TIME_FORMAT),
        data.owner
    ));
    for (name, bytes) in files(data) {
        digest.update(format!("{name}\n{}\n", bytes.len()));
        digest.update(bytes);
    }
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Refuses rows that are not shaped as the table is: the wrong number of values, or a key that is no integer.
pub(super) fn check_shape(id: TableId, rows: &[Row]) -> Result<(), WorldError> {
    let table = id.table();
    match rows
        .iter()
        .find(|row| row.len() != table.columns.len() || !matches!(row[0], Value::Integer(_)))
    {
        None => Ok(()),
        Some(row) => Err(malformed(
            &table.qualified_name,
            format!(
                "row {row:?} has not {} values of which the first is an integer id",
                table.columns.len()
            ),
        )),
    }
}

fn counts(data: &WorldData) -> Counts {
    let tables = TableId::all().map(|id| (table_file(id), data.tables[id.index()].len()));
    tables
        .chain([(DIRECTORY.to_owned(), data.directory.len())])
        .filter(|(_, count)| *count > 0)
        .collect()
}

fn files(data: &WorldData) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![(DIRECTORY.to_owned(), write_directory(&data.directory))];
    for id in TableId::all() {
        let rows = &data.tables[id.index()];
        if !rows.is_empty() {
            files.push((table_file(id), write_table(id, rows)));
        }
    }
    files
}

fn table_file(id: TableId) -> String {
    format!("{}.csv", id.table().qualified_name)
}

fn read_directory(text: &str) -> Result<Vec<Colleague>, WorldError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| malformed(DIRECTORY, error.to_string()))
}

fn write_directory(directory: &[Colleague]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for colleague in directory {
        writer
            .serialize(colleague)
            .expect("writing to memory cannot fail");
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

fn read_table(id: TableId, text: &str) -> Result<Vec<Row>, WorldError> {
    let file = table_file(id);
    let columns = &id.table().columns;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| malformed(&file, error.to_string()))?;
    if !header
        .iter()
        .eq(columns.iter().map(|column| column.name.as_str()))
    {
        let expected = columns
            .iter()
            .map(|column| column.name.as_str())
            .collect::<Vec<_>>()
            .join(",");
        return Err(malformed(
            &file,
            format!("has another header than {expected}"),
        ));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| malformed(&file, error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = columns
            .iter()
            .zip(&record)
            .map(|(column, cell)| read_cell(column, cell))
            .collect::<Result<Row, _>>();
        rows.push(row.map_err(|reason| malformed(&format!("{file}:{line}"), reason))?);
    }
    Ok(rows)
}

fn read_cell(column: &Column, cell: &str) -> Result<Value, String> {
    match column.column_type {
        _ if cell.is_empty() && column.nullable => Ok(Value::Null),
        ColumnType::Text => Ok(Value::Text(cell.to_owned())),
        ColumnType::Integer => cell
            .parse()
            .map(Value::Integer)
            .map_err(|_| format!("{} {cell:?} is not a whole number", column.name)),
    }
}

fn write_table(id: TableId, rows: &[Row]) -> Vec<u8> {
    let columns = &id.table().columns;
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(columns.iter().map(|column| &column.name))
        .expect("writing to memory cannot fail");
    for row in rows {
        let cells = columns
            .iter()
            .zip(row)
            .map(|(column, value)| write_cell(column, value));
        writer
            .write_record(cells)
            .expect("writing to memory cannot fail");
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

fn write_cell(column: &Column, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(id) if column.is_id() => format!("{id:08}"),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Real(_) | Value::Blob(_) => {
            unreachable!("strict tables of integers and text hold neither")
        }
    }
}

pub(super) fn malformed(file: &str, reason: impl Into<String>) -> WorldError {
    WorldError::Malformed {
        file: file.to_owned(),
        reason: reason.into(),
    }
}
