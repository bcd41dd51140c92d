//! What a client sends: the parameters of every method.

use std::path::PathBuf;

use breakroom_tools::session::Dialect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::chaos::Chaos;
use crate::json;

/// No parameters, or an empty result.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// What to open a session on: a task, a world, or an office generated from a seed. Without any of them, it is the server's first world.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    /// The id of a task
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The task's suite; without a task, the seed draws one from it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// The name of a world, if there is no task
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<String>,
    /// The tools' dialect: native or workbench. A task has the dialect of its suite
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("enum" = ["native", "workbench", null]))]
    pub dialect: Option<Dialect>,
    /// With a suite, draws one of its tasks; alone, generates an office
    #[serde(
        default,
        deserialize_with = "json::whole",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(extend("maximum" = u64::MAX))]
    pub seed: Option<u64>,
    /// Faults on the tools' side, instead of the server's own; an empty list means no faults
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
pub struct OpenManyRequest {
    /// What to open each session on
    #[serde(deserialize_with = "json::objects")]
    pub sessions: Vec<OpenRequest>,
}

/// Which tasks to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskFilter {
    /// Only tasks of this suite
    #[serde(default)]
    pub suite: Option<String>,
    /// Only tasks whose id, tag or domain contains this text
    #[serde(default)]
    pub contains: Option<String>,
    /// How many tasks to skip
    #[serde(default)]
    pub offset: Option<usize>,
    /// How many tasks to list at most
    #[serde(default)]
    pub limit: Option<usize>,
}

/// How an episode ended, in a session that the address names.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishRequest {
    /// The agent's answer
    #[serde(default)]
    pub answer: Option<String>,
}

/// Which episode ended, and how.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishParams {
    /// The session, as session/open named it
    pub session: String,
    /// The agent's answer
    #[serde(default)]
    pub answer: Option<String>,
}

/// Whose tools to list.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListToolsParams {
    /// The session; without one, the native tools are listed
    #[serde(default)]
    pub session: Option<String>,
}

/// A session.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionParams {
    /// The session, as session/open named it
    pub session: String,
}

/// What to export.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportParams {
    /// The session, as session/open named it
    pub session: String,
    /// A folder on the server's machine
    pub folder: PathBuf,
}

/// One call of a tool.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallParams {
    /// The session, as session/open named it
    pub session: String,
    /// The tool, with a dot or an underscore after its domain
    pub name: String,
    /// An object that fits the tool's schema
    #[serde(default)]
    #[schemars(with = "Option<Json>")]
    pub arguments: Option<Box<RawValue>>,
    /// A text of the client's choice: the same call with the same key is run once
    #[serde(default)]
    pub key: Option<String>,
}

/// One call of a tool, in a session that is known.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentCall {
    /// The tool, with a dot or an underscore after its domain
    pub name: String,
    /// An object that fits the tool's schema
    // Kept as text, so that it is parsed once.
    #[serde(default)]
    #[schemars(with = "Option<Json>")]
    pub arguments: Option<Box<RawValue>>,
}
