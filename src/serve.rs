//! `breakroom serve --stdio`: JSON-RPC 2.0, one message a line, as PROTOCOL.md says.

use std::io::{BufRead, Read, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::{Value as Json, json};

use crate::gateway::{BROKEN, Gateway, INVALID, Refused};

/// The longest line that is read: 1 MiB.
pub const LONGEST_LINE: usize = 1 << 20;

/// Arguments of `serve`.
#[derive(Args)]
pub struct Serve {
    /// Serve standard input and output, one message a line
    #[arg(long, required = true)]
    stdio: bool,
    /// A world's folder [default: the office that ships]
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
    /// Folder of the one session that session/open opens, as the last process left it; it is made where there is none
    #[arg(long, value_name = "DIR")]
    session_dir: Option<PathBuf>,
}

impl Serve {
    /// Serves until standard input ends.
    ///
    /// # Errors
    /// A world that cannot be read, or standard input or output that breaks.
    pub fn run(&self) -> Result<bool> {
        let mut gateway = Gateway::new(crate::world::open(self.world.as_deref())?);
        if let Some(folder) = &self.session_dir {
            gateway = gateway.with_session_dir(folder);
        }
        serve(gateway, std::io::stdin().lock(), std::io::stdout().lock())?;
        Ok(true)
    }
}

/// Answers every line of `input` until it ends. Empty lines and notifications get no answer.
///
/// # Errors
/// What reading or writing failed with.
pub fn serve(
    mut gateway: Gateway,
    mut input: impl BufRead,
    mut output: impl Write,
) -> std::io::Result<()> {
    let mut line = Vec::new();
    while read_line(&mut input, &mut line)? {
        let answer = if line.len() > LONGEST_LINE {
            let message =
                format!("the line is longer than {LONGEST_LINE} bytes: send less in one message");
            Some(error(
                Json::Null,
                Refused {
                    code: INVALID,
                    message,
                },
            ))
        } else if line.trim_ascii().is_empty() {
            None
        } else {
            answer(&mut gateway, &line)
        };
        if let Some(answer) = answer {
            serde_json::to_writer(&mut output, &answer)?;
            output.write_all(b"\n")?;
            output.flush()?;
        }
    }
    Ok(())
}

/// Reads a line, of which at most one byte beyond the limit is kept; false at the end of input.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    input
        .by_ref()
        .take(LONGEST_LINE as u64 + 1)
        .read_until(b'\n', line)?;
    if line.len() > LONGEST_LINE && line.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
    }
    Ok(!line.is_empty())
}

fn answer(gateway: &mut Gateway, line: &[u8]) -> Option<Json> {
    let message: Json = match serde_json::from_slice(line.trim_ascii_end()) {
        Ok(message) => message,
        Err(reason) => {
            return Some(error(
                Json::Null,
                Refused {
                    code: BROKEN,
                    message: format!("the line is no JSON: {reason}"),
                },
            ));
        }
    };
    let id = message.get("id").cloned();
    let known_id = id
        .clone()
        .filter(|id| id.is_string() || id.is_number())
        .unwrap_or_default();
    let invalid = |message: &str| {
        Some(error(
            known_id.clone(),
            Refused {
                code: INVALID,
                message: message.to_owned(),
            },
        ))
    };
    let Some(object) = message.as_object() else {
        return invalid(
            "a message is an object, and batches are not served: send one object a line",
        );
    };
    if object.get("jsonrpc") != Some(&json!("2.0")) {
        return invalid("jsonrpc is missing or is not \"2.0\"");
    }
    let Some(method) = object.get("method").and_then(Json::as_str) else {
        return invalid("method is missing or is no text");
    };
    if id.is_some() && known_id.is_null() {
        return invalid("id is neither text nor a number");
    }
    let parameters = object.get("params").cloned().unwrap_or_else(|| json!({}));
    if !parameters.is_object() {
        return invalid("params is no object: parameters are given by name");
    }
    let result = gateway.serve(method, parameters);
    id.map(|id| match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(refused) => error(id, refused),
    })
}

fn error(id: Json, refused: Refused) -> Json {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": refused.code, "message": refused.message } })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use breakroom_sandbox::world::World;

    use super::*;

    fn served(input: &[u8]) -> Vec<Json> {
        let mut output = Vec::new();
        serve(Gateway::new(World::office()), input, &mut output).unwrap();
        String::from_utf8(output)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// In the document, a line after `>> ` is sent and one after `<< ` is what comes back.
    #[test]
    fn every_example_of_the_protocol_is_answered_as_written() {
        let document = include_str!("../PROTOCOL.md");
        let lines = |prefix: &'static str| {
            document
                .lines()
                .filter_map(move |line| line.strip_prefix(prefix))
        };
        let requests: Vec<&str> = lines(">> ").collect();
        let expected: Vec<Json> = lines("<< ")
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let answers = served(requests.join("\n").as_bytes());
        for (answer, expected) in answers.iter().zip(&expected) {
            assert_eq!(answer, expected);
        }
        assert_eq!(answers.len(), expected.len());
    }

    #[test]
    fn the_line_after_a_broken_one_is_served_as_if_nothing_had_happened() {
        let list = br#"{"jsonrpc":"2.0","id":"last","method":"session/open"}"#;
        let long = vec![b'x'; 3 * LONGEST_LINE];
        let broken: [(&[u8], i64); 9] = [
            (b"{", -32_700),
            (b"\xff\xfe", -32_700),
            (&long, -32_600),
            (b"[]", -32_600),
            (b"7", -32_600),
            (br#"{"id":1,"method":"tools/list"}"#, -32_600),
            (
                br#"{"jsonrpc":"2.0","id":1,"method":"tools/lost"}"#,
                -32_601,
            ),
            (
                br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"session":7}}"#,
                -32_602,
            ),
            (
                br#"{"jsonrpc":"2.0","id":1,"method":"session/reset","params":{"session":"9"}}"#,
                -32_001,
            ),
        ];
        for (line, code) in broken {
            let answers = served(&[line, b"\n", list].concat());
            assert_eq!(answers.len(), 2, "{answers:?}");
            assert_eq!(answers[0]["error"]["code"], code, "{answers:?}");
            assert_eq!(
                (&answers[1]["id"], &answers[1]["result"]["session"]),
                (&json!("last"), &json!("1"))
            );
        }
    }

    #[test]
    fn a_notification_is_done_without_an_answer() {
        let answers = served(b"{\"jsonrpc\":\"2.0\",\"method\":\"session/open\"}\n\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session/changes\",\"params\":{\"session\":\"1\"}}");
        assert_eq!(
            answers,
            [json!({ "jsonrpc": "2.0", "id": 1, "result": { "changes": [] } })]
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn lines_of_any_bytes_are_answered(mut bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            bytes.extend(b"\n{\"jsonrpc\":\"2.0\",\"id\":\"last\",\"method\":\"session/open\"}\n");
            let answers = served(&bytes);
            proptest::prop_assert_eq!(&answers.last().unwrap()["result"]["session"], "1");
        }
    }
}
