//! The contract that programs keep: the lines that a worker reads and writes. `docs/agents.md` explains it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the lines.
pub const FORMAT_VERSION: u32 = 1;

/// The line that a worker gets for a task.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskLine {
    /// The version of this form.
    pub format_version: u32,
    /// What is to be done.
    pub prompt: String,
    /// What time it is in the office, like 2026-06-11 09:00:00.
    pub clock: String,
    /// The address of the person whose office it is.
    pub owner: String,
    /// The session's address over HTTP: `/calls`, `/tools`, `/clock` and `/prompt` are below it.
    pub url: String,
    /// Where the session speaks MCP; the token is part of it.
    pub mcp_url: String,
    /// What to show at `url`, as `Authorization: Bearer TOKEN`.
    pub token: String,
}

/// The line that a worker says when it is done with a task.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WorkerLine {
    /// Its last words.
    Answer(String),
    /// Why it could not do it.
    Error(String),
}
