//! What is asked: the parameters of every method.

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

/// What to open a session on: a task, a world, or an office drawn from a seed; nothing is the office that the server has first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
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
pub struct OpenManyRequest {
    /// Each as one alone
    #[serde(deserialize_with = "json::objects")]
    pub sessions: Vec<OpenRequest>,
}

/// Which suites are meant.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskFilter {
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
pub struct FinishRequest {
    /// The agent's last words
    #[serde(default)]
    pub answer: Option<String>,
}

/// Which episode ended, and how.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishParams {
    /// The session, as session/open named it
    pub session: String,
    /// The agent's last words
    #[serde(default)]
    pub answer: Option<String>,
}

/// Whose tools are meant.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListToolsParams {
    /// The session; the native tools where none is named
    #[serde(default)]
    pub session: Option<String>,
}

/// Which session is meant.
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
    /// A folder of the server's machine
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
    /// An object, as the tool's schema asks
    #[serde(default)]
    #[schemars(with = "Option<Json>")]
    pub arguments: Option<Box<RawValue>>,
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
    // As it is sent: most tools read it without building it.
    #[serde(default)]
    #[schemars(with = "Option<Json>")]
    pub arguments: Option<Box<RawValue>>,
}
