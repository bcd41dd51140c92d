//! The list of export formats.

use anyhow::Result;
use breakroom_record::folder::RunFolder;
use breakroom_record::record::FORMAT_VERSION;
use serde_json::json;

use super::{chat, csv, inspect, junit};

/// An export format.
pub struct ExportFormat {
    /// The name on the command line.
    pub name: &'static str,
    /// A description for the help.
    pub what: &'static str,
    /// Whether it is text, so that a terminal can show it.
    pub is_text: bool,
    /// Converts a run to this format.
    pub write: fn(&RunFolder) -> Result<Vec<u8>>,
}

/// All export formats.
pub const FORMATS: &[ExportFormat] = &[
    ExportFormat {
        name: "jsonl",
        what: "each episode with its trace, one per line",
        is_text: true,
        write: lines,
    },
    ExportFormat {
        name: "chat",
        what: "each conversation as chat completions, one per line",
        is_text: true,
        write: chat::write,
    },
    ExportFormat {
        name: "inspect",
        what: "a log that inspect_ai reads and its viewer shows",
        is_text: false,
        write: inspect::write,
    },
    ExportFormat {
        name: "junit",
        what: "JUnit, one case per task",
        is_text: true,
        write: junit::write,
    },
    ExportFormat {
        name: "csv",
        what: "a table, one row per episode",
        is_text: true,
        write: csv::write,
    },
];

/// Each episode with its trace, one per line.
fn lines(folder: &RunFolder) -> Result<Vec<u8>> {
    let mut text = String::new();
    for record in &folder.episodes {
        let trace = folder.trace(record)?;
        let line = json!({ "format_version": FORMAT_VERSION, "episode": record, "trace": trace });
        text.push_str(&format!("{line}\n"));
    }
    Ok(text.into_bytes())
}
