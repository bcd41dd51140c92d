//! The list of forms.

use anyhow::Result;
use breakroom_record::folder::RunFolder;
use breakroom_record::record::FORMAT_VERSION;
use serde_json::json;

use super::{chat, csv, inspect, junit};

/// A form.
pub struct ExportFormat {
    /// As the command line names it.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Whether it is text, which a terminal can show.
    pub is_text: bool,
    /// Writes a run in this form.
    pub write: fn(&RunFolder) -> Result<Vec<u8>>,
}

/// Every form.
pub const FORMATS: &[ExportFormat] = &[
    ExportFormat {
        name: "jsonl",
        what: "each episode with its trace, one a line",
        is_text: true,
        write: lines,
    },
    ExportFormat {
        name: "chat",
        what: "each conversation as messages of chat completions, one a line",
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

/// Each episode with its trace, one a line.
fn lines(folder: &RunFolder) -> Result<Vec<u8>> {
    let mut text = String::new();
    for record in &folder.episodes {
        let trace = folder.trace(record)?;
        let line = json!({ "format_version": FORMAT_VERSION, "episode": record, "trace": trace });
        text.push_str(&format!("{line}\n"));
    }
    Ok(text.into_bytes())
}
