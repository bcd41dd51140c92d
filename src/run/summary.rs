//! What a run came to, by domain.

use std::collections::BTreeMap;

use breakroom_tasks::verdict::Outcome;
use serde::Serialize;

use super::record::EpisodeRecord;
use crate::chaos::Recovery;

/// What some episodes came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Total {
    /// Episodes.
    pub episodes: usize,
    /// Episodes by outcome.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// Replies of models.
    pub steps: usize,
    /// Calls of tools.
    pub calls: usize,
    /// Tokens, read and written.
    pub tokens: u64,
    /// US dollars; none where a price is not known.
    pub cost: Option<f64>,
    /// Seconds, those of episodes at the same time added up.
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

    /// Episodes of an outcome.
    pub fn of(&self, outcome: Outcome) -> usize {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// The share that is correct among those that were no fault, in per cent.
    pub fn accuracy(&self) -> Option<f64> {
        let judged = self.episodes - self.of(Outcome::Fault);
        (judged > 0).then(|| 100.0 * self.of(Outcome::Correct) as f64 / judged as f64)
    }
}

/// Episodes by outcome.
pub fn outcomes(episodes: &[EpisodeRecord]) -> BTreeMap<Outcome, usize> {
    let mut counts = BTreeMap::new();
    for record in episodes {
        *counts.entry(record.outcome).or_default() += 1;
    }
    counts
}

/// Totals by domain (a template's id up to the first dot), the whole run last under `all`.
pub fn by_domain(episodes: &[EpisodeRecord]) -> Vec<(String, Total)> {
    let mut totals: BTreeMap<&str, Total> = BTreeMap::new();
    let mut all = Total::default();
    for record in episodes {
        totals.entry(record.domain()).or_default().add(record);
        all.add(record);
    }
    let totals = totals
        .into_iter()
        .map(|(domain, total)| (domain.to_owned(), total));
    totals.chain([("all".to_owned(), all)]).collect()
}

/// One line about the episodes whose calls were disturbed; none where none was.
pub fn recovery(episodes: &[EpisodeRecord]) -> Option<String> {
    let count = |wanted| {
        episodes
            .iter()
            .filter(|episode| episode.recovery() == Some(wanted))
            .count()
    };
    let disturbed = episodes
        .iter()
        .filter(|episode| episode.disturbed > 0)
        .count();
    (disturbed > 0).then(|| {
        format!(
            "{disturbed} episodes were disturbed: {} recovered, {} gave up, {} did damage",
            count(Recovery::Recovered),
            count(Recovery::GaveUp),
            count(Recovery::DidDamage)
        )
    })
}

/// The totals as a table.
pub fn table(totals: &[(String, Total)]) -> comfy_table::Table {
    let mut table = crate::table::new();
    let outcomes = Outcome::ALL.map(|outcome| outcome.name().replace('_', " "));
    let header = ["domain", "episodes"]
        .map(str::to_owned)
        .into_iter()
        .chain(outcomes);
    table.set_header(
        header
            .chain(["accuracy", "steps", "calls", "tokens", "cost", "seconds"].map(str::to_owned)),
    );
    for (domain, total) in totals {
        let mut row = vec![domain.clone(), total.episodes.to_string()];
        row.extend(Outcome::ALL.map(|outcome| total.of(outcome).to_string()));
        row.push(
            total
                .accuracy()
                .map_or_else(|| "-".to_owned(), |percent| format!("{percent:.1} %")),
        );
        row.push(total.steps.to_string());
        row.push(total.calls.to_string());
        row.push(total.tokens.to_string());
        row.push(
            total
                .cost
                .map_or_else(|| "-".to_owned(), |dollars| format!("${dollars:.2}")),
        );
        row.push(format!("{:.1}", total.seconds));
        table.add_row(row);
    }
    table
}
