//! Agents that are programs: started anew for each task (`exec`), or once for many (`worker`). `docs/agents.md` is for those who write one.
//!
//! A program runs in a process group of its own, which is gone when its work is over, however that comes about.
//!
//! | module | what it holds |
//! |---|---|
//! | `exec` | a program that is started for each task: the prompt on standard input, the answer on standard output |
//! | `worker` | a program that is started once: a line for each task, and a line for its answer |
//! | `door` | where programs reach their session over HTTP and MCP |
//! | `plane` | what is asked there, or on the two pipes of `exec` |
//! | `process` | starting a program, and ending all that it started |

mod calls;
mod exec;
mod process;
mod session_server;
mod worker;

pub use exec::exec;
pub use session_server::SessionServer;
pub use worker::WorkerPool;

use breakroom_agent::episode::{Halt, Work};
use breakroom_agent::{AgentError, Ending, Episode, Event};
use breakroom_model::chat::Message;

/// How much a program may write to standard output for one task: 1 MiB.
const LONGEST_ANSWER: usize = 1 << 20;

/// How much of the end of standard error is kept: 64 KiB.
const KEPT_LOG: usize = 64 << 10;

/// What a shell says of a command that it cannot run, or not find.
const NOT_RUN: [i32; 2] = [126, 127];

/// Work of a program begins, which is told the task and nothing else.
fn begin(episode: Episode<'_>) -> Work<'_> {
    let mut work = Work::begin(episode);
    let messages = [Message::User {
        text: work.episode.task.to_owned(),
    }];
    work.saw(Event::Began {
        messages: &messages,
        tools: &[],
    });
    work
}

/// The program failed.
fn failed(what: &str) -> Halt {
    Halt::End(Ending::ProgramFailed(what.to_owned()))
}

fn not_started(command: &str, error: &std::io::Error) -> Halt {
    Halt::Fault(AgentError::Program(format!(
        "cannot start {command:?}: {error}"
    )))
}

/// What a program that exited comes to, by its status and the end of its log.
fn exited(command: &str, status: std::process::ExitStatus, log: &str) -> Halt {
    let last = log
        .trim()
        .lines()
        .next_back()
        .unwrap_or("it said nothing on standard error");
    if status.code().is_some_and(|code| NOT_RUN.contains(&code)) {
        return Halt::Fault(AgentError::Program(format!(
            "cannot run {command:?}: {last}"
        )));
    }
    failed(&format!("{status}: {last}"))
}

/// Forgets all of a log but its end, once it is much too long.
fn cut_log(log: &mut Vec<u8>) {
    if log.len() > 2 * KEPT_LOG {
        log.drain(..log.len() - KEPT_LOG);
    }
}
