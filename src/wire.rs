//! What crosses the wire: the parameters and results of every method, from which `schemas/` is derived. No logic belongs here.

use std::path::PathBuf;
use std::sync::Arc;

use breakroom_tasks::task::{Difficulty, Task};
use breakroom_tasks::verdict::Verdict;
use breakroom_tools::session::Dialect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::chaos::{self, Chaos, Recovery};
use crate::json;

/// No parameters, or an empty result.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What to open a session on: a task, a world, or an office drawn from a seed; nothing is the office that the server has first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// The id of a task
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The suite that the task is of; without a task one is drawn from it by the seed
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// The name of a world, where no task is meant
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<String>,
    /// The tools' dialect: native or workbench. A task's is its suite's
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("enum" = ["native", "workbench", null]))]
    pub dialect: Option<Dialect>,
    /// With a suite, draws a task of it; alone, an office is made from it
    #[serde(
        default,
        deserialize_with = "json::whole",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(extend("maximum" = u64::MAX))]
    pub seed: Option<u64>,
    /// Faults on the tools' side, in place of the server's own; an empty list of them is none
    #[serde(
        default,
        deserialize_with = "json::object",
        skip_serializing_if = "Option::is_none"
    )]
    pub chaos: Option<Chaos>,
}

/// What to open many sessions on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenMany {
    /// Each as one alone
    #[serde(deserialize_with = "json::objects")]
    pub sessions: Vec<Open>,
}

/// Which suites are meant.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhichTasks {
    /// Only tasks of this suite
    #[serde(default)]
    pub suite: Option<String>,
    /// Only tasks whose id, tag or domain holds this text
    #[serde(default)]
    pub contains: Option<String>,
    /// How many tasks to pass over
    #[serde(default)]
    pub offset: Option<usize>,
    /// How many tasks to list at most
    #[serde(default)]
    pub limit: Option<usize>,
}

/// How an episode ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// The agent's last words
    #[serde(default)]
    pub answer: Option<String>,
}

/// Which episode ended, and how.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// The session, as session/open named it
    pub session: String,
    /// The agent's last words
    #[serde(default)]
    pub answer: Option<String>,
}

/// Whose tools are meant.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhoseTools {
    /// The session; the native tools where none is named
    #[serde(default)]
    pub session: Option<String>,
}

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
    /// A text of the client's own: the same call with the same key is run once
    #[serde(default)]
    pub key: Option<String>,
}

/// One call of a tool, where the session is known.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentCall {
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
    /// The address of the person whose office it is; null where nobody says
    pub owner: Option<String>,
    /// The tools' dialect
    #[schemars(with = "String")]
    pub dialect: Dialect,
    /// The task, where it was opened on one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<OpenedTask>,
    /// What proves that one may work in it; only where a transport has no proof of its own
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// The task that a session was opened on, as an agent may know it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenedTask {
    /// The suite's name
    pub suite: String,
    /// The task's id
    pub id: String,
    /// What the agent is told
    pub prompt: String,
}

/// A session that was opened over HTTP, with all that its agent needs.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct OpenedHere {
    /// The session
    #[serde(flatten)]
    pub opened: Opened,
    /// The tools, by database
    pub tools: Vec<Tool>,
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
pub struct OpenedMany {
    /// The sessions, in the order that was asked for
    pub sessions: Vec<OpenedHere>,
}

/// Every session.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionList {
    /// The sessions, by id
    pub sessions: Vec<Opened>,
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
pub struct Problem {
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
pub struct Clock {
    /// What time it is in the office, like 2026-06-11 09:00:00
    pub clock: String,
    /// The address of the person whose office it is; null where nobody says
    pub owner: Option<String>,
}

/// What the agent is told.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    /// The task's words; null in a session without a task
    pub prompt: Option<String>,
}

/// The suites that there are.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suites {
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
pub struct Tasks {
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

/// What an episode came to.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finished {
    /// The session
    pub session: String,
    /// What the task came to; null in a session without a task
    pub verdict: Option<Verdict>,
    /// The verdict in words, for a person: what is missing, too many or wrong, by which call, and which calls were disturbed
    pub explanation: Option<String>,
    /// What the agent made of the calls that were disturbed; left out where none was
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// Every call, in order
    pub trace: Vec<Arc<TracedCall>>,
}

/// The calls of a session.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// Every call, in order
    pub trace: Vec<Arc<TracedCall>>,
}

/// A call that was run.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TracedCall {
    /// Its number, counted from one
    pub call: u32,
    /// The tool, with an underscore after its domain
    pub tool: String,
    /// What it was called with
    pub arguments: Json,
    /// What came of it
    pub outcome: CallOutcome,
    /// What the tool returned, or why it refused
    pub result: Json,
    /// Microseconds that it took
    pub microseconds: u64,
    /// The rows that it touched
    pub rows: Vec<TouchedRow>,
    /// What disturbed it, where the office's side misbehaved on purpose
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disturbed: Option<chaos::Kind>,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// It was carried out
    Done,
    /// The tool refused; nothing has changed, unless a disturbance took its answer
    Refused,
    /// There is no such tool
    UnknownTool,
    /// It failed on the server's side; nothing has changed
    Fault,
}

impl CallOutcome {
    /// As reports and metrics write it.
    pub fn name(self) -> &'static str {
        match self {
            CallOutcome::Done => "done",
            CallOutcome::Refused => "refused",
            CallOutcome::UnknownTool => "unknown_tool",
            CallOutcome::Fault => "fault",
        }
    }
}

/// A row that a call touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TouchedRow {
    /// Its table, with its database
    pub table: String,
    /// Its id, eight digits
    pub id: String,
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
    /// Whether it can change or delete what was there
    pub destructive_hint: bool,
    /// Whether the same call again changes nothing more
    pub idempotent_hint: bool,
    /// Whether it reaches anything outside of the session
    pub open_world_hint: bool,
}

/// What a call came to.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallResult {
    /// Whether the call was refused; nothing has changed then, unless the reason says that nobody knows
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

impl Finished {
    /// What an episode came to, with what its verdict and its disturbed calls say to a person.
    pub(crate) fn new(
        session: String,
        verdict: Option<Verdict>,
        trace: Vec<Arc<TracedCall>>,
    ) -> Finished {
        let disturbed = || {
            let calls = trace.iter();
            calls.filter_map(|call| Some((call.call, call.tool.as_str(), call.disturbed?)))
        };
        let recovery = verdict
            .as_ref()
            .and_then(|verdict| Recovery::of(verdict.outcome, disturbed().count()));
        let explanation = verdict.as_ref().map(|verdict| {
            let mut text = verdict.to_string();
            for (call, tool, kind) in disturbed() {
                let (name, words) = (kind.name(), kind.words());
                text.push_str(&format!(
                    "\n  disturbed call {call} ({tool}): {name}, {words}"
                ));
            }
            if let Some(recovery) = recovery {
                text.push_str(&format!("\n  the agent {} after that", recovery.words()));
            }
            text
        });
        Finished {
            session,
            verdict,
            explanation,
            recovery,
            trace,
        }
    }
}

impl CallResult {
    /// A call as its agent learns of it.
    pub fn of(call: &TracedCall) -> CallResult {
        CallResult {
            refused: call.outcome != CallOutcome::Done,
            result: call.result.clone(),
        }
    }
}

impl ChangedRow {
    /// A change as it is written.
    pub fn of(change: &breakroom_sandbox::changes::Change) -> ChangedRow {
        serde_json::from_value(change.to_json())
            .expect("a change has this form, every test of changes reads one")
    }
}
