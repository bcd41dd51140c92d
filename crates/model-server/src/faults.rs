//! The list of faults, and when one happens.
//!
//! Each kind happens at most so many times in a conversation, so that a client can recover. A conversation is known by its task, its seed and
//! its user, since frameworks rewrite all else; it begins anew when its first request comes again after it was answered well or followed by
//! another. Nothing is drawn from a shared stream: whether a fault happens follows from the server's seed, the conversation and the place in it,
//! so that conversations at the same time do not change each other's faults.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Conversations that are remembered; of more, the oldest is forgotten.
const REMEMBERED: usize = 10_000;

/// Declares the faults once: each with its name on the command line and in logs, and what it does.
macro_rules! faults {
    ($($fault:ident, $name:literal, $description:literal;)*) => {
        /// What can go wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum ReplyFault {
            $(#[doc = $description] $fault,)*
        }

        impl ReplyFault {
            /// Every fault.
            pub const ALL: &[ReplyFault] = &[$(ReplyFault::$fault),*];

            /// Its name on the command line and in logs.
            pub fn name(self) -> &'static str {
                match self {
                    $(ReplyFault::$fault => $name,)*
                }
            }

            /// What happens, in one line.
            pub fn description(self) -> &'static str {
                match self {
                    $(ReplyFault::$fault => $description,)*
                }
            }
        }
    };
}

faults! {
    MalformedArguments, "malformed-arguments", "The arguments of a call are no JSON: a colon is missing";
    StringArguments, "string-arguments", "The arguments are a JSON text that holds the object";
    UnknownTool, "unknown-tool", "The call names a tool that nobody offered";
    MissingArgument, "missing-argument", "A required argument is left out";
    ExtraArgument, "extra-argument", "An argument is given that the tool does not have";
    TwoCalls, "two-calls", "Two calls are made in one turn";
    RepeatedId, "repeated-id", "The id of an earlier call is used again (not in text)";
    EmptyReply, "empty-reply", "The reply has neither text nor calls";
    EarlyAnswer, "early-answer", "It says that it is done, and did not do it";
    Chatter, "chatter", "There is prose before and after the JSON";
    LongText, "long-text", "A text of 200,000 letters stands before the call";
    Unicode, "unicode", "The text holds letters of every kind: of several code units, combining, from right to left, invisible, line ends that are none";
    Cut, "cut", "The answer breaks off in the middle, stream or not";
    RateLimit, "rate-limit", "Status 429, with Retry-After";
    ServerError, "server-error", "Status 500";
    Timeout, "timeout", "No answer comes for long";
    ContextLength, "context-length", "Status 400: the conversation is too long";
    Refusal, "refusal", "The model refuses";
}

impl ReplyFault {
    /// The list for `--help`.
    pub fn list() -> String {
        let faults = ReplyFault::ALL.iter();
        faults
            .map(|fault| format!("  {:<20} {}\n", fault.name(), fault.description()))
            .collect()
    }
}

/// A fault that is asked for, and how often it happens where it can.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultSetting {
    /// The fault.
    pub fault: ReplyFault,
    /// From 0 to 1.
    pub rate: f64,
}

impl std::str::FromStr for FaultSetting {
    type Err = String;

    fn from_str(text: &str) -> Result<FaultSetting, String> {
        let (name, rate) = match text.split_once('=') {
            Some((name, rate)) => (name, rate.parse().ok()),
            None => (text, Some(1.0)),
        };
        let rate = rate.filter(|rate| (0.0..=1.0).contains(rate));
        let rate =
            rate.ok_or_else(|| format!("{text:?} has no rate from 0 to 1: write KIND=0.2"))?;
        let fault = ReplyFault::ALL.iter().find(|fault| fault.name() == name);
        let fault =
            *fault.ok_or_else(|| format!("there is no fault {name:?}: --help lists them"))?;
        Ok(FaultSetting { fault, rate })
    }
}

impl std::fmt::Display for FaultSetting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.fault.name())?;
        if self.rate < 1.0 {
            write!(formatter, "={}", self.rate)?;
        }
        Ok(())
    }
}

/// Where in a conversation a reply stands.
#[derive(Clone, Debug)]
pub(super) struct ReplyPosition {
    /// Names the conversation.
    pub(super) conversation: String,
    /// Replies before.
    pub(super) step: usize,
}

/// What happened in a conversation.
#[derive(Debug, Default)]
struct ConversationFaults {
    counts: HashMap<ReplyFault, u32>,
    /// Whether it got past its first request.
    begun: bool,
}

#[derive(Debug, Default)]
struct FaultHistory {
    known: HashMap<String, ConversationFaults>,
    order: VecDeque<String>,
}

/// The faults that are asked for, and what happened so far.
#[derive(Debug)]
pub(super) struct FaultInjector {
    settings: Vec<FaultSetting>,
    seed: u64,
    most: u32,
    pasts: Mutex<FaultHistory>,
}

