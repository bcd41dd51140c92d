//! Statistics over trials: pass@k and pass^k, the interval of the mean, and flaky tasks.
//!
//! Tasks of one template succeed and fail together, so the interval of the mean is clustered by template.

use std::collections::BTreeMap;

use breakroom_tasks::verdict::Outcome;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::record::EpisodeRecord;

/// The confidence level of the interval of a mean: 95 %.
const CONFIDENCE: f64 = 0.95;

/// Statistics over the trials of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// Tasks with at least one episode that is not a fault.
    pub tasks: usize,
    /// The smallest number of such episodes per task, and the largest k.
    pub trials: usize,
    /// The share of correct episodes, averaged over tasks.
    pub mean: f64,
    /// The 95 % interval of the mean, cluster-robust by template (Liang and Zeger 1986), with Student's t and one degree of freedom less than there are
    /// templates; missing if there is only one template.
    pub interval: Option<[f64; 2]>,
    /// For each k from 1: the probability that at least one of k trials is correct (pass@k, Chen et al. 2021, arXiv 2107.03374).
    pub pass_at: Vec<f64>,
    /// For each k from 1: the probability that all of k trials are correct (pass^k, Yao et al. 2024, arXiv 2406.12045).
    pub pass_all: Vec<f64>,
    /// Tasks whose trials had different outcomes, highest entropy first.
    #[serde(rename = "tosses")]
    pub flaky_tasks: Vec<FlakyTask>,
}

/// A task whose trials had different outcomes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlakyTask {
    /// The task's id.
    pub task: String,
    /// Episodes by outcome.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// The entropy of its outcomes in bits: 1 for two equally frequent outcomes.
    pub entropy: f64,
}

/// The episodes of a task that are not faults.
struct Tally {
    template: String,
    right: usize,
    outcomes: BTreeMap<Outcome, usize>,
}

impl Tally {
    fn all(&self) -> usize {
        self.outcomes.values().sum()
    }

    fn share(&self) -> f64 {
        self.right as f64 / self.all() as f64
    }
}

/// The outcomes of each task's trials, without faults.
#[derive(Default)]
pub struct Trials(BTreeMap<String, Tally>);

/// The statistics of a run; `None` if every episode is a fault.
pub fn of(episodes: &[EpisodeRecord]) -> Option<Statistics> {
    let mut trials = Trials::default();
    episodes.iter().for_each(|episode| trials.add(episode));
    trials.statistics()
}

impl Trials {
    /// Adds an episode.
    pub fn add(&mut self, episode: &EpisodeRecord) {
        if !episode.outcome.is_judged() {
            return;
        }
        let tally = self.0.entry(episode.task.clone()).or_insert_with(|| Tally {
            template: episode.template.clone(),
            right: 0,
            outcomes: BTreeMap::new(),
        });
        tally.right += usize::from(episode.outcome.is_correct());
        *tally.outcomes.entry(episode.outcome).or_default() += 1;
    }

    /// The statistics; `None` if there are no trials.
    pub fn statistics(&self) -> Option<Statistics> {
        let tasks = &self.0;
        let trials = tasks.values().map(Tally::all).min()?;
        let over_tasks = |value: &dyn Fn(&Tally) -> f64| {
            tasks.values().map(value).sum::<f64>() / tasks.len() as f64
        };
        let mut flaky_tasks: Vec<FlakyTask> = tasks
            .iter()
            .filter(|(_, tally)| tally.outcomes.len() > 1)
            .map(|(task, tally)| FlakyTask {
                task: task.clone(),
                entropy: entropy(tally.outcomes.values().copied()),
                outcomes: tally.outcomes.clone(),
            })
            .collect();
        flaky_tasks.sort_by(|left, right| right.entropy.total_cmp(&left.entropy));
        let shares: Vec<(&str, f64)> = tasks
            .values()
            .map(|tally| (tally.template.as_str(), tally.share()))
            .collect();
        let mean = over_tasks(&|tally| tally.share());
        Some(Statistics {
            tasks: tasks.len(),
            trials,
            mean,
            interval: interval(&shares, mean),
            pass_at: (1..=trials)
                .map(|k| over_tasks(&|tally| pass_at(tally.all(), tally.right, k)))
                .collect(),
            pass_all: (1..=trials)
                .map(|k| over_tasks(&|tally| pass_all(tally.all(), tally.right, k)))
                .collect(),
            flaky_tasks,
        })
    }
}

/// The probability that at least one of `k` trials, drawn without replacement from `n` of which `right` are correct, is correct.
pub fn pass_at(n: usize, right: usize, k: usize) -> f64 {
    1.0 - none_of(n, right, k)
}

