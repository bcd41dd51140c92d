//! `breakroom tools` prints the catalog, `breakroom call` runs one tool.

use std::io::Write;
use std::path::PathBuf;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use breakroom_sandbox::session::Session;
use breakroom_tools::hints::ToolHints;
use breakroom_tools::native::{self, CallError, NativeTool, catalog};
use breakroom_tools::session::{Dialect, from_raw_json};
use breakroom_tools::workbench;
use clap::{Args, ValueEnum};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json, json};

use crate::wire::{self, CallReport, ChangedRow};

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
    /// For people
    Markdown,
}

/// Arguments of `tools`.
#[derive(Args)]
pub struct List {
    /// How to print them
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
            Format::Mcp => json!({ "tools": each(|tool| json!(listed(tool))) }),
        };
        writeln!(out, "{document:#}")?;
        Ok(true)
    }
}

/// The tools of a dialect as `tools/list` describes them, in the form of MCP.
pub(crate) fn of(dialect: Dialect) -> Vec<wire::Tool> {
    match dialect {
        Dialect::Native => catalog().iter().map(listed).collect(),
        Dialect::Workbench => workbench::tools::all().map(original).collect(),
    }
}

/// The same as text: a server sends it with every session that is opened.
pub(crate) fn text_of(dialect: Dialect) -> &'static RawValue {
    static NATIVE: LazyLock<Box<RawValue>> = LazyLock::new(|| text(Dialect::Native));
    static WORKBENCH: LazyLock<Box<RawValue>> = LazyLock::new(|| text(Dialect::Workbench));
    fn text(dialect: Dialect) -> Box<RawValue> {
        serde_json::value::to_raw_value(&of(dialect)).expect("tools are text, lists and objects")
    }
    match dialect {
        Dialect::Native => &NATIVE,
        Dialect::Workbench => &WORKBENCH,
    }
}

/// A tool as `tools/list` describes it, in the form of MCP.
pub(crate) fn listed(tool: &NativeTool) -> wire::Tool {
    wire::Tool {
        name: tool.name.clone(),
        description: tool.description.clone(),
        input_schema: tool.schema.as_object().cloned().unwrap_or_default(),
        annotations: annotations(tool.hints),
    }
}

/// A tool of the original. It takes every value as text and none is required; what tool and fields mean is what they mean here, but for
/// the original's quirks, which are not told.
fn original(tool: &workbench::tools::WorkbenchTool) -> wire::Tool {
    let name = tool.name.replacen('.', "_", 1);
    let native = catalog().iter().find(|native| native.name == name);
    let description = native.map_or("", |native| native.description.as_str());
    let description = description.split(". ").next().unwrap_or_default();
    let field = |field: &&str| {
        let mut schema = json!({ "type": ["string", "null"], "nullable": true });
        let means = native.and_then(|native| native.schema["properties"][field].get("description"));
        if let Some(means) = means {
            schema["description"] = means.clone();
        }
        ((*field).to_owned(), schema)
    };
    let fields: Map<String, Json> = tool.parameters.iter().map(field).collect();
    let schema = Map::from_iter([
        ("type".to_owned(), json!("object")),
        ("properties".to_owned(), Json::Object(fields)),
    ]);
    wire::Tool {
        annotations: annotations(tool.hints),
        name,
        description: description.to_owned(),
        input_schema: schema,
    }
}

fn annotations(hints: ToolHints) -> wire::Annotations {
    wire::Annotations {
        read_only_hint: hints.read_only,
        destructive_hint: hints.destructive,
        idempotent_hint: hints.idempotent,
        open_world_hint: false,
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
    /// Tool, like calendar.create_event
    tool: String,
    /// Arguments, like event_name=Review; or one JSON object
    arguments: Vec<String>,
    /// A world's folder [default: the office that ships]
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
    /// Folder of a session that lives from one call to the next; it is made where there is none [default: a fresh session]
    #[arg(long, value_name = "DIR")]
    session_dir: Option<PathBuf>,
    /// Folder into which to write what the session then holds: databases, mails and plots
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
}

impl Call {
    /// Runs the call in a session and prints its result and the rows that changed; false where it was refused.
    ///
    /// # Errors
    /// An argument that is no pair, a world or a session's folder that cannot be read, or a fault.
    pub fn run(&self) -> Result<bool> {
        let arguments = arguments(&self.arguments)?;
        let world = crate::world::open(self.world.as_deref())?;
        let mut session = match &self.session_dir {
            Some(folder) => Session::open_in(folder, &world)?,
            None => Session::open(&world)?,
        };
        let (result, refused) = match native::call(&mut session, &self.tool, &arguments) {
            Ok(result) => (from_raw_json(&result), false),
            Err(CallError::Fault(fault)) => return Err(fault.into()),
            Err(failure) => (json!(failure.to_string()), true),
        };
        if let Some(folder) = &self.export {
            breakroom_sandbox::export::write_all(&session, folder)?;
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
