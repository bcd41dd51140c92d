//! Agents that are programs: started for each task (`exec`), or once for many tasks (`worker`). `docs/agents.md` explains how to write one.
//!
//! A program runs in its own process group, which is killed when the work is over, however it ended.
//!
//! | module | what it holds |
//! |---|---|
//! | `exec` | a program that is started for each task: the prompt on standard input, the answer on standard output |
//! | `worker` | a program that is started once: a line for each task, and a line for its answer |
//! | `session_server` | where programs reach their session over HTTP and MCP |
//! | `calls` | answering the calls that arrive there, or on the two pipes of `exec` |
//! | `process` | starting a program, and killing everything that it started |

mod calls;
mod exec;
mod process;
mod session_server;
mod worker;

pub use exec::exec;
pub use session_server::SessionServer;
pub use worker::WorkerPool;

use breakroom_agent::episode::{ActiveEpisode, EpisodeExit};
use breakroom_agent::{AgentEnding, AgentError, Episode, EpisodeEvent};
use breakroom_model::chat::Message;

/// How much a program may write to standard output for one task: 1 MiB.
const LONGEST_ANSWER: usize = 1 << 20;

/// How much of the end of standard error is kept: 64 KiB.
const KEPT_LOG: usize = 64 << 10;

/// The exit codes with which a shell reports a command that it cannot run or find.
const NOT_RUN: [i32; 2] = [126, 127];

/// Begins the work of a program, which is told only the task.
fn begin(episode: Episode<'_>) -> ActiveEpisode<'_> {
    let mut work = ActiveEpisode::start(episode);
    let messages = [Message::User {
        text: work.episode.task.to_owned(),
    }];
    work.notify(EpisodeEvent::ConversationStarted {
        messages: &messages,
        tools: &[],
    });
    work
}

/// The program failed.
fn failed(what: &str) -> EpisodeExit {
    EpisodeExit::Ending(AgentEnding::ProgramFailed(what.to_owned()))
}

fn not_started(command: &str, error: &std::io::Error) -> EpisodeExit {
    EpisodeExit::Fault(AgentError::Program(format!(
        "cannot start {command:?}: {error}"
    )))
}

/// How an episode ends whose program exited too early, by the exit status and the end of its log.
fn exited(command: &str, status: std::process::ExitStatus, log: &str) -> EpisodeExit {
    let last = log
        .trim()
        .lines()
        .next_back()
        .unwrap_or("it wrote nothing to standard error");
    if status.code().is_some_and(|code| NOT_RUN.contains(&code)) {
        return EpisodeExit::Fault(AgentError::Program(format!(
            "cannot run {command:?}: {last}"
        )));
    }
    failed(&format!("{status}: {last}"))
}

/// Drops all but the end of a log once it is twice as long as what is kept.
fn cut_log(log: &mut Vec<u8>) {
    if log.len() > 2 * KEPT_LOG {
        log.drain(..log.len() - KEPT_LOG);
    }
}