impl FaultInjector {
    /// Faults by these settings; each kind at most so many times in a conversation.
    pub(super) fn new(settings: Vec<FaultSetting>, seed: u64, most: u32) -> FaultInjector {
        FaultInjector {
            settings,
            seed,
            most,
            pasts: Mutex::default(),
        }
    }

    /// The fault that happens now: of those that are drawn here, the first that can be done.
    pub(super) fn strike(
        &self,
        place: &ReplyPosition,
        mut done: impl FnMut(ReplyFault) -> bool,
    ) -> Option<ReplyFault> {
        if self.settings.is_empty() {
            return None;
        }
        let mut pasts = self.pasts.lock().unwrap_or_else(PoisonError::into_inner);
        let past = pasts.of(&place.conversation);
        if place.step == 0 && past.begun {
            *past = ConversationFaults::default();
        }
        past.begun |= place.step > 0;
        let happened: u32 = past.counts.values().sum();
        let mut drawn: Vec<(f64, ReplyFault)> = self
            .settings
            .iter()
            .filter(|setting| {
                past.counts.get(&setting.fault).copied().unwrap_or_default() < self.most
            })
            .map(|setting| (setting, self.draw(place, happened, setting.fault)))
            .filter(|(setting, draw)| *draw < setting.rate)
            .map(|(setting, draw)| (draw, setting.fault))
            .collect();
        drawn.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let found = drawn
            .into_iter()
            .map(|(_, fault)| fault)
            .find(|fault| done(*fault));
        match found {
            Some(fault) => *past.counts.entry(fault).or_default() += 1,
            None if place.step == 0 => past.begun = true,
            None => {}
        }
        found
    }

    /// A number from 0 to 1 that follows from the place alone.
    fn draw(&self, place: &ReplyPosition, happened: u32, fault: ReplyFault) -> f64 {
        let text = format!(
            "{}\n{}\n{happened}\n{}\n{}",
            self.seed,
            place.step,
            fault.name(),
            place.conversation
        );
        let digest = Sha256::digest(text);
        let number = u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]);
        f64::from(number) / (f64::from(u32::MAX) + 1.0)
    }
}

impl FaultHistory {
    fn of(&mut self, conversation: &str) -> &mut ConversationFaults {
        if !self.known.contains_key(conversation) {
            if self.order.len() == REMEMBERED
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

    fn place(conversation: &str, step: usize) -> ReplyPosition {
        ReplyPosition {
            conversation: conversation.to_owned(),
            step,
        }
    }

    #[test]
    fn faults_are_named_and_listed() {
        assert_eq!(
            "rate-limit=0.25".parse(),
            Ok(FaultSetting {
                fault: ReplyFault::RateLimit,
                rate: 0.25
            })
        );
        for wrong in ["cut=2", "cut=x", "cut=-1", "storm", ""] {
            assert!(wrong.parse::<FaultSetting>().is_err(), "{wrong}");
        }
        for fault in ReplyFault::ALL {
            assert_eq!(fault.name().parse::<FaultSetting>().unwrap().fault, *fault);
        }
        insta::assert_snapshot!(ReplyFault::list());
    }

    #[test]
    fn the_page_for_users_has_every_fault() {
        let page = include_str!("../../../docs/model-server.md");
        for fault in ReplyFault::ALL {
            let name = format!("`{}`", fault.name());
            assert!(page.contains(&name), "{name}");
        }
    }

    #[test]
    fn a_kind_happens_so_many_times_and_a_conversation_can_begin_anew() {
        let settings = vec!["cut".parse().unwrap(), "refusal".parse().unwrap()];
        let faults = FaultInjector::new(settings, 1, 2);
        let strike = |step| faults.strike(&place("one", step), |_| true);
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
        assert_eq!(
            strike(0),
            None,
            "a first request that is only request again"
        );
        assert!(strike(0).is_some(), "anew, since it was answered");
        assert_eq!(
            faults.strike(&place("two", 0), |fault| fault == ReplyFault::Cut),
            Some(ReplyFault::Cut)
        );
    }

    #[test]
    fn a_rate_is_kept_and_follows_from_the_seed() {
        let of_seed = |seed| {
            let faults = FaultInjector::new(vec!["cut=0.3".parse().unwrap()], seed, 1);
            let strikes = (0..1000).map(|number| {
                let place = place(&format!("task {number}"), 0);
                faults.strike(&place, |_| true).is_some()
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
        for number in 0..=REMEMBERED {
            faults.strike(&place(&number.to_string(), 0), |_| true);
        }
        let pasts = faults.pasts.lock().unwrap();
        assert_eq!(
            (pasts.known.len(), pasts.order.len()),
            (REMEMBERED, REMEMBERED)
        );
    }
}
