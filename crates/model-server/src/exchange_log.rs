//! A log of every request and reply, with one JSON object per line.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value as Json;

use super::faults::ReplyFault;

/// The version of a line's format.
const FORMAT_VERSION: u32 = 1;

/// A request and its answer. Headers are left out, because they hold keys.
#[derive(Debug, Serialize)]
pub(super) struct ExchangeLogEntry<'a> {
    /// The request's number, counted from one.
    pub(super) number: u64,
    /// The path of the request.
    pub(super) path: &'a str,
    /// The task, if it was recognised.
    pub(super) task: Option<&'a str>,
    /// How many replies came before in the conversation.
    pub(super) step: Option<usize>,
    /// The body; text if it is not JSON.
    pub(super) request: &'a Json,
    /// The fault that happened.
    pub(super) fault: Option<ReplyFault>,
    /// The status; null if no answer was given.
    pub(super) status: Option<u16>,
    /// The body, or the list of a stream's events. It is complete even if the answer was cut off.
    pub(super) reply: Json,
}

impl<'a> ExchangeLogEntry<'a> {
    /// A request that is not answered yet.
    pub(super) fn of(number: u64, path: &'a str, request: &'a Json) -> ExchangeLogEntry<'a> {
        ExchangeLogEntry {
            number,
            path,
            task: None,
            step: None,
            request,
            fault: None,
            status: None,
            reply: Json::Null,
        }
    }

    /// Adds the answer.
    pub(super) fn answered(&mut self, status: StatusCode, reply: Json) {
        self.status = Some(status.as_u16());
        self.reply = reply;
    }
}

#[derive(Serialize)]
struct ExchangeLogLine<'a> {
    format_version: u32,
    #[serde(flatten)]
    entry: &'a ExchangeLogEntry<'a>,
}

/// The log's file.
#[derive(Debug)]
pub(super) struct ExchangeLog(Mutex<File>);

impl ExchangeLog {
    /// Creates the file.
    ///
    /// # Errors
    /// It exists or cannot be written.
    pub(super) fn begin(path: &Path) -> Result<ExchangeLog> {
        let file = File::create_new(path).with_context(|| {
            format!(
                "cannot log to {}: name a file that does not exist yet",
                path.display()
            )
        })?;
        Ok(ExchangeLog(Mutex::new(file)))
    }

    /// Writes a line.
    ///
    /// # Errors
    /// The file can no longer be written.
    pub(super) fn write(&self, entry: &ExchangeLogEntry<'_>) -> Result<()> {
        let line = ExchangeLogLine {
            format_version: FORMAT_VERSION,
            entry,
        };
        let line = serde_json::to_string(&line)? + "\n";
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes())
            .context("the log can no longer be written")
    }
}
