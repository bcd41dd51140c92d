//! Where an agent's calls go.

use breakroom_sandbox::Fault;
use breakroom_sandbox::session::Session;
use breakroom_tools::native::{self, Failure};
use serde::Serialize;
use serde_json::Value as Json;

use crate::model::chat::ToolSpec;

/// A session in any dialect.
pub trait Workplace: Send {
    /// The tools that are offered.
    fn tools(&self) -> Vec<ToolSpec>;

    /// Runs one call.
    ///
    /// # Errors
    /// A fault of ours, which ends the episode.
    fn call(&mut self, tool: &str, arguments: &Json) -> Result<Outcome, Fault>;
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", content = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// The tool ran.
    Done(Json),
    /// The tool refused, for the agent to mend; nothing has changed.
    Refused(String),
    /// There is no such tool, or it is not offered.
    UnknownTool(String),
}

impl Outcome {
    /// What the agent reads.
    pub fn text(&self) -> String {
        match self {
            Outcome::Done(Json::String(text)) => text.clone(),
            Outcome::Done(result) => result.to_string(),
            Outcome::Refused(reason) => format!("refused: {reason}"),
            Outcome::UnknownTool(reason) => reason.clone(),
        }
    }

    /// Whether the call did not run.
    pub fn is_refused(&self) -> bool {
        !matches!(self, Outcome::Done(_))
    }
}

/// Which tools an agent gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Offer {
    /// All of them.
    #[default]
    All,
    /// Those of these domains, such as `calendar`, and the directory.
    Domains(Vec<String>),
}

impl Offer {
    /// Whether a tool of that name, domain first, is offered.
    pub fn holds(&self, tool: &str) -> bool {
        match self {
            Offer::All => true,
            Offer::Domains(domains) => domains
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

/// A session in the dialect `native`.
pub struct NativeWorkplace<'a> {
    /// The session.
    pub session: &'a mut Session,
    /// The tools that the agent gets.
    pub offer: Offer,
}

impl Workplace for NativeWorkplace<'_> {
    fn tools(&self) -> Vec<ToolSpec> {
        native::catalog()
            .iter()
            .filter(|tool| self.offer.holds(&tool.name))
            .map(|tool| ToolSpec {
                name: tool.name.clone(),
                description: tool.description.clone(),
                schema: tool.schema.clone(),
            })
            .collect()
    }

    fn call(&mut self, tool: &str, arguments: &Json) -> Result<Outcome, Fault> {
        if let Ok(found) = native::find(tool)
            && !self.offer.holds(&found.name)
        {
            let names: Vec<String> = self.tools().into_iter().map(|tool| tool.name).collect();
            return Ok(Outcome::UnknownTool(format!(
                "the tool {tool:?} is not offered for this task: there are {}",
                names.join(", ")
            )));
        }
        match native::call(self.session, tool, arguments) {
            Ok(result) => Ok(Outcome::Done(result)),
            Err(Failure::Refusal(refusal)) => Ok(Outcome::Refused(refusal.to_string())),
            Err(Failure::UnknownTool(message)) => Ok(Outcome::UnknownTool(message)),
            Err(Failure::Fault(fault)) => Err(fault),
        }
    }
}
