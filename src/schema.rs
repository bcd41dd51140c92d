//! `breakroom schema`: JSON Schemas of everything that a program may want to read or send.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use schemars::JsonSchema;
use serde_json::{Map, Value as Json, json};

use crate::user_error::UserInput;
use breakroom_agent::program::{TaskLine, WorkerLine};
use breakroom_gateway::chaos::Chaos;
use breakroom_gateway::wire;
use breakroom_gateway::wire::schema::{parameters, result};
use breakroom_gateway::{ErrorCode, RPC_METHODS, RpcMethod};
use breakroom_record::{record, trace};
use breakroom_report::compare::run_outcomes;

/// Derives a schema.
type Derive = fn() -> Json;

/// What is no message of the protocol: file and schema. One line adds one.
const DOCUMENTS: &[(&str, Derive)] = &[
    (
        "baseline/header.json",
        document::<run_outcomes::BaselineHeader>,
    ),
    (
        "baseline/point.json",
        document::<run_outcomes::EpisodeOutcome>,
    ),
    ("call.json", document::<wire::CallReport>),
    ("worker/task.json", document::<TaskLine>),
    ("worker/answer.json", document::<WorkerLine>),
    ("chaos.json", file_of::<Chaos>),
    (
        "lint-finding.json",
        document::<breakroom_tasks::lint::LintFinding>,
    ),
    ("run/episode.json", document::<record::EpisodeRecord>),
    ("run/run.json", document::<record::Run>),
    ("run/trace-line.json", document::<trace::TraceEvent>),
    (
        "suite/header.json",
        document::<breakroom_tasks::suite::SuiteHeader>,
    ),
    ("suite/task.json", document::<breakroom_tasks::task::Task>),
    (
        "verdict.json",
        document::<breakroom_tasks::verdict::Verdict>,
    ),
];

/// Arguments of `schema`.
#[derive(Args)]
pub struct Schema {
    /// Folder to write the schemas to, one file each [default: print them as one object]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Schema {
    /// Prints or writes the schemas.
    ///
    /// # Errors
    /// The file that could not be written.
    pub fn run(&self) -> Result<bool> {
        let Some(folder) = &self.out else {
            let all: Map<String, Json> = files().into_iter().collect();
            writeln!(std::io::stdout(), "{:#}", Json::Object(all))?;
            return Ok(true);
        };
        for (name, schema) in files() {
            let path = folder.join(name);
            let write = || {
                std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
                std::fs::write(&path, format!("{schema:#}\n"))
            };
            write()
                .with_context(|| format!("cannot write {}", path.display()))
                .user_input()?;
        }
        writeln!(std::io::stdout(), "{}", folder.display())?;
        Ok(true)
    }
}

/// Every schema by the name of its file below `schemas/`.
pub fn files() -> Vec<(String, Json)> {
    let documents = DOCUMENTS
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema()));
    let messages = RPC_METHODS.iter().flat_map(|method| {
        let name = method.name.replace('/', ".");
        [
            (format!("protocol/{name}.request.json"), request(method)),
            (format!("protocol/{name}.response.json"), response(method)),
        ]
    });
    let error = ("protocol/error.json".to_owned(), error());
    documents.chain(messages).chain([error]).collect()
}

fn document<T: JsonSchema>() -> Json {
    let mut document = json!({ "$schema": DIALECT });
    merge(&mut document, result::<T>());
    document
}

/// The schema of a file that a person writes: what has a default may be left out.
fn file_of<T: JsonSchema>() -> Json {
    let mut document = json!({ "$schema": DIALECT });
    merge(&mut document, parameters::<T>());
    document
}

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

fn merge(into: &mut Json, from: Json) {
    if let (Json::Object(into), Json::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn request(method: &RpcMethod) -> Json {
    let parameters = (method.parameters)();
    let mut required = vec!["jsonrpc", "method"];
    if parameters.get("required").is_some() {
        required.push("params");
    }
    json!({
        "$schema": DIALECT,
        "title": format!("{}: what is asked", method.name),
        "type": "object",
        "properties": {
            "jsonrpc": { "const": "2.0" },
            "id": { "type": ["string", "number"], "description": "Comes back with the answer; without it there is none" },
            "method": { "const": method.name },
            "params": parameters,
        },
        "required": required,
    })
}

fn response(method: &RpcMethod) -> Json {
    json!({
        "$schema": DIALECT,
        "title": format!("{}: what is answered", method.name),
        "type": "object",
        "properties": {
            "jsonrpc": { "const": "2.0" },
            "id": { "type": ["string", "number"] },
            "result": (method.result)(),
        },
        "required": ["jsonrpc", "id", "result"],
        "additionalProperties": false,
    })
}

fn error() -> Json {
    json!({
        "$schema": DIALECT,
        "title": "What is answered where a message cannot be served",
        "type": "object",
        "properties": {
            "jsonrpc": { "const": "2.0" },
            "id": { "type": ["string", "number", "null"], "description": "Null where the message had none that could be read" },
            "error": {
                "type": "object",
                "properties": {
                    "code": { "enum": ErrorCode::ALL.map(|code| code.info().code) },
                    "message": { "type": "string", "description": "What was wrong, and what would be right" },
                },
                "required": ["code", "message"],
                "additionalProperties": false,
            },
        },
        "required": ["jsonrpc", "id", "error"],
        "additionalProperties": false,
    })
}
