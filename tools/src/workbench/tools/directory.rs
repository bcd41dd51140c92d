//! The original's company directory.

use serde_json::{Value as Json, json};

use super::{Arguments, Office, Raised, Tool, says};
use crate::workbench::pattern::{self, Case};

pub(super) const TOOLS: &[Tool] = &[Tool {
    name: "company_directory.find_email_address",
    parameters: &["name"],
    writes: false,
    run: find,
}];

fn find(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    if !arguments.0.contains_key("name") || arguments.get("name") == "" {
        return says("Name not provided.");
    }
    let name = arguments.text("name")?.to_lowercase();
    let pattern = pattern::compile(&name, Case::Minded).ok_or(Raised)?;
    let found = office
        .directory
        .iter()
        .filter(|address| pattern.occurs_in(address, Case::Minded));
    Ok(json!(found.collect::<Vec<_>>()))
}
