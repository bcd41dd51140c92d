//! What a client is told about sessions, suites and tasks.

use breakroom_tasks::task::{Difficulty, Task};
use breakroom_tools::session::Dialect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ToolDescription;

/// A session that was opened.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionInfo {
    /// Its id
    pub session: String,
    /// The world that it started from
    pub world: String,
    /// What time it is in the office
    pub clock: String,
    /// The email address of the office's owner; null if it is not known
    pub owner: Option<String>,
    /// The tools' dialect
    #[schemars(with = "String")]
    pub dialect: Dialect,
    /// The task, if it was opened on one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<SessionTask>,
    /// The token that gives access to it; left out if the transport needs none
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// The task that a session was opened on, without what an agent must not know.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionTask {
    /// The suite's name
    pub suite: String,
    /// The task's id
    pub id: String,
    /// What the agent is told to do
    pub prompt: String,
}

/// A session that was opened over HTTP, with everything that its agent needs.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct NewSession {
    /// The session
    #[serde(flatten)]
    pub opened: SessionInfo,
    /// The tools, by database
    pub tools: Vec<ToolDescription>,
    /// Where to reach the session
    pub addresses: Addresses,
}

/// Where to reach a session.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// The session, for the harness
    pub session: String,
    /// Its tools
    pub tools: String,
    /// Where to send calls
    pub calls: String,
    /// What time it is in the office
    pub clock: String,
    /// What the agent is told to do
    pub prompt: String,
    /// An MCP server (streamable HTTP); the token is part of the address
    pub mcp: String,
}

/// Sessions that were opened over HTTP.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSessions {
    /// The sessions, in the order of the request
    pub sessions: Vec<NewSession>,
}

/// Every session.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionList {
    /// The sessions, by id
    pub sessions: Vec<SessionInfo>,
}

/// A task with its expected outcomes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct WholeTask(pub Task);

/// Which tasks of a suite to list.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskPage {
    /// Only tasks whose id, tag or domain contains this text
    pub contains: Option<String>,
    /// How many to skip
    pub offset: Option<u32>,
    /// How many to list at most
    pub limit: Option<u32>,
}

/// Whether a server is up.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// ok, or stopping
    pub status: String,
}

/// Why a request was not served (RFC 9457).
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProblemDetails {
    /// The kind of problem: an address that explains it
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words
    pub title: String,
    /// The HTTP status
    pub status: u16,
    /// What was wrong, and what would be right
    pub detail: String,
}

/// What time it is.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeClock {
    /// What time it is in the office, like 2026-06-11 09:00:00
    pub clock: String,
    /// The email address of the office's owner; null if it is not known
    pub owner: Option<String>,
}

/// What the agent is told to do.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskPrompt {
    /// The task's prompt; null in a session without a task
    pub prompt: Option<String>,
}

/// Every suite.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuiteList {
    /// The suites
    pub suites: Vec<SuiteInfo>,
}

/// A suite.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuiteInfo {
    /// Its name
    pub suite: String,
    /// The tools' dialect
    #[schemars(with = "String")]
    pub dialect: Dialect,
    /// The world of its tasks
    pub world: String,
    /// How many tasks it has
    pub tasks: usize,
}

/// Tasks, without their expected outcomes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskList {
    /// How many there are in total
    pub total: usize,
    /// The page that was asked for
    pub tasks: Vec<TaskInfo>,
}

/// A task, without its expected outcomes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskInfo {
    /// Its id
    pub id: String,
    /// Its suite
    pub suite: String,
    /// The template that it was drawn from
    pub template: String,
    /// The domains that it is about
    pub domains: Vec<String>,
    /// What the agent is told to do
    pub prompt: String,
    /// Words to choose tasks by
    pub tags: Vec<String>,
    /// How hard it is
    pub difficulty: Difficulty,
}
