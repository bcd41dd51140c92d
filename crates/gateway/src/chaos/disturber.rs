//! Decides which calls of an episode are disturbed, and disturbs them.

use std::time::Duration;

use breakroom_sandbox::Fault;
use breakroom_tools::native;
use breakroom_tools::session::{ToolOutcome, ToolSession};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::config::{Chaos, Disturbance, DisturbanceKind};

/// What an agent reads if nothing was done.
const NOT_DONE: &str =
    "the server of the office could not be reached, and nothing was done: try again";
/// What an agent reads if it cannot know what was done.
const NOT_KNOWN: &str = "no answer came in time: it is not known whether this was carried out";

/// Disturbs the calls of one episode.
#[derive(Clone, Debug)]
pub struct Disturber {
    chaos: Chaos,
    rng: ChaCha8Rng,
    /// How often each fault has struck.
    strikes: Vec<u32>,
}

/// A call that may have been disturbed.
#[derive(Debug, PartialEq)]
pub struct DisturbedCall {
    /// What the agent is told.
    pub outcome: ToolOutcome,
    /// What disturbed it.
    pub kind: Option<DisturbanceKind>,
    /// The real outcome, if the agent is not told it.
    pub withheld: Option<ToolOutcome>,
    /// How long the transport has to hold the answer back.
    pub delay: Duration,
}

impl DisturbedCall {
    /// A call that nothing disturbed.
    pub fn undisturbed(outcome: ToolOutcome) -> DisturbedCall {
        DisturbedCall {
            outcome,
            kind: None,
            withheld: None,
            delay: Duration::ZERO,
        }
    }
}

impl Disturber {
    /// The disturber of one trial of a task. The same trial is disturbed in the same way in every run.
    pub fn for_episode(chaos: &Chaos, task: &str, trial: u32) -> Disturber {
        let episode = format!("{task} {trial}");
        let digest = Sha256::digest(format!("{}\n{episode}", chaos.seed));
        Disturber {
            rng: ChaCha8Rng::seed_from_u64(u64::from_le_bytes(std::array::from_fn(|index| {
                digest[index]
            }))),
            strikes: vec![0; chaos.fault.len()],
            chaos: chaos.clone(),
        }
    }

    /// Carries out a call with `execute`, disturbed or not.
    ///
    /// # Errors
    /// A fault.
    pub fn call(
        &mut self,
        session: &mut ToolSession,
        tool: &str,
        arguments: &Json,
        execute: impl FnOnce(&mut ToolSession) -> Result<ToolOutcome, Fault>,
    ) -> Result<DisturbedCall, Fault> {
        let Some(index) = self.draw(tool) else {
            return execute(session).map(DisturbedCall::undisturbed);
        };
        let fault = &self.chaos.fault[index];
        let (mut delay, mut withheld) = (Duration::ZERO, None);
        let outcome = match fault.kind {
            DisturbanceKind::ErrorBefore => {
                // It counts as a call, so that numbers in traces and verdicts agree.
                session.skip_call()?;
                ToolOutcome::Refused(NOT_DONE.to_owned())
            }
            DisturbanceKind::TimeoutAfter => {
                withheld = Some(execute(session)?);
                ToolOutcome::Refused(NOT_KNOWN.to_owned())
            }
            // A fault that cannot strike this call, such as a stale read of a tool that writes, leaves it alone.
            DisturbanceKind::StaleRead => match stale_read(session, tool, arguments)? {
                Some(outcome) => {
                    session.skip_call()?;
                    outcome
                }
                None => return execute(session).map(DisturbedCall::undisturbed),
            },
            DisturbanceKind::Latency => {
                delay = Duration::from_millis(fault.milliseconds.unwrap_or_default());
                execute(session)?
            }
            DisturbanceKind::TruncatedPage | DisturbanceKind::RenamedField => {
                let mut outcome = execute(session)?;
                if !alter(fault.kind, &mut outcome) {
                    return Ok(DisturbedCall::undisturbed(outcome));
                }
                outcome
            }
        };
        let kind = Some(fault.kind);
        self.strikes[index] += 1;
        Ok(DisturbedCall {
            outcome,
            kind,
            withheld,
            delay,
        })
    }

