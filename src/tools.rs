//! `breakroom tools` prints the catalog, `breakroom call` runs one tool.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use breakroom_sandbox::session::Session;
use breakroom_tools::native::{self, CallError, NativeTool, catalog};
use breakroom_tools::session::from_raw_json;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value as Json, json};

use crate::user_error::{UserInput, user_error};
use breakroom_gateway::tool_list;
use breakroom_gateway::wire::{CallReport, ChangedRow};

/// How to print the catalog.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Names, descriptions, schemas and the catalog's hash
    Json,
    /// Functions of chat completions
    Openai,
    /// Tools of the messages API
    Anthropic,
    /// Result of MCP's tools/list
    Mcp,
    /// Text
    Markdown,
}

/// Arguments of `tools`.
#[derive(Args)]
pub struct List {
    /// Format of the tools
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
}

impl List {
    /// Prints the catalog.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn run(&self) -> Result<bool> {
        let each = |form: fn(&NativeTool) -> Json| catalog().iter().map(form).collect::<Vec<_>>();
        let mut out = std::io::stdout().lock();
        let document = match self.format {
            Format::Markdown => {
                for tool in catalog() {
                    write!(out, "{}", markdown(tool))?;
                }
                return Ok(true);
            }
            Format::Json => {
                json!({ "format_version": 1, "dialect": "native", "hash": native::hash(), "tools": each(|tool| json!({
                "name": tool.name, "description": tool.description, "writes": tool.writes(), "input_schema": tool.schema,
            })) })
            }
            Format::Openai => json!(each(|tool| json!({ "type": "function", "function": {
                "name": tool.name, "description": tool.description, "parameters": tool.schema,
            } }))),
            Format::Anthropic => json!(each(|tool| json!({
                "name": tool.name, "description": tool.description, "input_schema": tool.schema,
            }))),
            Format::Mcp => json!({ "tools": each(|tool| json!(tool_list::listed(tool))) }),
        };
        writeln!(out, "{document:#}")?;
        Ok(true)
    }
}

fn markdown(tool: &NativeTool) -> String {
    let mut text = format!(
        "## {}\n\n{}. {}.\n\n",
        tool.name,
        tool.description,
        if tool.writes() { "Writes" } else { "Reads" }
    );
    let required = tool.schema["required"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for (name, field) in tool.schema["properties"].as_object().into_iter().flatten() {
        let needed = if required.contains(&json!(name)) {
            "required"
        } else {
            "optional"
        };
        text.push_str(&format!(
            "- `{name}` ({needed}): {}",
            field["description"].as_str().unwrap_or_default()
        ));
        if let Some(values) = field["enum"].as_array() {
            let values: Vec<_> = values.iter().filter_map(Json::as_str).collect();
            text.push_str(&format!("; one of {}", values.join(", ")));
        }
        text.push('\n');
    }
    text.push('\n');
    text
}

/// Arguments of `call`.
#[derive(Args)]
pub struct Call {
    /// The tool, such as calendar.create_event
    tool: String,
    /// The arguments, such as event_name=Review, or one JSON object
    arguments: Vec<String>,
    /// Folder of the world [default: the office that ships]
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
    /// Folder that keeps the session from one call to the next; it is created if it does not exist [default: a new session]
    #[arg(long, value_name = "DIR")]
    session_dir: Option<PathBuf>,
    /// Folder to write the session's databases, mails and plots to
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
}

impl Call {
    /// Runs the call in a session and prints its result and the rows that changed; false where it was refused.
    ///
    /// # Errors
    /// An argument that is no pair, a world or a session's folder that cannot be read, or a fault.
    pub fn run(&self) -> Result<bool> {
        let arguments = arguments(&self.arguments).user_input()?;
        let world = crate::world::open(self.world.as_deref())?;
        let mut session = match &self.session_dir {
            Some(folder) => Session::open_in(folder, &world).user_input()?,
            None => Session::open(&world)?,
        };
        let (result, refused) = match native::call(&mut session, &self.tool, &arguments) {
            Ok(result) => (from_raw_json(&result), false),
            Err(CallError::Fault(fault)) => return Err(fault.into()),
            Err(CallError::UnknownTool(message)) => return Err(user_error(message)),
            Err(failure) => (json!(failure.to_string()), true),
        };
        if let Some(folder) = &self.export {
            breakroom_sandbox::export::write_all(&session, folder).user_input()?;
        }
        let report = CallReport {
            format_version: 1,
            refused,
            result,
            changes: session.changes()?.iter().map(ChangedRow::of).collect(),
        };
        writeln!(std::io::stdout(), "{:#}", json!(report))?;
        Ok(!refused)
    }
}

fn arguments(given: &[String]) -> Result<Json> {
    if let [only] = given
        && only.trim_start().starts_with('{')
    {
        return serde_json::from_str(only)
            .with_context(|| format!("{only:?} is not a JSON object"));
    }
    let mut object = Map::new();
    for pair in given {
        let (name, value) = pair
            .split_once('=')
            .with_context(|| format!("{pair:?} is no argument: write it like name=value"))?;
        object.insert(name.to_owned(), json!(value));
    }
    // Pages are the only arguments that are numbers and nothing else.
    for name in ["page", "page_size"] {
        if let Some(number) = object
            .get(name)
            .and_then(Json::as_str)
            .and_then(|text| text.parse::<i64>().ok())
        {
            object.insert(name.to_owned(), json!(number));
        }
    }
    Ok(Json::Object(object))
}
