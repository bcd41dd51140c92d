//! Plays many episodes concurrently. The first Ctrl-C lets running episodes finish and starts no more; the second drops them.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::Result;
use breakroom_tasks::suite::Suite;
use tokio::task::JoinSet;

use crate::episode::{self, RunContext};
use breakroom_record::record::EpisodeKey;
use breakroom_record::writer::{FinishedEpisode, RunWriter};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// Every episode is finished.
    Finished,
    /// The user interrupted it.
    Interrupted,
}

/// Plays the episodes with these keys, `concurrency` at a time, and writes each as it finishes. `on_event` is called for each event.
///
/// # Errors
/// An episode could not be written. Earlier episodes are intact.
pub async fn drive(
    context: Arc<RunContext>,
    suite: Arc<Suite>,
    keys: Vec<EpisodeKey>,
    concurrency: usize,
    writer: &mut RunWriter,
    mut on_event: impl FnMut(RunEvent<'_>),
) -> Result<RunStatus> {
    let mut waiting: VecDeque<EpisodeKey> = keys.into();
    let mut playing: JoinSet<FinishedEpisode> = JoinSet::new();
    let mut keys_by_task = std::collections::HashMap::new();
    let mut interrupted = false;
    let mut interrupts = Interrupts::listen();
    loop {
        while !interrupted && playing.len() < concurrency.max(1) {
            let Some(key) = waiting.pop_front() else {
                break;
            };
            let (context, suite) = (Arc::clone(&context), Arc::clone(&suite));
            let handle = playing.spawn(async move {
                episode::play(&context, &suite.tasks[key.task_index], key.trial).await
            });
            keys_by_task.insert(handle.id(), key);
        }
        if playing.is_empty() {
            return Ok(if interrupted {
                RunStatus::Interrupted
            } else {
                RunStatus::Finished
            });
        }
        tokio::select! {
            joined = playing.join_next_with_id() => {
                let Some(joined) = joined else { continue };
                let finished = match joined {
                    Ok((id, finished)) => {
                        keys_by_task.remove(&id);
                        finished
                    }
                    Err(error) => match keys_by_task.remove(&error.id()) {
                        Some(key) => episode::broken(
                            &context,
                            &suite.tasks[key.task_index],
                            key.trial,
                            &error.to_string(),
                        ),
                        None => continue,
                    },
                };
                on_event(RunEvent::Episode(&finished));
                writer.keep(finished)?;
            }
            () = interrupts.next() => {
                if interrupted {
                    playing.abort_all();
                    return Ok(RunStatus::Interrupted);
                }
                interrupted = true;
                on_event(RunEvent::Interrupted { under_way: playing.len() });
            }
        }
    }
}

/// What happens during a run.
pub enum RunEvent<'a> {
    /// An episode is finished.
    Episode(&'a FinishedEpisode),
    /// The user pressed Ctrl-C once.
    Interrupted {
        /// The number of episodes that will still finish.
        under_way: usize,
    },
}

/// Ctrl-C. Never fires if the signal cannot be received.
struct Interrupts(Option<tokio::signal::unix::Signal>);

impl Interrupts {
    fn listen() -> Interrupts {
        Interrupts(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).ok())
    }

    async fn next(&mut self) {
        let received = match &mut self.0 {
            Some(signal) => signal.recv().await.is_some(),
            None => false,
        };
        if !received {
            std::future::pending::<()>().await;
        }
    }
}
