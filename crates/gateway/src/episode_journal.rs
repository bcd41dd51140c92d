//! `episode.jsonl` in a session's folder: the task and the calls of its episode. With it, a later process can still give a verdict.
//!
//! A call's line is written after the session itself. A kill between the two loses the line, not the call.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use breakroom_sandbox::Fault;
use serde::{Deserialize, Serialize};

use super::{ApiError, ErrorCode};
use crate::chaos::Chaos;
use crate::wire::TracedCall;

/// The version of `episode.jsonl` that this program writes and reads.
const FORMAT_VERSION: u32 = 1;

/// The first line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalHeader {
    format_version: u32,
    suite: Option<String>,
    task: Option<String>,
    /// The hash of the faults that disturb its calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chaos: Option<String>,
}

/// `episode.jsonl`, open at its end.
#[derive(Debug)]
pub(super) struct EpisodeJournal {
    path: PathBuf,
    header: JournalHeader,
    file: File,
}

impl EpisodeJournal {
    /// Opens the file in a session's folder and reads the calls that the session knows. The file has to be about the same suite, task and
    /// faults.
    pub(super) fn open(
        folder: &Path,
        task: Option<(&str, &str)>,
        chaos: Option<&Chaos>,
        calls: u32,
    ) -> Result<(EpisodeJournal, Vec<Arc<TracedCall>>), ApiError> {
        let path = folder.join("episode.jsonl");
        let header = JournalHeader {
            format_version: FORMAT_VERSION,
            suite: task.map(|(suite, _)| suite.to_owned()),
            task: task.map(|(_, task)| task.to_owned()),
            chaos: chaos.map(Chaos::hash),
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(io_fault(&path, error).into()),
        };
        let mut lines = text.lines();
        if let Some(first) = lines.next() {
            let found: JournalHeader = serde_json::from_str(first).map_err(|error| {
                ErrorCode::Fault.with_message(format!("{} is damaged: {error}", path.display()))
            })?;
            if found.chaos != header.chaos {
                return Err(ErrorCode::BadParameters.with_message(format!(
                    "{} holds a session with other faults: open it with the same --chaos, or name another folder",
                    folder.display(),
                )));
            }
            if found != header {
                let holds = match &found.task {
                    Some(task) => format!("a session of task {task}"),
                    None => "a session without a task".to_owned(),
                };
                return Err(ErrorCode::BadParameters.with_message(format!(
                    "{} holds {holds}: open that one, or name another folder",
                    folder.display(),
                )));
            }
        }
        // If the process was killed, the last line may be cut off.
        let calls_in_file = lines.map_while(|line| serde_json::from_str::<TracedCall>(line).ok());
        let trace: Vec<Arc<TracedCall>> = calls_in_file
            .filter(|call| call.call <= calls)
            .map(Arc::new)
            .collect();
        let mut journal = EpisodeJournal {
            file: File::options()
                .create(true)
                .append(true)
                .open(&path)
                .map_err(|error| io_fault(&path, error))?,
            path,
            header,
        };
        journal.rewrite(&trace)?;
        Ok((journal, trace))
    }

    /// Appends a call.
    pub(super) fn append(&mut self, call: &TracedCall) -> Result<(), Fault> {
        let written = self.file.write_all(line(call).as_bytes());
        written.map_err(|error| io_fault(&self.path, error))
    }

    /// Replaces all calls with these.
    pub(super) fn rewrite(&mut self, trace: &[Arc<TracedCall>]) -> Result<(), Fault> {
        let mut text = line(&self.header);
        trace.iter().for_each(|call| text.push_str(&line(call)));
        let new = self.path.with_extension("jsonl.new");
        let replace = || {
            std::fs::write(&new, text)?;
            std::fs::rename(&new, &self.path)?;
            OpenOptions::new().append(true).open(&self.path)
        };
        self.file = replace().map_err(|error| io_fault(&self.path, error))?;
        Ok(())
    }
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("calls are text, numbers, lists and objects") + "\n"
}

fn io_fault(path: &Path, source: std::io::Error) -> Fault {
    Fault::Io {
        path: path.to_owned(),
        source,
    }
}
