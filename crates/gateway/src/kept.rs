//! What lies in a session's folder beside the session: `episode.jsonl`, its task and its calls, so that a verdict can be had after
//! the process that worked there is gone.
//!
//! A call's line is written once the session itself is. A kill between the two loses the line, not the call.

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
struct Header {
    format_version: u32,
    suite: Option<String>,
    task: Option<String>,
    /// The hash of the faults that disturb it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chaos: Option<String>,
}

/// `episode.jsonl`, open at its end.
#[derive(Debug)]
pub(super) struct Kept {
    path: PathBuf,
    header: Header,
    file: File,
}

impl Kept {
    /// Opens the file of a session's folder and reads the calls that the session knows of; suite, task and faults are what is asked for.
    pub(super) fn open(
        folder: &Path,
        task: Option<(&str, &str)>,
        chaos: Option<&Chaos>,
        calls: u32,
    ) -> Result<(Kept, Vec<Arc<TracedCall>>), ApiError> {
        let path = folder.join("episode.jsonl");
        let header = Header {
            format_version: FORMAT_VERSION,
            suite: task.map(|(suite, _)| suite.to_owned()),
            task: task.map(|(_, task)| task.to_owned()),
            chaos: chaos.map(Chaos::hash),
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(cannot(&path, error).into()),
        };
        let mut lines = text.lines();
        if let Some(first) = lines.next() {
            let found: Header = serde_json::from_str(first).map_err(|error| {
                ErrorCode::Fault.with_message(format!("{} is damaged: {error}", path.display()))
            })?;
            if found.chaos != header.chaos {
                return Err(ErrorCode::BadParameters.with_message(format!(
                    "{} holds a session under other faults: open it with the same --chaos, or name another folder",
                    folder.display(),
                )));
            }
            if found != header {
                return Err(ErrorCode::BadParameters.with_message(format!(
                    "{} holds a session of task {}: open that one, or name another folder",
                    folder.display(),
                    found.task.as_deref().unwrap_or("none")
                )));
            }
        }
        // The last line may be cut where the process was killed.
        let known = lines.map_while(|line| serde_json::from_str::<TracedCall>(line).ok());
        let trace: Vec<Arc<TracedCall>> = known
            .filter(|call| call.call <= calls)
            .map(Arc::new)
            .collect();
        let mut kept = Kept {
            file: File::options()
                .create(true)
                .append(true)
                .open(&path)
                .map_err(|error| cannot(&path, error))?,
            path,
            header,
        };
        kept.rewrite(&trace)?;
        Ok((kept, trace))
    }

    /// Adds a call.
    pub(super) fn push(&mut self, call: &TracedCall) -> Result<(), Fault> {
        let written = self.file.write_all(line(call).as_bytes());
        written.map_err(|error| cannot(&self.path, error))
    }

    /// Replaces all calls by these.
    pub(super) fn rewrite(&mut self, trace: &[Arc<TracedCall>]) -> Result<(), Fault> {
        let mut text = line(&self.header);
        trace.iter().for_each(|call| text.push_str(&line(call)));
        let new = self.path.with_extension("jsonl.new");
        let replace = || {
            std::fs::write(&new, text)?;
            std::fs::rename(&new, &self.path)?;
            OpenOptions::new().append(true).open(&self.path)
        };
        self.file = replace().map_err(|error| cannot(&self.path, error))?;
        Ok(())
    }
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("calls are text, numbers, lists and objects") + "\n"
}

fn cannot(path: &Path, source: std::io::Error) -> Fault {
    Fault::Io {
        path: path.to_owned(),
        source,
    }
}
