//! Cassettes: a provider's traffic recorded in a file, and played back without a network. `docs/models.md` describes the file.
//!
//! A request is identified by its whole body. A request that was never recorded is an error, so a played run never silently differs from
//! the recorded one. The error says where the request differs from the most similar recorded one, such as in the prompt or in a schema.

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

/// The version of the file format that this program writes and reads.
const FORMAT_VERSION: u32 = 1;

/// A request and its response. The key is in neither: it was masked in the response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Interaction {
    format_version: u32,
    /// The path below the base URL.
    path: String,
    /// The body that was sent.
    request: Json,
    /// The response.
    #[serde(rename = "heard")]
    pub(super) response: RecordedResponse,
}

/// A response, before it is parsed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordedResponse {
    /// The HTTP status.
    pub(super) status: u16,
    /// The header `Retry-After`.
    pub(super) retry_after: Option<String>,
    /// Whether the body is a stream of server-sent events.
    pub(super) stream: bool,
    /// The body, as text.
    pub(super) body: String,
}

/// A cassette that is being recorded or played.
#[derive(Debug)]
pub(super) enum Cassette {
    /// Every interaction is appended to the file.
    Recording(CassetteRecorder),
    /// Every response comes from the file.
    Playing(CassettePlayer),
}

impl Cassette {
    /// Creates a new cassette.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub(super) fn record(path: &Path) -> Result<Cassette> {
        let file = File::create_new(path).with_context(|| {
            format!(
                "cannot record to {}: name a file that does not exist",
                path.display()
            )
        })?;
        Ok(Cassette::Recording(CassetteRecorder {
            path: path.to_owned(),
            file: Mutex::new(file),
        }))
    }

    /// Reads a cassette.
    ///
    /// # Errors
    /// The file cannot be read, or a line is malformed; the error names the line.
    pub(super) fn play(path: &Path) -> Result<Cassette> {
        let file = path.display();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the cassette {file}"))?;
        let mut responses: HashMap<String, VecDeque<RecordedResponse>> = HashMap::new();
        let mut requests = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            let interaction: Interaction = serde_json::from_str(line)
                .with_context(|| format!("{file}:{number} is not a line of a cassette"))?;
            anyhow::ensure!(
                interaction.format_version == FORMAT_VERSION,
                "{file}:{number} has format version {}: this program reads {FORMAT_VERSION}",
                interaction.format_version
            );
            responses
                .entry(request_key(&interaction.path, &interaction.request))
                .or_default()
                .push_back(interaction.response);
            requests.push(interaction.request);
        }
        Ok(Cassette::Playing(CassettePlayer {
            responses: Mutex::new(responses),
            requests,
        }))
    }

    /// Whether responses come from the file, so that waiting before a retry is pointless.
    pub(super) fn is_playing(&self) -> bool {
        matches!(self, Cassette::Playing(_))
    }
}

/// The text that identifies a request.
fn request_key(path: &str, request: &Json) -> String {
    format!("{path}\n{request}")
}

/// A cassette that is being recorded.
#[derive(Debug)]
pub(super) struct CassetteRecorder {
    path: PathBuf,
    file: Mutex<File>,
}

impl CassetteRecorder {
    /// Appends an interaction.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn append(
        &self,
        path: &str,
        request: &Json,
        response: &RecordedResponse,
    ) -> Result<(), AttemptError> {
        let interaction = Interaction {
            format_version: FORMAT_VERSION,
            path: path.to_owned(),
            request: request.clone(),
            response: response.clone(),
        };
        let write_error = |error: String| {
            AttemptError::new(
                ErrorKind::Script,
                format!("cannot record to {}: {error}", self.path.display()),
            )
        };
        let line = serde_json::to_string(&interaction)
            .map_err(|error| write_error(error.to_string()))?
            + "\n";
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes())
            .map_err(|error| write_error(error.to_string()))
    }
}

/// A cassette that is being played.
#[derive(Debug)]
pub(super) struct CassettePlayer {
    responses: Mutex<HashMap<String, VecDeque<RecordedResponse>>>,
    requests: Vec<Json>,
}

impl CassettePlayer {
    /// The response to a request. If it was recorded several times, the responses come in order, and the last one repeats.
    ///
    /// # Errors
    /// The request was never recorded; the message says where it differs from the most similar recorded one.
    pub(super) fn reply(
        &self,
        path: &str,
        request: &Json,
    ) -> Result<RecordedResponse, AttemptError> {
        let mut responses = self
            .responses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(recorded) = responses.get_mut(&request_key(path, request)) {
            let next = if recorded.len() > 1 {
                recorded.pop_front()
            } else {
                recorded.front().cloned()
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
            None | Some([]) => "the cassette is empty, or was recorded for another path".to_owned(),
            Some([first, rest @ ..]) => {
                let more = if rest.is_empty() {
                    String::new()
                } else {
                    format!(", and in {} more places", rest.len())
                };
                format!(
                    "this request was not recorded: the most similar recorded one differs at {first}{more}"
                )
            }
        };
        Err(AttemptError::new(ErrorKind::Script, message))
    }
}

/// The places where two bodies differ, each with both values.
fn differences(left: &Json, right: &Json) -> Vec<String> {
    let mut found = Vec::new();
    collect_differences("", left, right, &mut found);
    found
}

fn collect_differences(path: &str, left: &Json, right: &Json, found: &mut Vec<String>) {
    match (left, right) {
        (Json::Object(left), Json::Object(right)) => {
            let names = left
                .keys()
                .chain(right.keys().filter(|name| !left.contains_key(*name)));
            for name in names {
                let value = |object: &serde_json::Map<String, Json>| {
                    object.get(name).cloned().unwrap_or_default()
                };
                collect_differences(
                    &format!("{path}/{name}"),
                    &value(left),
                    &value(right),
                    found,
                );
            }
        }
        (Json::Array(left), Json::Array(right)) => {
            for index in 0..left.len().max(right.len()) {
                let value = |array: &[Json]| array.get(index).cloned().unwrap_or_default();
                collect_differences(
                    &format!("{path}/{index}"),
                    &value(left),
                    &value(right),
                    found,
                );
            }
        }
        _ if left == right => {}
        _ => found.push(format!(
            "{path}: recorded {}, requested {}",
            excerpt(left, right),
            excerpt(right, left)
        )),
    }
}

/// A value as an error message shows it: long text is reduced to the part around the first difference.
fn excerpt(value: &Json, other: &Json) -> String {
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

    fn response(body: &str) -> RecordedResponse {
        RecordedResponse {
            status: 200,
            retry_after: None,
            stream: false,
            body: body.into(),
        }
    }

    #[test]
    fn recorded_responses_are_played_in_order_and_an_unknown_request_is_compared_with_the_nearest()
    {
        let path =
            std::env::temp_dir().join(format!("breakroom-cassette-{}.jsonl", std::process::id()));
        let Cassette::Recording(recorder) = Cassette::record(&path).unwrap() else {
            panic!("not recording")
        };
        let request = json!({ "messages": [{ "role": "system", "content": "You work in an office, and do what its owner asks" }] });
        recorder
            .append("/chat", &request, &response("first"))
            .unwrap();
        recorder
            .append("/chat", &request, &response("second"))
            .unwrap();
        assert!(
            Cassette::record(&path)
                .unwrap_err()
                .to_string()
                .contains("does not exist")
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
