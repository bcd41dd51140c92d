//! What crosses the wire: the parameters and results of every method, from which `schemas/` is derived. No logic belongs here.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// No parameters, or an empty result.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Which session is meant.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// The session, as session/open named it
    pub session: String,
}

/// What to export.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The session, as session/open named it
    pub session: String,
    /// A folder of the server's machine
    pub folder: PathBuf,
}

/// One call of a tool.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// The session, as session/open named it
    pub session: String,
    /// The tool, with a dot or an underscore after its domain
    pub name: String,
    /// An object, as the tool's schema asks
    #[serde(default)]
    pub arguments: Option<Json>,
}

/// A session that was opened.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// By what to name it
    pub session: String,
    /// The world that it started from
    pub world: String,
    /// What time it is in the office
    pub clock: String,
    /// The address of the person whose office it is
    pub owner: String,
}

/// Every tool.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tools {
    /// The tools, by database
    pub tools: Vec<Tool>,
}

/// A tool in the form of MCP.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Tool {
    /// Its name, with an underscore after its domain
    pub name: String,
    /// What it does
    pub description: String,
    /// A JSON Schema of its arguments
    pub input_schema: Map<String, Json>,
    /// What a client may want to know before it calls
    pub annotations: Annotations,
}

/// What a client may want to know of a tool before it calls.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Annotations {
    /// Whether it only reads
    pub read_only_hint: bool,
    /// Whether it reaches anything outside of the session
    pub open_world_hint: bool,
}

/// What a call came to.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallResult {
    /// Whether the call was refused; nothing has changed then
    pub refused: bool,
    /// What the tool returned, or why it refused
    pub result: Json,
}

/// The rows that differ from the world.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// The rows, by table and id
    pub changes: Vec<ChangedRow>,
}

/// A row that differs from the world's.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedRow {
    /// Its table, with its database
    pub table: String,
    /// Its id, eight digits
    pub id: String,
    /// What happened to it
    pub change: ChangeKind,
    /// The columns that differ; none where the row was created or deleted
    pub columns: Vec<String>,
    /// The world's row; null where a call created it
    pub before: Option<Map<String, Json>>,
    /// The session's row; null where a call deleted it
    pub after: Option<Map<String, Json>>,
    /// The numbers of the calls that touched it, counted from one
    pub calls: Vec<u32>,
}

/// What happened to a row.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new
    Created,
    /// It has other values
    Updated,
    /// It is gone
    Deleted,
}

/// Where the files of an export are.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exported {
    /// The folder that was asked for
    pub folder: PathBuf,
}

/// What `breakroom call` prints.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallReport {
    /// The version of this form: 1
    pub format_version: u32,
    /// Whether the call was refused; nothing has changed then
    pub refused: bool,
    /// What the tool returned, or why it refused
    pub result: Json,
    /// The rows that differ from the world
    pub changes: Vec<ChangedRow>,
}

impl ChangedRow {
    /// A change as it is written.
    pub fn of(change: &breakroom_sandbox::changes::Change) -> ChangedRow {
        serde_json::from_value(change.to_json())
            .expect("a change has this form, every test of changes reads one")
    }
}
