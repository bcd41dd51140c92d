//! The agent `exec`: any program. It gets the prompt on standard input and the session on two pipes, and its standard output is
//! the answer. `docs/agents.md` is for those who write one.
//!
//! The program runs in a process group of its own, which is gone when the episode is over, however that comes about.

mod plane;
mod process;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::ChildStdin;

use super::episode::{Halt, Work, ended};
use super::{AgentError, Ending, Episode, Event, Output};
use crate::model::chat::Message;
use process::Started;

/// How much a program may write to standard output: 1 MiB.
const LONGEST_ANSWER: usize = 1 << 20;

/// How much of the end of standard error is kept: 64 KiB.
const KEPT_LOG: usize = 64 << 10;

/// What a shell says of a command that it cannot run, or not find.
const NOT_RUN: [i32; 2] = [126, 127];

/// Works on a task by a program, which a shell starts.
///
/// # Errors
/// The program cannot be started, or the session fails.
pub async fn exec(command: &str, episode: Episode<'_>) -> Result<Ending, AgentError> {
    ended(work(command, Work::begin(episode)).await)
}

async fn work(command: &str, mut work: Work<'_>) -> Result<Ending, Halt> {
    let messages = [Message::User {
        text: work.episode.task.to_owned(),
    }];
    work.saw(Event::Began {
        messages: &messages,
        tools: &[],
    });
    let mut started = process::start(command, &work.episode).map_err(|error| {
        Halt::Fault(AgentError::Program(format!(
            "cannot start {command:?}: {error}"
        )))
    })?;
    let (mut answer, mut log) = (Vec::new(), Vec::new());
    let outcome = run(&mut started, &mut work, &mut answer, &mut log).await;
    started.group.end();
    let (answer, log) = (
        String::from_utf8_lossy(&answer),
        String::from_utf8_lossy(&log),
    );
    for (output, text) in [(Output::Answer, &answer), (Output::Log, &log)] {
        if !text.is_empty() {
            work.saw(Event::Wrote { output, text });
        }
    }
    let status = outcome?;
    if status.success() {
        return Ok(Ending::Answered(answer.trim().to_owned()));
    }
    let last = log
        .trim()
        .lines()
        .next_back()
        .unwrap_or("it said nothing on standard error");
    if status.code().is_some_and(|code| NOT_RUN.contains(&code)) {
        return Err(Halt::Fault(AgentError::Program(format!(
            "cannot run {command:?}: {last}"
        ))));
    }
    Ok(Ending::ProgramFailed(format!("{status}: {last}")))
}

/// Runs the program to its end, and says how it exited.
async fn run(
    started: &mut Started,
    work: &mut Work<'_>,
    answer: &mut Vec<u8>,
    log: &mut Vec<u8>,
) -> Result<std::process::ExitStatus, Halt> {
    let Started {
        child,
        group,
        requests,
        answers,
    } = started;
    let prompt = format!("{}\n", work.episode.task);
    let (deadline, stdin) = (work.deadline, child.stdin.take());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let all = async {
        let exited = async {
            let status = child
                .wait()
                .await
                .map_err(|error| failed(&format!("it cannot be waited for: {error}")))?;
            // Whatever it left running would keep the pipes open.
            group.end();
            Ok(status)
        };
        let told = async {
            tell(stdin, &prompt).await;
            Ok(())
        };
        let (status, (), (), (), ()) = tokio::try_join!(
            exited,
            told,
            plane::serve(requests, answers, work),
            keep_answer(stdout, answer),
            keep_log(stderr, log),
        )?;
        Ok(status)
    };
    match tokio::time::timeout_at(deadline, all).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Halt::End(Ending::TimeLimit)),
    }
}

fn failed(what: &str) -> Halt {
    Halt::End(Ending::ProgramFailed(what.to_owned()))
}

/// Writes the prompt. A program need not read it.
async fn tell(stdin: Option<ChildStdin>, prompt: &str) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(prompt.as_bytes()).await;
        let _ = stdin.shutdown().await;
    }
}

async fn keep_answer(from: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) -> Result<(), Halt> {
    let Some(from) = from else { return Ok(()) };
    // A pipe that breaks has ended.
    let _ = from.take(LONGEST_ANSWER as u64 + 1).read_to_end(kept).await;
    if kept.len() > LONGEST_ANSWER {
        kept.truncate(LONGEST_ANSWER);
        return Err(failed(&format!(
            "it wrote more than {LONGEST_ANSWER} bytes to standard output"
        )));
    }
    Ok(())
}

async fn keep_log(from: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) -> Result<(), Halt> {
    let Some(mut from) = from else { return Ok(()) };
    while let Ok(1..) = from.read_buf(kept).await {
        if kept.len() > 2 * KEPT_LOG {
            kept.drain(..kept.len() - KEPT_LOG);
        }
    }
    Ok(())
}
