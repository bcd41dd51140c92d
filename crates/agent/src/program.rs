//! The contract of programs: the lines that a worker reads and writes. `docs/agents.md` explains it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the lines' format.
pub const FORMAT_VERSION: u32 = 1;

/// The line that a worker reads for each task.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskLine {
    /// The version of this format.
    pub format_version: u32,
    /// The task's prompt.
    pub prompt: String,
    /// The time in the office, like 2026-06-11 09:00:00.
    pub clock: String,
    /// The email address of the office's owner.
    pub owner: String,
    /// The session's HTTP address: `/calls`, `/tools`, `/clock` and `/prompt` are below it.
    pub url: String,
    /// The session's MCP address, which includes the token.
    pub mcp_url: String,
    /// The token for `url`, to be sent as `Authorization: Bearer TOKEN`.
    pub token: String,
}

/// The line that a worker writes when it is done with a task.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WorkerLine {
    /// The final answer.
    Answer(String),
    /// Why it could not do the task.
    Error(String),
}
