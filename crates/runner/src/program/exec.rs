//! The agent `exec`: a program that is started for each task. It gets the prompt on standard input, and reaches its session over two pipes or the
//! session server. Its standard output is the answer.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Mutex;

use command_fds::{CommandFdExt, FdMapping};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::process::{Child, ChildStdin};

use super::calls::{serve_forwarded_calls, serve_pipes};
use super::process::{self, ProcessGroup};
use super::session_server::{SessionEndpoint, SessionServer};
use super::{LONGEST_ANSWER, begin, cut_log, exited, failed, not_started};
use breakroom_agent::episode::{ActiveEpisode, EpisodeExit, episode_result};
use breakroom_agent::{AgentEnding, AgentError, Episode, EpisodeEvent, OutputStream};

/// The file descriptors from which the program reads answers and to which it writes requests.
const ANSWERS: i32 = 3;
const REQUESTS: i32 = 4;

/// Lets a program work on a task. A shell starts it.
///
/// # Errors
/// The program cannot be started, or the session fails.
pub async fn exec(
    command: &str,
    server: &SessionServer,
    episode: Episode<'_>,
) -> Result<AgentEnding, AgentError> {
    episode_result(work(command, server, begin(episode)).await)
}

async fn work(
    command: &str,
    server: &SessionServer,
    mut work: ActiveEpisode<'_>,
) -> Result<AgentEnding, EpisodeExit> {
    let endpoint = server.lease(&work.episode);
    let started = start(command, &work.episode, endpoint);
    let started = started.map_err(|error| not_started(command, &error))?;
    let (mut answer, mut log) = (Vec::new(), Vec::new());
    let outcome = run(started, &mut work, &mut answer, &mut log).await;
    let (answer, log) = (
        String::from_utf8_lossy(&answer),
        String::from_utf8_lossy(&log),
    );
    for (stream, text) in [
        (OutputStream::Stdout, &answer),
        (OutputStream::Stderr, &log),
    ] {
        if !text.is_empty() {
            work.notify(EpisodeEvent::ProgramWrote { stream, text });
        }
    }
    let status = outcome?;
    if status.success() {
        return Ok(AgentEnding::Answered(answer.trim().to_owned()));
    }
    Err(exited(command, status, &log))
}

/// A running program.
struct StartedProgram {
    child: Child,
    group: ProcessGroup,
    /// The requests that it sends.
    requests: Receiver,
    /// The answers that it gets.
    answers: Sender,
    endpoint: SessionEndpoint,
}

fn start(
    command: &str,
    episode: &Episode<'_>,
    endpoint: SessionEndpoint,
) -> io::Result<StartedProgram> {
    let (requests, asked) = io::pipe()?;
    let (answered, answers) = io::pipe()?;
    let mapping = |fd: OwnedFd, number| FdMapping {
        parent_fd: fd,
        child_fd: number,
    };
    let mut shell = process::shell(command);
    shell
        .env("BREAKROOM_FD_IN", ANSWERS.to_string())
        .env("BREAKROOM_FD_OUT", REQUESTS.to_string())
        .env("BREAKROOM_CLOCK", episode.clock)
        .env("BREAKROOM_OWNER", episode.owner)
        .env("BREAKROOM_URL", &endpoint.url)
        .env("BREAKROOM_MCP_URL", &endpoint.mcp_url)
        .env("BREAKROOM_TOKEN", &endpoint.token)
        .fd_mappings(vec![
            mapping(answered.into(), ANSWERS),
            mapping(asked.into(), REQUESTS),
        ])
        .map_err(io::Error::other)?;
    // The command owns the program's ends of the pipes, so they are closed on this side once the program is started.
    let (child, group) = process::start(shell)?;
    Ok(StartedProgram {
        child,
        group,
        requests: Receiver::from_owned_fd(requests.into())?,
        answers: Sender::from_owned_fd(answers.into())?,
        endpoint,
    })
}

/// Runs the program to its end, and returns its exit status.
async fn run(
    started: StartedProgram,
    work: &mut ActiveEpisode<'_>,
    answer: &mut Vec<u8>,
    log: &mut Vec<u8>,
) -> Result<std::process::ExitStatus, EpisodeExit> {
    let StartedProgram {
        mut child,
        mut group,
        requests,
        answers,
        mut endpoint,
    } = started;
    let prompt = format!("{}\n", work.episode.task);
    let (deadline, stdin) = (work.deadline, child.stdin.take());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (lease, work) = (endpoint.lease.take(), Mutex::new(work));
    let all = async {
        let exited = async {
            let status = child
                .wait()
                .await
                .map_err(|error| failed(&format!("cannot wait for it: {error}")))?;
            // Processes that it left running would keep the pipes and the session open.
            group.end();
            drop(lease);
            Ok(status)
        };
        let prompted = async {
            write_prompt(stdin, &prompt).await;
            Ok(())
        };
        let (status, (), (), (), (), ()) = tokio::try_join!(
            exited,
            prompted,
            serve_pipes(requests, answers, &work),
            serve_forwarded_calls(&mut endpoint.calls, &work),
            keep_answer(stdout, answer),
            keep_log(stderr, log),
        )?;
        Ok(status)
    };
    match tokio::time::timeout_at(deadline, all).await {
        Ok(outcome) => outcome,
        Err(_) => Err(EpisodeExit::Ending(AgentEnding::TimeLimit)),
    }
}

/// Writes the prompt. A program does not have to read it.
async fn write_prompt(stdin: Option<ChildStdin>, prompt: &str) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(prompt.as_bytes()).await;
        let _ = stdin.shutdown().await;
    }
}

async fn keep_answer(
    from: Option<impl AsyncRead + Unpin>,
    kept: &mut Vec<u8>,
) -> Result<(), EpisodeExit> {
    let Some(from) = from else { return Ok(()) };
    // A broken pipe counts as closed.
    let _ = from.take(LONGEST_ANSWER as u64 + 1).read_to_end(kept).await;
    if kept.len() > LONGEST_ANSWER {
        kept.truncate(LONGEST_ANSWER);
        return Err(failed(&format!(
            "it wrote more than {LONGEST_ANSWER} bytes to standard output"
        )));
    }
    Ok(())
}

async fn keep_log(
    from: Option<impl AsyncRead + Unpin>,
    kept: &mut Vec<u8>,
) -> Result<(), EpisodeExit> {
    let Some(mut from) = from else { return Ok(()) };
    while let Ok(1..) = from.read_buf(kept).await {
        cut_log(kept);
    }
    Ok(())
}
