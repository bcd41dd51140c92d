//! What was done: calls, their results, the rows that they changed, and the verdict.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use breakroom_tasks::verdict::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use crate::chaos::{self, Recovery};

/// The result of an episode.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishResult {
    /// The session
    pub session: String,
    /// The verdict; null in a session without a task
    pub verdict: Option<Verdict>,
    /// The verdict in words, for a person: what is missing, extra or wrong, by which call, and which calls were disturbed
    pub explanation: Option<String>,
    /// What the agent made of the disturbed calls; left out if no call was disturbed
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
    // Most tools are in the catalog, so that their calls share its name.
    pub tool: Cow<'static, str>,
    /// Its arguments
    #[schemars(with = "Json")]
    pub arguments: Box<RawValue>,
    /// What came of it
    pub outcome: CallOutcome,
    /// What the tool returned, or why it refused
    // Written once, for the agent and for the trace.
    pub result: Box<RawValue>,
    /// How many microseconds it took
    pub microseconds: u64,
    /// The rows that it touched
    pub rows: Vec<TouchedRow>,
    /// What disturbed it, if the office misbehaved on purpose
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disturbed: Option<chaos::DisturbanceKind>,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// It was carried out
    Done,
    /// The tool refused; nothing has changed, unless a disturbance withheld the answer
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
    pub table: Cow<'static, str>,
    /// Its id, eight digits
    pub id: String,
}

/// Every tool.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolList {
    /// The tools, by database
    pub tools: Vec<ToolDescription>,
}

/// A tool in the form of MCP.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ToolDescription {
    /// Its name, with an underscore after its domain
    pub name: String,
    /// What it does
    pub description: String,
    /// A JSON Schema of its arguments
    pub input_schema: Map<String, Json>,
    /// Hints for clients
    pub annotations: ToolAnnotations,
}

/// What a client may want to know about a tool before it calls.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ToolAnnotations {
    /// Whether it only reads
    pub read_only_hint: bool,
    /// Whether it can change or delete existing rows
    pub destructive_hint: bool,
    /// Whether the same call again changes nothing more
    pub idempotent_hint: bool,
    /// Whether it reaches anything outside the session
    pub open_world_hint: bool,
}

/// The result of a call.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallResult {
    /// Whether the call was refused; nothing has changed then, unless the reason says that this is not known
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
    /// The columns that differ; empty if the row was created or deleted
    pub columns: Vec<String>,
    /// The world's row; null if a call created it
    pub before: Option<Map<String, Json>>,
    /// The session's row; null if a call deleted it
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

/// Where the exported files are.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportResult {
    /// The folder that was asked for
    pub folder: PathBuf,
}

/// What `breakroom call` prints.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallReport {
    /// The version of this format: 1
    pub format_version: u32,
    /// Whether the call was refused; nothing has changed then
    pub refused: bool,
    /// What the tool returned, or why it refused
    pub result: Json,
    /// The rows that differ from the world
    pub changes: Vec<ChangedRow>,
}

impl FinishResult {
    /// Adds to a verdict and a trace what a person wants to read.
    pub fn new(
        session: String,
        verdict: Option<Verdict>,
        trace: Vec<Arc<TracedCall>>,
    ) -> FinishResult {
        let disturbed = || {
            let calls = trace.iter();
            calls.filter_map(|call| Some((call.call, &*call.tool, call.disturbed?)))
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
        FinishResult {
            session,
            verdict,
            explanation,
            recovery,
            trace,
        }
    }
}

impl TracedCall {
    /// The result as a value.
    pub fn value(&self) -> Json {
        breakroom_tools::session::from_raw_json(&self.result)
    }
}

impl CallResult {
    /// What the agent is told about a call.
    pub fn of(call: &TracedCall) -> CallResult {
        CallResult {
            refused: call.outcome != CallOutcome::Done,
            result: call.value(),
        }
    }
}

impl ChangedRow {
    /// A change in its wire form.
    pub fn of(change: &breakroom_sandbox::changes::RowChange) -> ChangedRow {
        serde_json::from_value(change.to_json())
            .expect("a change has this form, which every test of changes reads")
    }
}
