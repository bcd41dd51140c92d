//! Every request and reply, one JSON object a line.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value as Json;

use super::faults::ReplyFault;

/// The version of the form of a line.
const FORMAT_VERSION: u32 = 1;

/// A request, and what it got. Headers, and with them keys, are no part of it.
#[derive(Debug, Serialize)]
pub(super) struct ExchangeLogEntry<'a> {
    /// Requests before this one, and one.
    pub(super) number: u64,
    /// The path that was asked for.
    pub(super) path: &'a str,
    /// The task, where it was recognised.
    pub(super) task: Option<&'a str>,
    /// The replies that came before in the conversation.
    pub(super) step: Option<usize>,
    /// The body; text where it is no JSON.
    pub(super) request: &'a Json,
    /// The fault that happened.
    pub(super) fault: Option<ReplyFault>,
    /// The status; none where no answer was given.
    pub(super) status: Option<u16>,
    /// The body, or a list of a stream's events: all that was meant to be sent, also where it was broken off.
    pub(super) reply: Json,
}

impl<'a> ExchangeLogEntry<'a> {
    /// A request of which nothing is known yet.
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

    /// Notes the answer.
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

/// The file.
#[derive(Debug)]
pub(super) struct ExchangeLog(Mutex<File>);

impl ExchangeLog {
    /// Begins a file.
    ///
    /// # Errors
    /// It exists or cannot be written.
    pub(super) fn begin(path: &Path) -> Result<ExchangeLog> {
        let file = File::create_new(path).with_context(|| {
            format!(
                "cannot log to {}: name a file that is not there yet",
                path.display()
            )
        })?;
        Ok(ExchangeLog(Mutex::new(file)))
    }

    /// Writes a line.
    ///
    /// # Errors
    /// The file cannot be written any more.
    pub(super) fn write(&self, entry: &ExchangeLogEntry<'_>) -> Result<()> {
        let line = ExchangeLogLine {
            format_version: FORMAT_VERSION,
            entry,
        };
        let line = serde_json::to_string(&line)? + "\n";
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes())
            .context("the log cannot be written any more")
    }
}
