//! The agent `worker`: a program that is started once and works on one task after the other, so that what it loads is loaded once. It
//! gets a line for each task and says a line when it is done; the session is at the door.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::door::{Behind, Door};
use super::plane::at_door;
use super::process::{self, Group};
use super::{LONGEST_ANSWER, begin, cut_log, exited, failed, not_started};
use breakroom_agent::episode::{ActiveEpisode, EpisodeExit, episode_result};
use breakroom_agent::program::{FORMAT_VERSION, TaskLine, WorkerLine};
use breakroom_agent::{AgentEnding, AgentError, Episode, EpisodeEvent, OutputStream};

/// How long a program may take to end once there is no more to do, and its log to be read once it has.
const PATIENCE: Duration = Duration::from_secs(5);

/// The processes of one command: as many as tasks are worked on at once.
pub struct Workers {
    command: String,
    /// What its processes find in their environment beside what this one has.
    environment: Vec<(String, String)>,
    idle: Mutex<Vec<Running>>,
}

/// A process.
struct Running {
    child: Child,
    group: Group,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    log: Arc<Mutex<Vec<u8>>>,
    logging: JoinHandle<()>,
}

impl Workers {
    /// None yet.
    pub fn new(command: &str) -> Workers {
        Workers {
            command: command.to_owned(),
            environment: Vec::new(),
            idle: Mutex::default(),
        }
    }

    /// Those whose processes also have these variables in their environment.
    #[must_use]
    pub fn with_environment(self, environment: Vec<(String, String)>) -> Workers {
        Workers {
            environment,
            ..self
        }
    }

    /// Works on a task by a process that has none, or a new one.
    ///
    /// # Errors
    /// The program cannot be started, or the session fails.
    pub async fn work(&self, door: &Door, episode: Episode<'_>) -> Result<AgentEnding, AgentError> {
        episode_result(self.work_on(door, begin(episode)).await)
    }

    /// Lets every process end by itself: there is no more to do. One that does not is killed.
    pub async fn close(&self) {
        for running in self.take_idle() {
            let Running {
                mut child, stdin, ..
            } = running;
            drop(stdin);
            let _ = timeout(PATIENCE, child.wait()).await;
        }
    }

    fn take_idle(&self) -> Vec<Running> {
        std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn work_on(
        &self,
        door: &Door,
        mut work: ActiveEpisode<'_>,
    ) -> Result<AgentEnding, EpisodeExit> {
        let mut running = match self.living() {
            Some(running) => running,
            None => Running::start(&self.command, &self.environment)
                .map_err(|error| not_started(&self.command, &error))?,
        };
        let said = running.say(&self.command, door, &mut work).await;
        let log = running.take_log();
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
        idle.push(running);
        Ok(match line {
            WorkerLine::Answer(words) => AgentEnding::Answered(words),
            WorkerLine::Error(why) => AgentEnding::ProgramGaveUp(why),
        })
    }

    /// A process that waits for a task.
    fn living(&self) -> Option<Running> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let mut running = idle.pop()?;
            if matches!(running.child.try_wait(), Ok(None)) {
                return Some(running);
            }
        }
    }
}

impl Running {
    fn start(command: &str, environment: &[(String, String)]) -> std::io::Result<Running> {
        let mut shell = process::shell(command);
        shell.envs(environment.iter().cloned());
        let (mut child, group) = process::start(shell)?;
        let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = streams else {
            return Err(std::io::Error::other("it has no streams"));
        };
        let log = Arc::new(Mutex::new(Vec::new()));
        Ok(Running {
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

    /// Tells it a task, and waits for its line.
    async fn say(
        &mut self,
        command: &str,
        door: &Door,
        work: &mut ActiveEpisode<'_>,
    ) -> Result<Vec<u8>, EpisodeExit> {
        let deadline = work.deadline;
        let Behind {
            url,
            mcp_url,
            token,
            mut calls,
            lease: _lease,
        } = door.lend(&work.episode);
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
            // One that has ended does not read, and the end of its output says so.
            let _ = stdin.write_all(format!("{task}\n").as_bytes()).await;
            let _ = stdin.flush().await;
            let mut line = Vec::new();
            let longest = LONGEST_ANSWER as u64 + 1;
            let _ = stdout.take(longest).read_until(b'\n', &mut line).await;
            line
        };
        let line = tokio::select! {
            line = said => line,
            Err(halt) = at_door(&mut calls, &work) => return Err(halt),
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
        let status = timeout(PATIENCE, self.child.wait()).await;
        self.group.end();
        let _ = timeout(PATIENCE, &mut self.logging).await;
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        Err(match status {
            Ok(Ok(status)) => exited(command, status, &String::from_utf8_lossy(&log)),
            _ => failed("it closed its standard output, and did not end"),
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
