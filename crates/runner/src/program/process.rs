//! Starts a program with a shell, and kills everything that it started.

use std::io;
use std::process::Stdio;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

/// A shell that runs a command in its own process group, with its three streams piped.
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

/// Starts the shell. File descriptors that it was given stay open on this side until the command is dropped.
pub(super) fn start(mut shell: Command) -> io::Result<(Child, ProcessGroup)> {
    let child = shell.spawn()?;
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    Ok((child, ProcessGroup(id.map(Pid::from_raw))))
}

/// A process group that is killed when it is dropped, for example because its episode is.
pub(super) struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    /// Kills every process of the group, once.
    pub(super) fn end(&mut self) {
        if let Some(group) = self.0.take() {
            // Fails if the group has no processes left, which is what we want.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.end();
    }
}
