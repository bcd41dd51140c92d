//! Many episodes at once. The first Ctrl-C lets those under way finish and starts no more; the second drops them.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::Result;
use breakroom_tasks::suite::Suite;
use tokio::task::JoinSet;

use crate::episode::{self, RunContext};
use breakroom_record::record::EpisodeKey;
use breakroom_record::writer::{FinishedEpisode, RunWriter};

/// Why a drive was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// Every episode is done.
    Finished,
    /// The user broke it off.
    Interrupted,
}

/// Plays the episodes at those keys, so many at a time, and keeps each as it finishes. `told` is told of each.
///
/// # Errors
/// An episode could not be kept. Those kept before are whole.
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
    let mut who = std::collections::HashMap::new();
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
            who.insert(handle.id(), key);
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
                        who.remove(&id);
                        finished
                    }
                    Err(error) => match who.remove(&error.id()) {
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

/// What a drive tells while it goes on.
pub enum RunEvent<'a> {
    /// An episode is done.
    Episode(&'a FinishedEpisode),
    /// The user pressed Ctrl-C once.
    Interrupted {
        /// Episodes that will be finished.
        under_way: usize,
    },
}

/// Ctrl-C, or never where the system does not tell of it.
struct Interrupts(Option<tokio::signal::unix::Signal>);

impl Interrupts {
    fn listen() -> Interrupts {
        Interrupts(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).ok())
    }

    async fn next(&mut self) {
        let heard = match &mut self.0 {
            Some(signal) => signal.recv().await.is_some(),
            None => false,
        };
        if !heard {
            std::future::pending::<()>().await;
        }
    }
}