/// The probability that all of `k` trials, drawn without replacement from `n` of which `right` are correct, are correct.
pub fn pass_all(n: usize, right: usize, k: usize) -> f64 {
    none_of(n, n - right, k)
}

/// The probability of drawing `k` of `n` without any of the `marked`: C(n - marked, k) / C(n, k), as a product that cannot overflow.
fn none_of(n: usize, marked: usize, k: usize) -> f64 {
    if k > n - marked {
        return 0.0;
    }
    (0..k)
        .map(|drawn| (n - marked - drawn) as f64 / (n - drawn) as f64)
        .product()
}

/// The entropy of counts, in bits.
fn entropy(counts: impl Iterator<Item = usize> + Clone) -> f64 {
    let all: usize = counts.clone().sum();
    let parts = counts
        .filter(|count| *count > 0)
        .map(|count| count as f64 / all as f64);
    -parts.map(|part| part * part.log2()).sum::<f64>()
}

/// The cluster-robust interval of the mean of clustered values.
fn interval(values: &[(&str, f64)], mean: f64) -> Option<[f64; 2]> {
    let mut clusters: BTreeMap<&str, f64> = BTreeMap::new();
    for (cluster, value) in values {
        *clusters.entry(cluster).or_default() += value - mean;
    }
    let count = clusters.len() as f64;
    if clusters.len() < 2 {
        return None;
    }
    let squares: f64 = clusters.values().map(|sum| sum * sum).sum();
    let error = (squares * count / (count - 1.0)).sqrt() / values.len() as f64;
    let t = StudentsT::new(0.0, 1.0, count - 1.0)
        .ok()?
        .inverse_cdf(0.5 + CONFIDENCE / 2.0);
    Some([(mean - t * error).max(0.0), (mean + t * error).min(1.0)])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9, "{left} {right}");
    }

    #[test]
    fn pass_at_and_pass_all_draw_without_replacement() {
        // 2 of 5 right: C(3,2)/C(5,2) = 3/10 for none of two, C(2,2)/C(5,2) = 1/10 for both.
        close(pass_at(5, 2, 1), 0.4);
        close(pass_at(5, 2, 2), 0.7);
        close(pass_at(5, 2, 4), 1.0);
        close(pass_all(5, 2, 1), 0.4);
        close(pass_all(5, 2, 2), 0.1);
        close(pass_all(5, 2, 3), 0.0);
        close(pass_at(3, 0, 3), 0.0);
        close(pass_all(3, 3, 3), 1.0);
    }

    #[test]
    fn a_fair_coin_has_one_bit_and_a_sure_thing_none() {
        close(entropy([2, 2].into_iter()), 1.0);
        close(entropy([4].into_iter()), 0.0);
        close(entropy([3, 1].into_iter()), 0.811_278_124_459_132_8);
    }

    #[test]
    fn clusters_that_agree_within_make_the_interval_wider() {
        // Two templates, all right and all wrong: sums of residuals +1 and -1, error sqrt(2 * 2/1) / 4 = 0.5, t(1) = 12.706.
        let together = [("a", 1.0), ("a", 1.0), ("b", 0.0), ("b", 0.0)];
        assert_eq!(interval(&together, 0.5), Some([0.0, 1.0]));
        // Four templates: squares 4 * 0.25, error sqrt(1 * 4/3) / 4 = 0.288675, t(3) = 3.182446.
        let apart = [("a", 1.0), ("b", 1.0), ("c", 0.0), ("d", 0.0)];
        let [low, high] = interval(&apart, 0.5).unwrap();
        assert_eq!((low, high), (0.0, 1.0));
        // Ten templates of three tasks, five times 2/3 and five times 1/3: sums ±0.5, error sqrt(2.5 * 10/9) / 30 = 0.055556, t(9) = 2.262157.
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        let values: Vec<(&str, f64)> = names
            .iter()
            .enumerate()
            .flat_map(|(place, name)| {
                [1.0, f64::from(u8::from(place % 2 == 0)), 0.0].map(|value| (*name, value))
            })
            .collect();
        let [low, high] = interval(&values, 0.5).unwrap();
        assert!(
            (low - (0.5 - 2.262_157 * 0.055_555_6)).abs() < 1e-5,
            "{low}"
        );
        assert!(
            (high - (0.5 + 2.262_157 * 0.055_555_6)).abs() < 1e-5,
            "{high}"
        );
        assert_eq!(interval(&[("a", 1.0), ("a", 0.0)], 0.5), None);
    }
}
