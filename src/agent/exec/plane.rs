//! What a program can reach: the tools of its session, in the protocol of PROTOCOL.md, and nothing else.

use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe::{Receiver, Sender};

use super::failed;
use crate::agent::episode::{Halt, Work};
use crate::agent::{Ending, Outcome};
use crate::gateway::{Reason, Refused};
use crate::serve::stdio::{LONGEST_LINE, answer};

/// A call; its session is the only one there is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolCall {
    name: String,
    #[serde(default)]
    arguments: Option<Json>,
}

/// Answers requests until the program closes its end.
pub(super) async fn serve(
    requests: &mut Receiver,
    answers: &mut Sender,
    work: &mut Work<'_>,
) -> Result<(), Halt> {
    let mut requests = BufReader::new(requests);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut requests)
            .take(LONGEST_LINE as u64 + 1)
            .read_until(b'\n', &mut line)
            .await;
        // A pipe that breaks has ended.
        if read.unwrap_or_default() == 0 {
            return Ok(());
        }
        if line.len() > LONGEST_LINE {
            return Err(failed(&format!(
                "it sent a line of more than {LONGEST_LINE} bytes"
            )));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut halt = None;
        let answered = answer(
            &mut |method, parameters| method_of(work, &mut halt, method, parameters),
            &line,
        );
        if let Some(halt) = halt {
            return Err(halt);
        }
        if let Some(answered) = answered
            && answers
                .write_all(format!("{answered}\n").as_bytes())
                .await
                .is_err()
        {
            return Ok(());
        }
    }
}

fn method_of(
    work: &mut Work<'_>,
    halt: &mut Option<Halt>,
    method: &str,
    parameters: Json,
) -> Result<Json, Refused> {
    match method {
        "tools/list" => {
            let tools = work.episode.workplace.tools();
            let listed = tools.iter().map(|tool| {
                json!({"name": tool.name, "description": tool.description, "inputSchema": tool.schema})
            });
            Ok(json!({"tools": listed.collect::<Vec<_>>()}))
        }
        "tools/call" => match call(work, parameters) {
            Ok(answer) => answer,
            Err(stop) => {
                *halt = Some(stop);
                Err(Reason::Ended.because("the episode is over"))
            }
        },
        _ => Err(Reason::NoMethod.because(format!(
            "there is no method {method:?}: an agent has tools/list and tools/call"
        ))),
    }
}

fn call(work: &mut Work<'_>, parameters: Json) -> Result<Result<Json, Refused>, Halt> {
    let ToolCall { name, arguments } = match ToolCall::deserialize(parameters) {
        Ok(call) => call,
        Err(error) => {
            return Ok(Err(Reason::BadParameters.because(error.to_string())));
        }
    };
    let left = &mut work.episode.limits.steps;
    if *left == 0 {
        return Err(Halt::End(Ending::StepLimit));
    }
    *left -= 1;
    let outcome = work.call(&name, &arguments.unwrap_or_else(|| json!({})))?;
    Ok(match outcome {
        Outcome::Done(result) => Ok(json!({"refused": false, "result": result})),
        Outcome::Refused(reason) => Ok(json!({"refused": true, "result": reason})),
        Outcome::UnknownTool(message) => Err(Reason::BadParameters.because(message)),
    })
}
