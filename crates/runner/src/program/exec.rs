//! The agent `exec`: a program that is started for each task. It gets the prompt on standard input and the session on two pipes and at
//! the door, and its standard output is the answer.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Mutex;

use command_fds::{CommandFdExt, FdMapping};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::process::{Child, ChildStdin};

use super::door::{Behind, Door};
use super::plane::{at_door, on_pipes};
use super::process::{self, Group};
use super::{LONGEST_ANSWER, begin, cut_log, exited, failed, not_started};
use breakroom_agent::episode::{ActiveEpisode, EpisodeExit, episode_result};
use breakroom_agent::{AgentEnding, AgentError, Episode, EpisodeEvent, OutputStream};

/// Where the program reads answers, and where it writes requests.
const ANSWERS: i32 = 3;
const REQUESTS: i32 = 4;

/// Works on a task by a program, which a shell starts.
///
/// # Errors
/// The program cannot be started, or the session fails.
pub async fn exec(
    command: &str,
    door: &Door,
    episode: Episode<'_>,
) -> Result<AgentEnding, AgentError> {
    episode_result(work(command, door, begin(episode)).await)
}

async fn work(
    command: &str,
    door: &Door,
    mut work: ActiveEpisode<'_>,
) -> Result<AgentEnding, EpisodeExit> {
    let behind = door.lend(&work.episode);
    let started = start(command, &work.episode, behind);
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

/// A program that runs.
struct Started {
    child: Child,
    group: Group,
    /// What it asks.
    requests: Receiver,
    /// What it is answered.
    answers: Sender,
    behind: Behind,
}

fn start(command: &str, episode: &Episode<'_>, behind: Behind) -> io::Result<Started> {
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
        .env("BREAKROOM_URL", &behind.url)
        .env("BREAKROOM_MCP_URL", &behind.mcp_url)
        .env("BREAKROOM_TOKEN", &behind.token)
        .fd_mappings(vec![
            mapping(answered.into(), ANSWERS),
            mapping(asked.into(), REQUESTS),
        ])
        .map_err(io::Error::other)?;
    // The program's ends of the pipes go with the command: once it is started, nothing else holds them open.
    let (child, group) = process::start(shell)?;
    Ok(Started {
        child,
        group,
        requests: Receiver::from_owned_fd(requests.into())?,
        answers: Sender::from_owned_fd(answers.into())?,
        behind,
    })
}

/// Runs the program to its end, and says how it exited.
async fn run(
    started: Started,
    work: &mut ActiveEpisode<'_>,
    answer: &mut Vec<u8>,
    log: &mut Vec<u8>,
) -> Result<std::process::ExitStatus, EpisodeExit> {
    let Started {
        mut child,
        mut group,
        requests,
        answers,
        mut behind,
    } = started;
    let prompt = format!("{}\n", work.episode.task);
    let (deadline, stdin) = (work.deadline, child.stdin.take());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (lease, work) = (behind.lease.take(), Mutex::new(work));
    let all = async {
        let exited = async {
            let status = child
                .wait()
                .await
                .map_err(|error| failed(&format!("it cannot be waited for: {error}")))?;
            // Whatever it left running would keep the pipes open, and the door.
            group.end();
            drop(lease);
            Ok(status)
        };
        let told = async {
            tell(stdin, &prompt).await;
            Ok(())
        };
        let (status, (), (), (), (), ()) = tokio::try_join!(
            exited,
            told,
            on_pipes(requests, answers, &work),
            at_door(&mut behind.calls, &work),
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

/// Writes the prompt. A program need not read it.
async fn tell(stdin: Option<ChildStdin>, prompt: &str) {
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
