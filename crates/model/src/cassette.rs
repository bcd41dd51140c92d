//! Cassettes: a provider's traffic kept in a file, and played back with no network. `docs/models.md` says what the file looks like.
//!
//! A request is known by its whole body. One that was never recorded is an error that says where it differs from the nearest that was, such
//! as a changed prompt or a changed schema, so that a run played back is never silently another one.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::error::ErrorKind;
use super::wire::AttemptError;

/// The version of the form that this program writes and reads.
const FORMAT_VERSION: u32 = 1;

/// One request, and what came back. The key is no part of it: what came back had it blanked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Interaction {
    format_version: u32,
    /// The path behind the base URL.
    path: String,
    /// The body that was sent.
    request: Json,
    /// What came back.
    pub(super) heard: RecordedResponse,
}

/// What came back, before it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordedResponse {
    /// The HTTP status.
    pub(super) status: u16,
    /// The header `Retry-After`.
    pub(super) retry_after: Option<String>,
    /// Whether the body is a stream of events.
    pub(super) stream: bool,
    /// The body, as text.
    pub(super) body: String,
}

/// A file that is recorded to, or played from.
#[derive(Debug)]
pub(super) enum Cassette {
    /// Every exchange is appended.
    Recording(Recorder),
    /// Every reply is from the file.
    Playing(Player),
}

impl Cassette {
    /// Begins a new cassette.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub(super) fn record(path: &Path) -> Result<Cassette> {
        let file = File::create_new(path).with_context(|| {
            format!(
                "cannot record to {}: name a file that is not there yet",
                path.display()
            )
        })?;
        Ok(Cassette::Recording(Recorder {
            path: path.to_owned(),
            file: Mutex::new(file),
        }))
    }

    /// Reads a cassette.
    ///
    /// # Errors
    /// The file cannot be read, or names the line that is malformed.
    pub(super) fn play(path: &Path) -> Result<Cassette> {
        let place = path.display();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the cassette {place}"))?;
        let mut takes: HashMap<String, VecDeque<RecordedResponse>> = HashMap::new();
        let mut requests = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            let take: Interaction = serde_json::from_str(line)
                .with_context(|| format!("{place}:{number} is no line of a cassette"))?;
            anyhow::ensure!(
                take.format_version == FORMAT_VERSION,
                "{place}:{number} has format version {}: this program reads {FORMAT_VERSION}",
                take.format_version
            );
            takes
                .entry(key(&take.path, &take.request))
                .or_default()
                .push_back(take.heard);
            requests.push(take.request);
        }
        Ok(Cassette::Playing(Player {
            takes: Mutex::new(takes),
            requests,
        }))
    }

    /// Whether there is no network behind it, so that nobody has to be waited for.
    pub(super) fn is_playing(&self) -> bool {
        matches!(self, Cassette::Playing(_))
    }
}

/// What a request is known by.
fn key(path: &str, request: &Json) -> String {
    format!("{path}\n{request}")
}

/// A cassette that is recorded to.
#[derive(Debug)]
pub(super) struct Recorder {
    path: PathBuf,
    file: Mutex<File>,
}

impl Recorder {
    /// Keeps an exchange.
    ///
    /// # Errors
    /// The file cannot be written any more.
    pub(super) fn keep(
        &self,
        path: &str,
        request: &Json,
        heard: &RecordedResponse,
    ) -> Result<(), AttemptError> {
        let take = Interaction {
            format_version: FORMAT_VERSION,
            path: path.to_owned(),
            request: request.clone(),
            heard: heard.clone(),
        };
        let failed = |error: String| {
            AttemptError::new(
                ErrorKind::Script,
                format!("cannot record to {}: {error}", self.path.display()),
            )
        };
        let line = serde_json::to_string(&take).map_err(|error| failed(error.to_string()))? + "\n";
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes())
            .map_err(|error| failed(error.to_string()))
    }
}

/// A cassette that is played.
#[derive(Debug)]
pub(super) struct Player {
    takes: Mutex<HashMap<String, VecDeque<RecordedResponse>>>,
    requests: Vec<Json>,
}

