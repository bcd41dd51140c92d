//! The tools of a dialect as front ends list them, in the form of MCP's `tools/list`.

use std::sync::LazyLock;

use breakroom_tools::hints::ToolHints;
use breakroom_tools::native::{NativeTool, catalog};
use breakroom_tools::session::Dialect;
use breakroom_tools::workbench;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json, json};

use crate::wire;

/// The tools of a dialect as `tools/list` describes them, in the form of MCP.
pub fn of(dialect: Dialect) -> Vec<wire::ToolDescription> {
    match dialect {
        Dialect::Native => catalog().iter().map(listed).collect(),
        Dialect::Workbench => workbench::tools::all().map(original).collect(),
    }
}

/// The same as text: a server sends it with every session that is opened.
pub fn text_of(dialect: Dialect) -> &'static RawValue {
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
pub fn listed(tool: &NativeTool) -> wire::ToolDescription {
    wire::ToolDescription {
        name: tool.name.clone(),
        description: tool.description.clone(),
        input_schema: tool.schema.as_object().cloned().unwrap_or_default(),
        annotations: annotations(tool.hints),
    }
}

/// A tool of the original. It takes every value as text and requires none. Tool and fields mean what they mean here, except for the
/// original's quirks, which agents are not told about.
fn original(tool: &workbench::tools::WorkbenchTool) -> wire::ToolDescription {
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
    wire::ToolDescription {
        annotations: annotations(tool.hints),
        name,
        description: description.to_owned(),
        input_schema: schema,
    }
}

fn annotations(hints: ToolHints) -> wire::ToolAnnotations {
    wire::ToolAnnotations {
        read_only_hint: hints.read_only,
        destructive_hint: hints.destructive,
        idempotent_hint: hints.idempotent,
        open_world_hint: false,
    }
}
