//! Answers the tool calls of a program, from the session server and from the two pipes of `exec`, which speak the protocol of PROTOCOL.md. A program
//! reaches the tools of its own session and nothing else.

use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::mpsc::UnboundedReceiver;

use super::failed;
use breakroom_agent::episode::{ActiveEpisode, EpisodeExit};
use breakroom_agent::{AgentEnding, ToolOutcome};
use breakroom_gateway::{ApiError, CallRequest, ErrorCode};
use breakroom_server::stdio::{LONGEST_LINE, answer};

/// The work of an episode, shared by all ways in which calls arrive.
pub(super) type SharedWork<'w, 'e> = Mutex<&'w mut ActiveEpisode<'e>>;

/// The parameters of `tools/call`. There is no session id, since a program has only one session.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallParameters {
    name: String,
    #[serde(default)]
    arguments: Option<Json>,
}

/// Answers the calls that the session server forwards, until the session is closed.
pub(super) async fn serve_forwarded_calls(
    calls: &mut UnboundedReceiver<CallRequest>,
    work: &SharedWork<'_, '_>,
) -> Result<(), EpisodeExit> {
    while let Some(asked) = calls.recv().await {
        let CallRequest {
            tool,
            arguments,
            answer,
        } = asked;
        // If the client has stopped waiting, the call was still made.
        let _ = answer.send(run_call(work, &tool, &arguments)?);
    }
    Ok(())
}

/// Answers requests on the pipes until the program closes its end.
pub(super) async fn serve_pipes(
    requests: Receiver,
    mut answers: Sender,
    work: &SharedWork<'_, '_>,
) -> Result<(), EpisodeExit> {
    let mut requests = BufReader::new(requests);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut requests)
            .take(LONGEST_LINE as u64 + 1)
            .read_until(b'\n', &mut line)
            .await;
        // A broken pipe counts as closed.
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
    work: &SharedWork<'_, '_>,
    halt: &mut Option<EpisodeExit>,
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

fn call(
    work: &SharedWork<'_, '_>,
    parameters: Json,
) -> Result<Result<Json, ApiError>, EpisodeExit> {
    let CallParameters { name, arguments } = match CallParameters::deserialize(parameters) {
        Ok(call) => call,
        Err(error) => {
            return Ok(Err(ErrorCode::BadParameters.with_message(error.to_string())));
        }
    };
    let outcome = run_call(work, &name, &arguments.unwrap_or_else(|| json!({})))?;
    Ok(match outcome {
        ToolOutcome::Done(result) => Ok(json!({"refused": false, "result": result})),
        ToolOutcome::Refused(reason) => Ok(json!({"refused": true, "result": reason})),
        ToolOutcome::UnknownTool(message) => Err(ErrorCode::BadParameters.with_message(message)),
    })
}

/// Runs a call if the program has steps left.
fn run_call(
    work: &SharedWork<'_, '_>,
    tool: &str,
    arguments: &Json,
) -> Result<ToolOutcome, EpisodeExit> {
    let mut work = work.lock().unwrap_or_else(PoisonError::into_inner);
    let left = &mut work.episode.limits.steps;
    if *left == 0 {
        return Err(EpisodeExit::Ending(AgentEnding::StepLimit));
    }
    *left -= 1;
    work.call(tool, arguments)
}
