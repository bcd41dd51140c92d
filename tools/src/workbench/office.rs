//! The state of the original's office, and calling its tools.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::frame::{Frame, FrameCell};
use super::{python, tools};

/// The original would raise a Python exception. The call has no effect and no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PythonException;

/// The five databases and the directory. Clones share each frame until it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkbenchOffice {
    /// Events.
    pub calendar: Arc<Frame>,
    /// Mails.
    pub email: Arc<Frame>,
    /// Website visits.
    pub analytics: Arc<Frame>,
    /// Paths of the plots that were created.
    pub plots: Vec<String>,
    /// Tasks on the project boards.
    pub project_management: Arc<Frame>,
    /// Customers.
    pub customers: Arc<Frame>,
    /// Email addresses of colleagues.
    pub directory: Arc<Vec<String>>,
}

impl WorkbenchOffice {
    /// SHA-256, in hexadecimal, of every row and the directory.
    pub fn checksum(&self) -> String {
        let frames = [
            &self.calendar,
            &self.email,
            &self.analytics,
            &self.project_management,
            &self.customers,
        ];
        let mut digest = Sha256::new();
        for frame in frames {
            digest.update(json!(frame.columns).to_string());
            for row in &frame.rows {
                let cells: Vec<Json> = row.cells.iter().map(FrameCell::to_json).collect();
                digest.update(format!("{}\n", Json::Array(cells)));
            }
        }
        digest.update(json!([self.plots, *self.directory]).to_string());
        let bytes = digest.finalize();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Evaluates a parsed call string. Unknown, repeated or excess arguments raise, as in Python.
    ///
    /// # Errors
    /// Python would raise.
    pub fn evaluate(&mut self, call: &python::PythonCall) -> Result<Json, PythonException> {
        let tool = tools::find(&call.tool).ok_or(PythonException)?;
        if call.positional.len() > tool.parameters.len() {
            return Err(PythonException);
        }
        let mut arguments: Map<String, Json> = tool
            .parameters
            .iter()
            .map(|name| (*name).to_owned())
            .zip(call.positional.iter().cloned())
            .collect();
        for (name, value) in &call.keywords {
            let known = tool.parameters.contains(&name.as_str());
            if !known || arguments.insert(name.clone(), value.clone()).is_some() {
                return Err(PythonException);
            }
        }
        (tool.run)(self, &tools::PythonArguments(arguments))
    }

    /// Calls a tool as the agent framework did at run time: unknown arguments are dropped, and a bare value becomes the first
    /// argument. Returns None if there is no such tool.
    ///
    /// # Errors
    /// Python would raise.
    pub fn call(&mut self, tool: &str, arguments: &Json) -> Option<Result<Json, PythonException>> {
        let tool = tools::find(tool)?;
        let arguments: Map<String, Json> = match arguments {
            Json::Object(given) => {
                let known = given
                    .iter()
                    .filter(|(name, _)| tool.parameters.contains(&name.as_str()));
                known
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect()
            }
            bare => tool
                .parameters
                .first()
                .map(|name| ((*name).to_owned(), bare.clone()))
                .into_iter()
                .collect(),
        };
        Some((tool.run)(self, &tools::PythonArguments(arguments)))
    }
}
