//! A session that lives in a folder: `session.json` holds what it changed, and is replaced as a whole after every call.
//!
//! The file is written beside the old one, synchronized and renamed over it, so that whatever ends the process leaves the
//! state before the call or after it. `lock` keeps the folder to one process; the system releases it when that process ends.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::live::State;
use crate::changes::{RowChange, RowTouch};
use crate::row::Row;
use crate::schema::{Table, TableId};
use crate::world::World;
use crate::{Fault, Value};

/// The version of `session.json` that this program writes and reads.
const FORMAT_VERSION: u32 = 1;
const FILE: &str = "session.json";

/// A session's folder, held for this process alone.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

/// `session.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format_version: u32,
    world: String,
    checksum: String,
    calls: u32,
    touches: Vec<StoredTouch>,
    rows: Vec<StoredRow>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredTouch {
    call: u32,
    table: String,
    id: i64,
}

/// A row that differs from the world's; no values where it was deleted.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRow {
    table: String,
    id: i64,
    values: Option<Vec<Json>>,
}

impl Folder {
    /// Takes hold of a folder, which is made where there is none.
    pub(super) fn hold(path: &Path) -> Result<Folder, Fault> {
        std::fs::create_dir_all(path).map_err(Fault::io(path))?;
        let lock_path = path.join("lock");
        let lock = File::create(&lock_path).map_err(Fault::io(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Folder {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Fault::SessionInUse {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(Fault::io(lock_path)(source)),
        }
    }

    /// What a session in this folder had come to; a new folder holds one that is freshly opened.
    pub(super) fn load(&self, world: &World) -> Result<State, Fault> {
        let path = self.path.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(State::default());
            }
            Err(error) => return Err(Fault::io(path)(error)),
        };
        read(&text, world).map_err(|reason| self.refuse(reason))
    }

    /// Replaces the stored state.
    pub(super) fn save(&self, world: &World, state: &State) -> Result<(), Fault> {
        let (path, new) = (self.path.join(FILE), self.path.join("session.json.new"));
        let mut text =
            serde_json::to_vec(&stored(world, state)).expect("a state is text and numbers");
        text.push(b'\n');
        let replace = || {
            let mut file = File::create(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&new, &path)?;
            // A rename is on the disk once its folder is.
            File::open(&self.path)?.sync_all()
        };
        replace().map_err(Fault::io(&path))
    }

    /// A fault that says why the folder cannot be opened.
    pub(super) fn refuse(&self, reason: String) -> Fault {
        Fault::SessionFolder {
            path: self.path.clone(),
            reason,
        }
    }
}

fn stored(world: &World, state: &State) -> Stored {
    let name = |table: &Table| table.qualified_name.clone();
    Stored {
        format_version: FORMAT_VERSION,
        world: world.name().to_owned(),
        checksum: world.checksum().to_owned(),
        calls: state.call,
        touches: state
            .touches
            .iter()
            .map(|touch| StoredTouch {
                call: touch.call,
                table: name(touch.table.table()),
                id: touch.id,
            })
            .collect(),
        rows: state
            .changes
            .iter()
            .map(|change| StoredRow {
                table: name(change.table),
                id: change.id,
                values: change
                    .after
                    .as_ref()
                    .map(|row| row.iter().map(to_json).collect()),
            })
            .collect(),
    }
}

fn read(text: &[u8], world: &World) -> Result<State, String> {
    #[derive(Deserialize)]
    struct Version {
        format_version: u32,
    }
    let version: Version = serde_json::from_slice(text).map_err(damaged)?;
    if version.format_version != FORMAT_VERSION {
        return Err(format!(
            "it has format version {}, and this program reads {FORMAT_VERSION}: use the program that made it, or another folder",
            version.format_version
        ));
    }
    let stored: Stored = serde_json::from_slice(text).map_err(damaged)?;
    if stored.checksum != world.checksum() {
        return Err(format!(
            "it started from {} with checksum {}, and this is {} with {}: name its world, or another folder",
            stored.world,
            stored.checksum,
            world.name(),
            world.checksum()
        ));
    }
    let touches = stored.touches.iter().map(|touch| {
        Ok(RowTouch {
            call: touch.call,
            table: table(&touch.table)?,
            id: touch.id,
        })
    });
    let changes = stored.rows.into_iter().map(|row| {
        let table = table(&row.table)?;
        Ok(RowChange {
            table: table.table(),
            id: row.id,
            before: world.row(table, row.id).cloned().map(Arc::new),
            after: row
                .values
                .map(|values| from_json(&values).map(Arc::new))
                .transpose()?,
            calls: Vec::new(),
        })
    });
    Ok(State {
        call: stored.calls,
        touches: touches.collect::<Result<_, String>>()?,
        changes: changes.collect::<Result<_, String>>()?,
    })
}

fn damaged(error: serde_json::Error) -> String {
    format!("{FILE} is damaged: {error}")
}

fn table(name: &str) -> Result<TableId, String> {
    TableId::all()
        .find(|id| id.table().qualified_name == name)
        .ok_or_else(|| format!("{FILE} is damaged: there is no table {name:?}"))
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Integer(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Null => Json::Null,
        Value::Real(_) | Value::Blob(_) => {
            unreachable!("strict tables of integers and text hold neither")
        }
    }
}

fn from_json(values: &[Json]) -> Result<Row, String> {
    let value = |value: &Json| match value {
        Json::Null => Ok(Value::Null),
        Json::String(text) => Ok(Value::Text(text.clone())),
        other => other
            .as_i64()
            .map(Value::Integer)
            .ok_or_else(|| format!("{FILE} is damaged: no column holds {other}")),
    };
    values.iter().map(value).collect()
}
