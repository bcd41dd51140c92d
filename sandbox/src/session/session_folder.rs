//! The folder of a persistent session: `session.json` holds what the session changed, and is replaced after every call.
//!
//! The new file is written beside the old one, synchronized, and renamed over it. If the process is killed, the folder therefore
//! holds the state either before or after the call. The file `lock` restricts the folder to one process; the operating system
//! releases it when that process ends.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::session_state::SessionState;
use crate::changes::{RowChange, RowTouch};
use crate::row::Row;
use crate::schema::{Table, TableId};
use crate::world::World;
use crate::{Fault, Value};

/// The version of `session.json` that this program writes and reads.
const FORMAT_VERSION: u32 = 1;
const SESSION_FILE: &str = "session.json";

/// The folder of a session, locked for this process.
#[derive(Debug)]
pub(super) struct SessionFolder {
    path: PathBuf,
    _lock: File,
}

/// The content of `session.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionFile {
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

/// A row that differs from the world's. It has no values if it was deleted.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRow {
    table: String,
    id: i64,
    values: Option<Vec<Json>>,
}

impl SessionFolder {
    /// Locks a folder, and creates it if it does not exist.
    pub(super) fn lock(path: &Path) -> Result<SessionFolder, Fault> {
        std::fs::create_dir_all(path).map_err(Fault::io(path))?;
        let lock_path = path.join("lock");
        let lock = File::create(&lock_path).map_err(Fault::io(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(SessionFolder {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Fault::SessionInUse {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(Fault::io(lock_path)(source)),
        }
    }

    /// Loads the stored state. The state of a new folder is that of a new session.
    pub(super) fn load(&self, world: &World) -> Result<SessionState, Fault> {
        let path = self.path.join(SESSION_FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(SessionState::default());
            }
            Err(error) => return Err(Fault::io(path)(error)),
        };
        parse(&text, world).map_err(|reason| self.refuse(reason))
    }

    /// Replaces the stored state.
    pub(super) fn save(&self, world: &World, state: &SessionState) -> Result<(), Fault> {
        let (path, new) = (
            self.path.join(SESSION_FILE),
            self.path.join("session.json.new"),
        );
        let mut text = serde_json::to_vec(&to_file(world, state))
            .expect("a state holds only text and numbers");
        text.push(b'\n');
        let replace = || {
            let mut file = File::create(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&new, &path)?;
            // The rename is durable once the folder is synchronized.
            File::open(&self.path)?.sync_all()
        };
        replace().map_err(Fault::io(&path))
    }

    /// A fault that says why the folder's session cannot be opened.
    pub(super) fn refuse(&self, reason: String) -> Fault {
        Fault::SessionFolder {
            path: self.path.clone(),
            reason,
        }
    }
}

fn to_file(world: &World, state: &SessionState) -> SessionFile {
    let name = |table: &Table| table.qualified_name.clone();
    SessionFile {
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

fn parse(text: &[u8], world: &World) -> Result<SessionState, String> {
    #[derive(Deserialize)]
    struct FileVersion {
        format_version: u32,
    }
    let version: FileVersion = serde_json::from_slice(text).map_err(damaged)?;
    if version.format_version != FORMAT_VERSION {
        return Err(format!(
            "it has format version {}, but this program reads {FORMAT_VERSION}: use the program that wrote it, or another folder",
            version.format_version
        ));
    }
    let file: SessionFile = serde_json::from_slice(text).map_err(damaged)?;
    if file.checksum != world.checksum() {
        return Err(format!(
            "it started from {} with checksum {}, but this world is {} with checksum {}: open it with its own world, or use another folder",
            file.world,
            file.checksum,
            world.name(),
            world.checksum()
        ));
    }
    let touches = file.touches.iter().map(|touch| {
        Ok(RowTouch {
            call: touch.call,
            table: table(&touch.table)?,
            id: touch.id,
        })
    });
    let changes = file.rows.into_iter().map(|row| {
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
    Ok(SessionState {
        call: file.calls,
        touches: touches.collect::<Result<_, String>>()?,
        changes: changes.collect::<Result<_, String>>()?,
    })
}

fn damaged(error: serde_json::Error) -> String {
    format!("{SESSION_FILE} is damaged: {error}")
}

fn table(name: &str) -> Result<TableId, String> {
    TableId::all()
        .find(|id| id.table().qualified_name == name)
        .ok_or_else(|| format!("{SESSION_FILE} is damaged: unknown table {name:?}"))
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Integer(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Null => Json::Null,
        Value::Real(_) | Value::Blob(_) => {
            unreachable!("strict tables of integers and text hold neither reals nor blobs")
        }
    }
}

fn from_json(values: &[Json]) -> Result<Row, String> {
    let value = |value: &Json| {
        match value {
        Json::Null => Ok(Value::Null),
        Json::String(text) => Ok(Value::Text(text.clone())),
        other => other
            .as_i64()
            .map(Value::Integer)
            .ok_or_else(|| format!("{SESSION_FILE} is damaged: invalid value {other}: a column holds text, an integer or null")),
    }
    };
    values.iter().map(value).collect()
}
