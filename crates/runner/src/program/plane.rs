//! What a program can reach: the tools of its session, and nothing else. On the two pipes of `exec` it asks in the protocol of PROTOCOL.md.

use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::mpsc::UnboundedReceiver;

use super::failed;
use breakroom_agent::episode::{Halt, Work};
use breakroom_agent::{Ending, Outcome};
use breakroom_gateway::{ApiError, CallRequest, ErrorCode};
use breakroom_server::stdio::{LONGEST_LINE, answer};

/// Work that is asked for in more than one place.
pub(super) type Shared<'w, 'e> = Mutex<&'w mut Work<'e>>;

/// A call; its session is the only one there is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolCall {
    name: String,
    #[serde(default)]
    arguments: Option<Json>,
}

/// Answers what arrives at the door, until nobody can come any more.
pub(super) async fn at_door(
    calls: &mut UnboundedReceiver<CallRequest>,
    work: &Shared<'_, '_>,
) -> Result<(), Halt> {
    while let Some(asked) = calls.recv().await {
        let CallRequest {
            tool,
            arguments,
            answer,
        } = asked;
        // Who does not wait any more got it all the same.
        let _ = answer.send(step(work, &tool, &arguments)?);
    }
    Ok(())
}

/// Answers requests on the pipes until the program closes its end.
pub(super) async fn on_pipes(
    requests: Receiver,
    mut answers: Sender,
    work: &Shared<'_, '_>,
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
    work: &Shared<'_, '_>,
    halt: &mut Option<Halt>,
    method: &str,
    parameters: Json,
) -> Result<Json, ApiError> {
    match method {
        "tools/list" => {
            let work = work.lock().unwrap_or_else(PoisonError::into_inner);
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
                Err(ErrorCode::Ended.with_message("the episode is over"))
            }
        },
        _ => Err(ErrorCode::NoMethod.with_message(format!(
            "there is no method {method:?}: an agent has tools/list and tools/call"
        ))),
    }
}

fn call(work: &Shared<'_, '_>, parameters: Json) -> Result<Result<Json, ApiError>, Halt> {
    let ToolCall { name, arguments } = match ToolCall::deserialize(parameters) {
        Ok(call) => call,
        Err(error) => {
            return Ok(Err(ErrorCode::BadParameters.with_message(error.to_string())));
        }
    };
    let outcome = step(work, &name, &arguments.unwrap_or_else(|| json!({})))?;
    Ok(match outcome {
        Outcome::Done(result) => Ok(json!({"refused": false, "result": result})),
        Outcome::Refused(reason) => Ok(json!({"refused": true, "result": reason})),
        Outcome::UnknownTool(message) => Err(ErrorCode::BadParameters.with_message(message)),
    })
}

/// Runs a call, where the program has steps left.
fn step(work: &Shared<'_, '_>, tool: &str, arguments: &Json) -> Result<Outcome, Halt> {
    let mut work = work.lock().unwrap_or_else(PoisonError::into_inner);
    let left = &mut work.episode.limits.steps;
    if *left == 0 {
        return Err(Halt::End(Ending::StepLimit));
    }
    *left -= 1;
    work.call(tool, arguments)
}
