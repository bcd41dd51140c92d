//! Where an agent's calls go.

use breakroom_sandbox::Fault;
use breakroom_tools::native;
pub use breakroom_tools::session::ToolOutcome;
use breakroom_tools::session::{Dialect, ToolSession};
use breakroom_tools::workbench::tools;
use serde_json::{Map, Value as Json, json};

use breakroom_model::chat::ToolSpec;

/// Tools that an agent can call, in any dialect.
pub trait Workplace: Send {
    /// The dialect of its tools.
    fn dialect(&self) -> Dialect;

    /// The tools that are offered to the agent.
    fn tools(&self) -> Vec<ToolSpec>;

    /// Runs one tool call.
    ///
    /// # Errors
    /// A fault of ours, which ends the episode.
    fn call(&mut self, tool: &str, arguments: &Json) -> Result<ToolOutcome, Fault>;
}

/// Which tools an agent is offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ToolSelection {
    /// All tools.
    #[default]
    All,
    /// The tools of these domains, such as `calendar`, and the directory.
    Domains(Vec<String>),
}

impl ToolSelection {
    /// Whether the tool of that name is offered; the name begins with its domain.
    pub fn includes(&self, tool: &str) -> bool {
        match self {
            ToolSelection::All => true,
            ToolSelection::Domains(domains) => domains
                .iter()
                .map(String::as_str)
                .chain(["company_directory"])
                .any(|domain| {
                    tool.strip_prefix(domain)
                        .is_some_and(|verb| verb.starts_with(['_', '.']))
                }),
        }
    }
}

/// A session and the tools that the agent is offered.
pub struct SessionWorkplace<'a> {
    /// The session.
    pub session: &'a mut ToolSession,
    /// The tools that the agent is offered.
    pub selection: &'a ToolSelection,
}

impl Workplace for SessionWorkplace<'_> {
    fn dialect(&self) -> Dialect {
        self.session.dialect()
    }

    fn tools(&self) -> Vec<ToolSpec> {
        let native = native::catalog()
            .iter()
            .filter(|tool| self.selection.includes(&tool.name));
        native
            .map(|tool| ToolSpec {
                name: tool.name.clone(),
                description: tool.description.clone(),
                schema: match self.session {
                    ToolSession::Native(_) => tool.schema.clone(),
                    ToolSession::Workbench(_) => original_schema(&tool.name),
                },
            })
            .collect()
    }

    fn call(&mut self, tool: &str, arguments: &Json) -> Result<ToolOutcome, Fault> {
        if let Ok(found) = native::find(tool)
            && !self.selection.includes(&found.name)
        {
            self.session.skip_call()?;
            let names: Vec<String> = self.tools().into_iter().map(|tool| tool.name).collect();
            return Ok(ToolOutcome::UnknownTool(format!(
                "the tool {tool:?} is not offered for this task: there are {}",
                names.join(", ")
            )));
        }
        self.session.call(tool, arguments)
    }
}

/// The argument schema of an original tool: all arguments are text, and none is required.
fn original_schema(name: &str) -> Json {
    let tool = tools::all().find(|tool| tool.name.replacen('.', "_", 1) == name);
    let parameters = tool.map(|tool| tool.parameters).unwrap_or_default();
    let properties: Map<String, Json> = parameters
        .iter()
        .map(|name| {
            (
                (*name).to_owned(),
                json!({ "type": "string", "description": name.replace('_', " ") }),
            )
        })
        .collect();
    json!({ "type": "object", "properties": properties })
}
