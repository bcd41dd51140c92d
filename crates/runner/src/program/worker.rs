//! The agent `worker`: a program that is started once and works on one task after the other, so that it loads its modules only once. It
//! reads a line for each task and writes a line when it is done. It reaches the session over the session server.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::calls::serve_forwarded_calls;
use super::process::{self, ProcessGroup};
use super::session_server::{SessionEndpoint, SessionServer};
use super::{LONGEST_ANSWER, begin, cut_log, exited, failed, not_started};
use breakroom_agent::episode::{ActiveEpisode, EpisodeExit, episode_result};
use breakroom_agent::program::{FORMAT_VERSION, TaskLine, WorkerLine};
use breakroom_agent::{AgentEnding, AgentError, Episode, EpisodeEvent, OutputStream};

/// How long a program may take to exit once its input is closed, and how long reading the rest of its log may take.
const EXIT_TIMEOUT: Duration = Duration::from_secs(5);

/// The processes of one command: one for each task that is worked on at the same time.
pub struct WorkerPool {
    command: String,
    /// Environment variables that its processes get in addition to those of this process.
    environment: Vec<(String, String)>,
    idle: Mutex<Vec<WorkerProcess>>,
}

/// A worker process.
struct WorkerProcess {
    child: Child,
    group: ProcessGroup,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    log: Arc<Mutex<Vec<u8>>>,
    logging: JoinHandle<()>,
}

impl WorkerPool {
    /// A pool without processes.
    pub fn new(command: &str) -> WorkerPool {
        WorkerPool {
            command: command.to_owned(),
            environment: Vec::new(),
            idle: Mutex::default(),
        }
    }

    /// The same pool, whose processes also get these environment variables.
    #[must_use]
    pub fn with_environment(self, environment: Vec<(String, String)>) -> WorkerPool {
        WorkerPool {
            environment,
            ..self
        }
    }

    /// Lets an idle process work on a task, or a new one.
    ///
    /// # Errors
    /// The program cannot be started, or the session fails.
    pub async fn work(
        &self,
        server: &SessionServer,
        episode: Episode<'_>,
    ) -> Result<AgentEnding, AgentError> {
        episode_result(self.work_on(server, begin(episode)).await)
    }

    /// Closes the input of every process and waits for it to exit. A process that does not exit is killed.
    pub async fn close(&self) {
        for process in self.take_idle() {
            let WorkerProcess {
                mut child, stdin, ..
            } = process;
            drop(stdin);
            let _ = timeout(EXIT_TIMEOUT, child.wait()).await;
        }
    }

    fn take_idle(&self) -> Vec<WorkerProcess> {
        std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn work_on(
        &self,
        server: &SessionServer,
        mut work: ActiveEpisode<'_>,
    ) -> Result<AgentEnding, EpisodeExit> {
        let mut process = match self.idle_process() {
            Some(process) => process,
            None => WorkerProcess::start(&self.command, &self.environment)
                .map_err(|error| not_started(&self.command, &error))?,
        };
        let said = process.run_task(&self.command, server, &mut work).await;
        let log = process.take_log();
        if !log.is_empty() {
            let log = String::from_utf8_lossy(&log);
            let (stream, text) = (OutputStream::Stderr, &log);
            work.notify(EpisodeEvent::ProgramWrote { stream, text });
        }
        let said = said?;
        let text = &String::from_utf8_lossy(&said);
        let stream = OutputStream::Stdout;
        work.notify(EpisodeEvent::ProgramWrote { stream, text });
        let line: WorkerLine = serde_json::from_slice(&said).map_err(|error| {
            failed(&format!(
                "its line is neither {{\"answer\": TEXT}} nor {{\"error\": TEXT}}: {error}"
            ))
        })?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(process);
        Ok(match line {
            WorkerLine::Answer(words) => AgentEnding::Answered(words),
            WorkerLine::Error(why) => AgentEnding::ProgramGaveUp(why),
        })
    }

    /// An idle process that is still running.
    fn idle_process(&self) -> Option<WorkerProcess> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let mut process = idle.pop()?;
            if matches!(process.child.try_wait(), Ok(None)) {
                return Some(process);
            }
        }
    }
}

impl WorkerProcess {
    fn start(command: &str, environment: &[(String, String)]) -> std::io::Result<WorkerProcess> {
        let mut shell = process::shell(command);
        shell.envs(environment.iter().cloned());
        let (mut child, group) = process::start(shell)?;
        let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = streams else {
            return Err(std::io::Error::other("it has no streams"));
        };
        let log = Arc::new(Mutex::new(Vec::new()));
        Ok(WorkerProcess {
            logging: tokio::spawn(keep_log(stderr, Arc::clone(&log))),
            child,
            group,
            stdin,
            stdout: BufReader::new(stdout),
            log,
        })
    }

    fn take_log(&self) -> Vec<u8> {
        std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes a task and waits for the answer.
    async fn run_task(
        &mut self,
        command: &str,
        server: &SessionServer,
        work: &mut ActiveEpisode<'_>,
    ) -> Result<Vec<u8>, EpisodeExit> {
        let deadline = work.deadline;
        let SessionEndpoint {
            url,
            mcp_url,
            token,
            mut calls,
            lease: _lease,
        } = server.lease(&work.episode);
        let task = TaskLine {
            format_version: FORMAT_VERSION,
            prompt: work.episode.task.to_owned(),
            clock: work.episode.clock.to_owned(),
            owner: work.episode.owner.to_owned(),
            url,
            mcp_url,
            token,
        };
        let task = serde_json::to_string(&task).expect("texts can be written");
        let work = Mutex::new(work);
        let (stdin, stdout) = (&mut self.stdin, &mut self.stdout);
        let said = async {
            // If the process has exited, writing fails, and so does reading its output.
            let _ = stdin.write_all(format!("{task}\n").as_bytes()).await;
            let _ = stdin.flush().await;
            let mut line = Vec::new();
            let longest = LONGEST_ANSWER as u64 + 1;
            let _ = stdout.take(longest).read_until(b'\n', &mut line).await;
            line
        };
        let line = tokio::select! {
            line = said => line,
            Err(halt) = serve_forwarded_calls(&mut calls, &work) => return Err(halt),
            () = tokio::time::sleep_until(deadline) => return Err(EpisodeExit::Ending(AgentEnding::TimeLimit)),
        };
        if line.len() > LONGEST_ANSWER {
            return Err(failed(&format!(
                "it wrote a line of more than {LONGEST_ANSWER} bytes to standard output"
            )));
        }
        if line.last() == Some(&b'\n') {
            return Ok(line);
        }
        let status = timeout(EXIT_TIMEOUT, self.child.wait()).await;
        self.group.end();
        let _ = timeout(EXIT_TIMEOUT, &mut self.logging).await;
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        Err(match status {
            Ok(Ok(status)) => exited(command, status, &String::from_utf8_lossy(&log)),
            _ => failed("it closed its standard output and did not exit"),
        })
    }
}

async fn keep_log(mut from: ChildStderr, log: Arc<Mutex<Vec<u8>>>) {
    let mut read = Vec::new();
    while let Ok(1..) = from.read_buf(&mut read).await {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.append(&mut read);
        cut_log(&mut log);
    }
}
