//! Starting a program by a shell, and ending all that it started.

use std::io;
use std::process::Stdio;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

/// A shell that will run a command in a process group of its own, with its three streams piped.
pub(super) fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    shell
}

/// Starts it. What it was given stays open on this side for as long as the command lives.
pub(super) fn start(mut shell: Command) -> io::Result<(Child, ProcessGroup)> {
    let child = shell.spawn()?;
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    Ok((child, ProcessGroup(id.map(Pid::from_raw))))
}

/// A process group that ends with its owner, be it that an episode is dropped half way.
pub(super) struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    /// Kills every process of the group, once.
    pub(super) fn end(&mut self) {
        if let Some(group) = self.0.take() {
            // A group without processes is what is wanted.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.end();
    }
}
