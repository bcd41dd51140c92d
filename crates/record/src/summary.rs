//! The totals of a run, by domain.

use std::collections::BTreeMap;

use breakroom_tasks::verdict::Outcome;
use serde::Serialize;

use crate::record::EpisodeRecord;
use crate::statistics::Trials;
use breakroom_gateway::chaos::Recovery;

/// The totals of some episodes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Total {
    /// Episodes.
    pub episodes: usize,
    /// Episodes by outcome.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// The number of the model's replies.
    pub steps: usize,
    /// The number of tool calls.
    pub calls: usize,
    /// Input and output tokens.
    pub tokens: u64,
    /// US dollars; missing if a price is unknown.
    pub cost: Option<f64>,
    /// Seconds, added up over all episodes even if they ran at the same time.
    pub seconds: f64,
}

impl Total {
    fn add(&mut self, record: &EpisodeRecord) {
        let cost = match (self.episodes, self.cost, record.cost) {
            (0, _, cost) => cost,
            (_, Some(sum), Some(cost)) => Some(sum + cost),
            _ => None,
        };
        self.cost = cost;
        self.episodes += 1;
        *self.outcomes.entry(record.outcome).or_default() += 1;
        self.steps += record.steps;
        self.calls += record.calls;
        self.tokens += record.usage.input + record.usage.output;
        self.seconds += record.timings.total_ms / 1e3;
    }

    /// The number of episodes with an outcome.
    pub fn of(&self, outcome: Outcome) -> usize {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// The number of episodes whose outcome says something about the agent.
    pub fn judged(&self) -> usize {
        self.count(Outcome::is_judged)
    }

    fn count(&self, holds: fn(Outcome) -> bool) -> usize {
        let outcomes = self.outcomes.iter();
        let counted = outcomes.filter(|(outcome, _)| holds(**outcome));
        counted.map(|(_, count)| count).sum()
    }

    /// The percentage of correct episodes among the judged ones.
    pub fn accuracy(&self) -> Option<f64> {
        let judged = self.judged();
        (judged > 0).then(|| 100.0 * self.count(Outcome::is_correct) as f64 / judged as f64)
    }
}

/// The totals of a run, added up episode by episode in the order of its suite.
#[derive(Default)]
pub struct Summary {
    /// The whole run.
    pub all: Total,
    /// By domain: the template's name up to the first dot.
    pub domains: BTreeMap<String, Total>,
    /// The trials of each task.
    pub trials: Trials,
    /// The task to look at first: the first with side effects, or else the first that is not correct.
    pub worst: Option<String>,
    /// The reason for the first fault.
    pub first_fault: Option<String>,
    did_damage: bool,
    disturbed: usize,
    recoveries: BTreeMap<Recovery, usize>,
}

impl Summary {
    /// Adds an episode.
    pub fn add(&mut self, record: &EpisodeRecord) {
        self.all.add(record);
        let domain = self.domains.entry(record.domain().to_owned());
        domain.or_default().add(record);
        self.trials.add(record);
        let damage = record.outcome.is_harm();
        let worse = match self.worst {
            None => !record.outcome.is_correct(),
            Some(_) => damage && !self.did_damage,
        };
        if worse {
            self.worst = Some(record.task.clone());
            self.did_damage = damage;
        }
        if !record.outcome.is_judged() && self.first_fault.is_none() {
            self.first_fault.clone_from(&record.ending.text);
        }
        self.disturbed += usize::from(record.disturbed > 0);
        if let Some(recovery) = record.recovery() {
            *self.recoveries.entry(recovery).or_default() += 1;
        }
    }

    /// Totals by domain, the whole run last under `all`.
    pub fn totals(&self) -> Vec<(String, Total)> {
        let domains = self.domains.iter();
        let domains = domains.map(|(domain, total)| (domain.clone(), total.clone()));
        domains
            .chain([("all".to_owned(), self.all.clone())])
            .collect()
    }

    /// One line about the episodes with disturbed calls; `None` if there are none.
    pub fn recovery(&self) -> Option<String> {
        let count = |which| self.recoveries.get(&which).copied().unwrap_or_default();
        (self.disturbed > 0).then(|| {
            let were = if self.disturbed == 1 {
                "episode was"
            } else {
                "episodes were"
            };
            format!(
                "{} {were} disturbed: {} recovered, {} gave up, {} did damage",
                self.disturbed,
                count(Recovery::Recovered),
                count(Recovery::GaveUp),
                count(Recovery::DidDamage)
            )
        })
    }
}
