//! Starting a program with a session's pipes, and ending all that it started.

use std::io;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use command_fds::{CommandFdExt, FdMapping};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::process::{Child, Command};

use crate::agent::Episode;

/// Where the program reads answers, and where it writes requests.
const ANSWERS: i32 = 3;
const REQUESTS: i32 = 4;

/// A program that runs.
pub(super) struct Started {
    pub(super) child: Child,
    pub(super) group: Group,
    /// What it asks.
    pub(super) requests: Receiver,
    /// What it is answered.
    pub(super) answers: Sender,
}

/// Starts a program by a shell, in a process group of its own.
pub(super) fn start(command: &str, episode: &Episode<'_>) -> io::Result<Started> {
    let (requests, asked) = io::pipe()?;
    let (answered, answers) = io::pipe()?;
    let mapping = |fd: OwnedFd, number| FdMapping {
        parent_fd: fd,
        child_fd: number,
    };
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("BREAKROOM_FD_IN", ANSWERS.to_string())
        .env("BREAKROOM_FD_OUT", REQUESTS.to_string())
        .env("BREAKROOM_CLOCK", episode.clock)
        .env("BREAKROOM_OWNER", episode.owner)
        .process_group(0)
        .kill_on_drop(true)
        .fd_mappings(vec![
            mapping(answered.into(), ANSWERS),
            mapping(asked.into(), REQUESTS),
        ])
        .map_err(io::Error::other)?;
    let child = shell.spawn()?;
    let group = Group(
        child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .map(Pid::from_raw),
    );
    // The program's ends of the pipes go with the command: once it is gone, nothing holds them open.
    drop(shell);
    Ok(Started {
        child,
        group,
        requests: Receiver::from_owned_fd(requests.into())?,
        answers: Sender::from_owned_fd(answers.into())?,
    })
}

/// A process group that ends with its owner, be it that an episode is dropped half way.
pub(super) struct Group(Option<Pid>);

impl Group {
    /// Kills every process of the group, once.
    pub(super) fn end(&mut self) {
        if let Some(group) = self.0.take() {
            // A group without processes is what is wanted.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}
