//! When a fault happens.
//!
//! Each kind of fault happens a limited number of times in a conversation, so that a client can recover. A conversation is known by its task,
//! seed and user, because frameworks rewrite everything else. It begins again if its first request comes again after it was answered without
//! a fault or followed by another request. Nothing is drawn from a shared stream: whether a fault happens follows from the server's seed, the
//! conversation and the position in it, so that conversations at the same time do not change each other's faults.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::faults::{FaultSetting, ReplyFault};

/// How many conversations are remembered. Beyond that, the oldest is forgotten.
const MAX_REMEMBERED: usize = 10_000;

/// A reply's position in its conversation.
#[derive(Clone, Debug)]
pub(super) struct ReplyPosition {
    /// The conversation's key.
    pub(super) conversation: String,
    /// How many replies came before.
    pub(super) step: usize,
}

/// Which faults happened in a conversation.
#[derive(Debug, Default)]
struct ConversationFaults {
    counts: HashMap<ReplyFault, u32>,
    /// Whether it went beyond its first request.
    begun: bool,
}

#[derive(Debug, Default)]
struct FaultHistory {
    known: HashMap<String, ConversationFaults>,
    order: VecDeque<String>,
}

/// Decides when the requested faults happen.
#[derive(Debug)]
pub(super) struct FaultInjector {
    settings: Vec<FaultSetting>,
    seed: u64,
    most: u32,
    history: Mutex<FaultHistory>,
}

impl FaultInjector {
    /// Injects the faults of these settings, each kind at most `most` times in a conversation.
    pub(super) fn new(settings: Vec<FaultSetting>, seed: u64, most: u32) -> FaultInjector {
        FaultInjector {
            settings,
            seed,
            most,
            history: Mutex::default(),
        }
    }

    /// The fault that happens now: the first of the drawn faults for which `done` succeeds.
    pub(super) fn strike(
        &self,
        position: &ReplyPosition,
        mut done: impl FnMut(ReplyFault) -> bool,
    ) -> Option<ReplyFault> {
        if self.settings.is_empty() {
            return None;
        }
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let conversation = history.of(&position.conversation);
        if position.step == 0 && conversation.begun {
            *conversation = ConversationFaults::default();
        }
        conversation.begun |= position.step > 0;
        let happened: u32 = conversation.counts.values().sum();
        let mut drawn: Vec<(f64, ReplyFault)> = self
            .settings
            .iter()
            .filter(|setting| {
                conversation
                    .counts
                    .get(&setting.fault)
                    .copied()
                    .unwrap_or_default()
                    < self.most
            })
            .map(|setting| (setting, self.draw(position, happened, setting.fault)))
            .filter(|(setting, draw)| *draw < setting.rate)
            .map(|(setting, draw)| (draw, setting.fault))
            .collect();
        drawn.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let found = drawn
            .into_iter()
            .map(|(_, fault)| fault)
            .find(|fault| done(*fault));
        match found {
            Some(fault) => *conversation.counts.entry(fault).or_default() += 1,
            None if position.step == 0 => conversation.begun = true,
            None => {}
        }
        found
    }

    /// A number from 0 to 1 that follows from the position alone.
    fn draw(&self, position: &ReplyPosition, happened: u32, fault: ReplyFault) -> f64 {
        let text = format!(
            "{}\n{}\n{happened}\n{}\n{}",
            self.seed,
            position.step,
            fault.name(),
            position.conversation
        );
        let digest = Sha256::digest(text);
        let number = u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]);
        f64::from(number) / (f64::from(u32::MAX) + 1.0)
    }
}

impl FaultHistory {
    fn of(&mut self, conversation: &str) -> &mut ConversationFaults {
        if !self.known.contains_key(conversation) {
            if self.order.len() == MAX_REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
            self.order.push_back(conversation.to_owned());
        }
        self.known.entry(conversation.to_owned()).or_default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn position(conversation: &str, step: usize) -> ReplyPosition {
        ReplyPosition {
            conversation: conversation.to_owned(),
            step,
        }
    }

    #[test]
    fn a_kind_happens_so_many_times_and_a_conversation_can_begin_anew() {
        let settings = vec!["cut".parse().unwrap(), "refusal".parse().unwrap()];
        let faults = FaultInjector::new(settings, 1, 2);
        let strike = |step| faults.strike(&position("one", step), |_| true);
        let mut happened: Vec<ReplyFault> = (0..4).map(|step| strike(step).unwrap()).collect();
        happened.sort();
        assert_eq!(
            happened,
            [
                ReplyFault::Cut,
                ReplyFault::Cut,
                ReplyFault::Refusal,
                ReplyFault::Refusal
            ]
        );
        assert_eq!(strike(4), None);
        for _ in 0..4 {
            assert!(strike(0).is_some(), "anew, since it had gone on");
        }
        assert_eq!(strike(0), None, "a first request that is only asked again");
        assert!(strike(0).is_some(), "anew, since it was answered");
        assert_eq!(
            faults.strike(&position("two", 0), |fault| fault == ReplyFault::Cut),
            Some(ReplyFault::Cut)
        );
    }

    #[test]
    fn a_rate_is_kept_and_follows_from_the_seed() {
        let of_seed = |seed| {
            let faults = FaultInjector::new(vec!["cut=0.3".parse().unwrap()], seed, 1);
            let strikes = (0..1000).map(|number| {
                let position = position(&format!("task {number}"), 0);
                faults.strike(&position, |_| true).is_some()
            });
            strikes.collect::<Vec<bool>>()
        };
        let strikes = of_seed(7);
        let count = strikes.iter().filter(|strike| **strike).count();
        assert!((250..350).contains(&count), "{count}");
        assert_eq!(strikes, of_seed(7));
        assert_ne!(strikes, of_seed(8));
    }

    #[test]
    fn conversations_are_forgotten_in_the_end() {
        let faults = FaultInjector::new(vec!["cut".parse().unwrap()], 1, 1);
        for number in 0..=MAX_REMEMBERED {
            faults.strike(&position(&number.to_string(), 0), |_| true);
        }
        let history = faults.history.lock().unwrap();
        assert_eq!(
            (history.known.len(), history.order.len()),
            (MAX_REMEMBERED, MAX_REMEMBERED)
        );
    }
}
