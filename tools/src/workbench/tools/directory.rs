//! The original's company directory.

use serde_json::{Value as Json, json};

use super::{PythonArguments, PythonException, WorkbenchOffice, WorkbenchTool, text_result};
use crate::hints::ToolHints;
use crate::workbench::pattern::{self, CaseSensitivity};

pub(super) const TOOLS: &[WorkbenchTool] = &[WorkbenchTool {
    name: "company_directory.find_email_address",
    parameters: &["name"],
    hints: ToolHints::READ,
    run: find,
}];

fn find(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    if !arguments.0.contains_key("name") || arguments.get("name") == "" {
        return text_result("Name not provided.");
    }
    let name = arguments.text("name")?.to_lowercase();
    let pattern = pattern::compile(&name, CaseSensitivity::Sensitive).ok_or(PythonException)?;
    let found = office
        .directory
        .iter()
        .filter(|address| pattern.occurs_in(address, CaseSensitivity::Sensitive));
    Ok(json!(found.collect::<Vec<_>>()))
}