impl Player {
    /// What came back for this request; of several the next, and the last again and again.
    ///
    /// # Errors
    /// It was never recorded: the message says where it differs from the nearest that was.
    pub(super) fn reply(
        &self,
        path: &str,
        request: &Json,
    ) -> Result<RecordedResponse, AttemptError> {
        let mut takes = self.takes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(heard) = takes.get_mut(&key(path, request)) {
            let next = if heard.len() > 1 {
                heard.pop_front()
            } else {
                heard.front().cloned()
            };
            if let Some(next) = next {
                return Ok(next);
            }
        }
        let nearest = self
            .requests
            .iter()
            .map(|known| differences(known, request))
            .min_by_key(Vec::len);
        let message = match nearest.as_deref() {
            None | Some([]) => "the cassette is empty, or was recorded at another path".to_owned(),
            Some([first, rest @ ..]) => {
                let more = if rest.is_empty() {
                    String::new()
                } else {
                    format!(", and at {} places more", rest.len())
                };
                format!(
                    "this request was not recorded: the nearest that was differs at {first}{more}"
                )
            }
        };
        Err(AttemptError::new(ErrorKind::Script, message))
    }
}

/// Where two bodies differ, each place with both values.
fn differences(left: &Json, right: &Json) -> Vec<String> {
    let mut found = Vec::new();
    differ("", left, right, &mut found);
    found
}

fn differ(place: &str, left: &Json, right: &Json, found: &mut Vec<String>) {
    match (left, right) {
        (Json::Object(left), Json::Object(right)) => {
            let names = left
                .keys()
                .chain(right.keys().filter(|name| !left.contains_key(*name)));
            for name in names {
                let value = |object: &serde_json::Map<String, Json>| {
                    object.get(name).cloned().unwrap_or_default()
                };
                differ(
                    &format!("{place}/{name}"),
                    &value(left),
                    &value(right),
                    found,
                );
            }
        }
        (Json::Array(left), Json::Array(right)) => {
            for place_in in 0..left.len().max(right.len()) {
                let value = |array: &[Json]| array.get(place_in).cloned().unwrap_or_default();
                differ(
                    &format!("{place}/{place_in}"),
                    &value(left),
                    &value(right),
                    found,
                );
            }
        }
        _ if left == right => {}
        _ => found.push(format!(
            "{place}: recorded {}, asked {}",
            short(left, right),
            short(right, left)
        )),
    }
}

/// A value as a message shows it: of a long text the part around the first letter that differs.
fn short(value: &Json, other: &Json) -> String {
    let (Json::String(text), Json::String(other)) = (value, other) else {
        return value.to_string().chars().take(80).collect();
    };
    let same = text
        .chars()
        .zip(other.chars())
        .take_while(|(one, two)| one == two)
        .count();
    let start = same.saturating_sub(20);
    let part: String = text.chars().skip(start).take(60).collect();
    let before = if start > 0 { "…" } else { "" };
    format!("{:?}", format!("{before}{part}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use serde_json::json;

    fn heard(body: &str) -> RecordedResponse {
        RecordedResponse {
            status: 200,
            retry_after: None,
            stream: false,
            body: body.into(),
        }
    }

    #[test]
    fn what_was_recorded_is_played_in_order_and_what_was_not_says_where_it_differs() {
        let path =
            std::env::temp_dir().join(format!("breakroom-cassette-{}.jsonl", std::process::id()));
        let Cassette::Recording(recorder) = Cassette::record(&path).unwrap() else {
            panic!("not recording")
        };
        let request = json!({ "messages": [{ "role": "system", "content": "You work in an office, and do what its owner asks" }] });
        recorder.keep("/chat", &request, &heard("first")).unwrap();
        recorder.keep("/chat", &request, &heard("second")).unwrap();
        assert!(
            Cassette::record(&path)
                .unwrap_err()
                .to_string()
                .contains("not there yet")
        );
        let Cassette::Playing(player) = Cassette::play(&path).unwrap() else {
            panic!("not playing")
        };
        std::fs::remove_file(&path).unwrap();
        let bodies: Vec<String> = (0..3)
            .map(|_| player.reply("/chat", &request).unwrap().body)
            .collect();
        assert_eq!(bodies, ["first", "second", "second"]);
        let mut changed = request;
        changed["messages"][0]["content"] =
            json!("You work in an office, and do what its boss asks");
        let message = player.reply("/chat", &changed).unwrap_err().message;
        assert!(
            message.contains("/messages/0/content") && message.contains("boss"),
            "{message}"
        );
    }
}