    /// Starts over, with the episode.
    pub fn reset(&mut self) {
        self.rng.set_word_pos(0);
        self.strikes.fill(0);
    }

    /// Skips a call that an earlier process made.
    pub fn skip(&mut self, tool: &str, disturbed: Option<DisturbanceKind>) {
        let drawn = self.draw(tool);
        if let Some(index) = drawn.filter(|_| disturbed.is_some()) {
            self.strikes[index] += 1;
        }
    }

    /// The first fault that strikes the next call of a tool. Every fault draws for every call, so that one fault does not shift another.
    fn draw(&mut self, tool: &str) -> Option<usize> {
        let mut found = None;
        for index in 0..self.chaos.fault.len() {
            let drawn = (self.rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
            let fault: &Disturbance = &self.chaos.fault[index];
            let left = fault.at_most.is_none_or(|most| self.strikes[index] < most);
            if found.is_none() && left && drawn < fault.rate && fault.strikes(tool) {
                found = Some(index);
            }
        }
        found
    }
}

/// Reads from the office as it was at first. A tool that writes has no stale read.
fn stale_read(
    session: &ToolSession,
    tool: &str,
    arguments: &Json,
) -> Result<Option<ToolOutcome>, Fault> {
    if native::find(tool).is_ok_and(|tool| tool.writes()) {
        return Ok(None);
    }
    let mut first = session.fork()?;
    first.reset()?;
    first.call(tool, arguments).map(Some)
}

/// Alters a result as the fault says; false if there is nothing to alter.
fn alter(kind: DisturbanceKind, outcome: &mut ToolOutcome) -> bool {
    let ToolOutcome::Done(result) = outcome else {
        return false;
    };
    match kind {
        DisturbanceKind::TruncatedPage => {
            match result.get_mut("results").and_then(Json::as_array_mut) {
                Some(rows) if rows.len() > 1 => {
                    rows.truncate(rows.len() / 2);
                    true
                }
                _ => false,
            }
        }
        _ => rename_fields(result),
    }
}

/// Renames the first field of every object that ends in `_id` or `email`, as a new version of the office's software might.
fn rename_fields(value: &mut Json) -> bool {
    match value {
        // Every item is renamed, so this must not stop at the first.
        Json::Array(items) => {
            items
                .iter_mut()
                .filter_map(|item| rename_fields(item).then_some(()))
                .count()
                > 0
        }
        Json::Object(fields) => {
            let name = fields
                .keys()
                .find(|name| name.ends_with("_id") || name.ends_with("email"))
                .cloned();
            let mut renamed = false;
            if let Some(name) = name {
                let old = std::mem::take(fields);
                for (field, value) in old {
                    let field = if field == name {
                        format!("{field}_v2")
                    } else {
                        field
                    };
                    fields.insert(field, value);
                }
                renamed = true;
            }
            let within = fields
                .values_mut()
                .filter_map(|value| rename_fields(value).then_some(()))
                .count();
            renamed || within > 0
        }
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use breakroom_sandbox::world::World;
    use breakroom_tools::session::InitialState;
    use serde_json::json;

    fn chaos(kind: DisturbanceKind, tools: &[&str]) -> Chaos {
        Chaos {
            format_version: 1,
            seed: 1,
            fault: vec![Disturbance {
                kind,
                tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
                rate: 1.0,
                at_most: Some(1),
                milliseconds: None,
            }],
        }
    }

    struct DisturbedOffice(ToolSession, Disturber);

    impl DisturbedOffice {
        fn under(chaos: &Chaos) -> DisturbedOffice {
            DisturbedOffice(
                InitialState::Native(World::office()).open().unwrap(),
                Disturber::for_episode(chaos, "a.b.01", 1),
            )
        }

        fn call(&mut self, tool: &str, arguments: Json) -> (ToolOutcome, Option<DisturbanceKind>) {
            let execute = |session: &mut ToolSession| session.call(tool, &arguments);
            let disturbed = self.1.call(&mut self.0, tool, &arguments, execute).unwrap();
            (disturbed.outcome, disturbed.kind)
        }
    }

    fn mail() -> Json {
        json!({ "recipient": "olwen.hallam@halden.example", "subject": "One", "body": "Hello" })
    }

    #[test]
    fn an_answer_that_is_lost_was_carried_out_and_an_error_before_was_not() {
        let mut office =
            DisturbedOffice::under(&chaos(DisturbanceKind::TimeoutAfter, &["email.*"]));
        let (outcome, kind) = office.call("email_send_email", mail());
        assert_eq!(
            (outcome, kind),
            (
                ToolOutcome::Refused(NOT_KNOWN.into()),
                Some(DisturbanceKind::TimeoutAfter)
            )
        );
        assert_eq!(office.0.changes().unwrap().len(), 1);
        // Once at the most: the second goes through, and is the second mail.
        let (_, kind) = office.call("email_send_email", mail());
        assert_eq!((kind, office.0.changes().unwrap().len()), (None, 2));

        let mut office =
            DisturbedOffice::under(&chaos(DisturbanceKind::ErrorBefore, &["email.send_email"]));
        assert_eq!(
            office.call("email.send_email", mail()).1,
            Some(DisturbanceKind::ErrorBefore)
        );
        assert_eq!(office.0.changes().unwrap(), []);
        office.call("email.send_email", mail());
        assert_eq!(office.0.changes().unwrap()[0].calls, [2]);
    }

    #[test]
    fn pages_end_early_fields_have_other_names_and_reads_are_stale() {
        let search = json!({ "query": "review" });
        let mut office = DisturbedOffice::under(&chaos(DisturbanceKind::TruncatedPage, &[]));
        let (cut, kind) = office.call("calendar.search_events", search.clone());
        assert_eq!(kind, Some(DisturbanceKind::TruncatedPage));
        let (whole, _) = office.call("calendar.search_events", search.clone());
        let rows = |outcome: &ToolOutcome| outcome.to_json()["results"].as_array().unwrap().len();
        assert!(rows(&cut) < rows(&whole));

        let mut office = DisturbedOffice::under(&chaos(DisturbanceKind::RenamedField, &[]));
        let (renamed, _) = office.call("calendar.search_events", search);
        assert!(renamed.to_json()["results"][0]["event_id_v2"].is_string());

        let mut office =
            DisturbedOffice::under(&chaos(DisturbanceKind::StaleRead, &["calendar.*"]));
        let event = json!({ "event_id": "00000250" });
        assert_eq!(office.call("calendar.delete_event", event.clone()).1, None);
        let (stale, kind) = office.call("calendar.get_event_information_by_id", event.clone());
        assert_eq!(
            (stale.is_refused(), kind),
            (false, Some(DisturbanceKind::StaleRead))
        );
        assert!(
            office
                .call("calendar.get_event_information_by_id", event)
                .0
                .is_refused()
        );
    }

    #[test]
    fn the_same_episode_is_disturbed_alike_and_another_otherwise() {
        let mut chaos = chaos(DisturbanceKind::ErrorBefore, &[]);
        chaos.fault[0].rate = 0.5;
        chaos.fault[0].at_most = None;
        let strikes = |episode: &str| {
            let mut disturber = Disturber::for_episode(&chaos, episode, 1);
            (0..32)
                .map(|_| disturber.draw("email.send_email").is_some())
                .collect::<Vec<_>>()
        };
        assert_eq!(strikes("one"), strikes("one"));
        assert_ne!(strikes("one"), strikes("two"));
    }

    #[test]
    fn a_file_with_an_unknown_tool_or_an_impossible_rate_is_refused() {
        let refused = |edit: fn(&mut Chaos)| {
            let mut chaos = chaos(DisturbanceKind::ErrorBefore, &["email.*"]);
            edit(&mut chaos);
            format!("{:#}", chaos.check().unwrap_err())
        };
        assert!(
            refused(|chaos| chaos.fault[0].tools = vec!["email.send_mail".into()])
                .contains("email_send_email")
        );
        assert!(refused(|chaos| chaos.fault[0].tools = vec!["mail.*".into()]).contains("\"mail\""));
        assert!(refused(|chaos| chaos.fault[0].rate = 2.0).contains("rate 2"));
        assert!(
            refused(|chaos| chaos.fault[0].kind = DisturbanceKind::Latency)
                .contains("milliseconds")
        );
    }
}
