//! What is told of sessions, suites and tasks.

use breakroom_tasks::task::{Difficulty, Task};
use breakroom_tools::session::Dialect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ToolDescription;

/// A session that was opened.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionInfo {
    /// By what to name it
    pub session: String,
    /// The world that it started from
    pub world: String,
    /// What time it is in the office
    pub clock: String,
    /// The address of the person whose office it is; null where nobody says
    pub owner: Option<String>,
    /// The tools' dialect
    #[schemars(with = "String")]
    pub dialect: Dialect,
    /// The task, where it was opened on one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<SessionTask>,
    /// What proves that one may work in it; only where a transport has no proof of its own
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// The task that a session was opened on, as an agent may know it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionTask {
    /// The suite's name
    pub suite: String,
    /// The task's id
    pub id: String,
    /// What the agent is told
    pub prompt: String,
}

/// A session that was opened over HTTP, with all that its agent needs.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct NewSession {
    /// The session
    #[serde(flatten)]
    pub opened: SessionInfo,
    /// The tools, by database
    pub tools: Vec<ToolDescription>,
    /// Where the session is found
    pub addresses: Addresses,
}

/// Where a session is found.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// The session, for the harness
    pub session: String,
    /// The list of its tools
    pub tools: String,
    /// Where calls are sent
    pub calls: String,
    /// What time it is in the office
    pub clock: String,
    /// What the agent is told
    pub prompt: String,
    /// A server of MCP, streamable HTTP; the token is part of the address
    pub mcp: String,
}

/// Sessions that were opened over HTTP.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSessions {
    /// The sessions, in the order that was asked for
    pub sessions: Vec<NewSession>,
}

/// Every session.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionList {
    /// The sessions, by id
    pub sessions: Vec<SessionInfo>,
}

/// A task with all that is expected of it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct WholeTask(pub Task);

/// Which tasks of a suite are meant.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskPage {
    /// Only tasks whose id, tag or domain holds this text
    pub contains: Option<String>,
    /// How many to pass over
    pub offset: Option<u32>,
    /// How many to list at most
    pub limit: Option<u32>,
}

/// Whether a server lives.
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
    /// What kind of problem it is: an address that explains it
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words
    pub title: String,
    /// The status of HTTP
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
    /// The address of the person whose office it is; null where nobody says
    pub owner: Option<String>,
}

/// What the agent is told.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskPrompt {
    /// The task's words; null in a session without a task
    pub prompt: Option<String>,
}

/// The suites that there are.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuiteList {
    /// Each with its name
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
    /// The world that its tasks are in
    pub world: String,
    /// How many tasks it has
    pub tasks: usize,
}

/// Tasks, without what is expected of them.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskList {
    /// How many there are in all
    pub total: usize,
    /// Those that were asked for
    pub tasks: Vec<TaskInfo>,
}

/// A task, without what is expected of it.
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
    /// What the agent is told
    pub prompt: String,
    /// Words to choose tasks by
    pub tags: Vec<String>,
    /// How hard it is
    pub difficulty: Difficulty,
}
