//! Whether a difference is significant. Tasks of one template succeed and fail together, so templates are resampled, not tasks.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Serialize;
use statrs::distribution::{Binomial, DiscreteCDF};

use super::task_comparison::{TaskChange, TaskComparison};

/// The number of permutations and resamples, always from the same seed.
const DRAWS: usize = 10_000;
const SEED: u64 = 1;

/// The size of a difference, and how likely it is to be chance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Significance {
    /// Tasks that were correct and are wrong now, except flaky ones.
    pub broken: usize,
    /// Tasks that were wrong and are correct now, except flaky ones.
    pub fixed: usize,
    /// The two-sided p-value of McNemar's exact test on the two (McNemar 1947).
    pub mcnemar_p: f64,
    /// The difference in accuracy, averaged over tasks, in percentage points.
    pub difference: f64,
    /// The 95 % interval of the difference, from resampling templates.
    pub interval: [f64; 2],
    /// The two-sided p-value of a permutation test that swaps the two runs template by template.
    pub permutation_p: f64,
}

/// Assesses the difference between two runs. Tasks that could not be judged are left out.
pub fn assess(tasks: &[TaskComparison]) -> Significance {
    let count = |passes: fn(&TaskComparison) -> bool| {
        tasks
            .iter()
            .filter(|task| {
                task.change != TaskChange::Flaky
                    && task.change != TaskChange::NotJudged
                    && passes(task)
            })
            .count()
    };
    let broken = count(|task| task.base_right == 1.0 && task.new_right == 0.0);
    let fixed = count(|task| task.base_right == 0.0 && task.new_right == 1.0);
    let mut templates: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for task in tasks
        .iter()
        .filter(|task| task.change != TaskChange::NotJudged)
    {
        let (sum, tasks) = templates.entry(&task.template).or_default();
        *sum += task.new_right - task.base_right;
        *tasks += 1;
    }
    let clusters: Vec<(f64, usize)> = templates.into_values().collect();
    Significance {
        broken,
        fixed,
        mcnemar_p: mcnemar(broken, fixed),
        difference: 100.0 * mean(clusters.iter()),
        interval: interval(&clusters).map(|bound| 100.0 * bound),
        permutation_p: permutation(&clusters),
    }
}

/// McNemar's exact test: the probability that fair coins split the changed tasks at least as unevenly.
pub fn mcnemar(broken: usize, fixed: usize) -> f64 {
    let changed = (broken + fixed) as u64;
    match Binomial::new(0.5, changed) {
        Ok(coins) if changed > 0 => (2.0 * coins.cdf(broken.min(fixed) as u64)).min(1.0),
        _ => 1.0,
    }
}

fn mean<'a>(clusters: impl Iterator<Item = &'a (f64, usize)>) -> f64 {
    let (sum, tasks) = clusters.fold((0.0, 0), |(sum, tasks), cluster| {
        (sum + cluster.0, tasks + cluster.1)
    });
    if tasks == 0 { 0.0 } else { sum / tasks as f64 }
}

/// How often randomly swapping the two runs by template gives a difference at least as large.
fn permutation(clusters: &[(f64, usize)]) -> f64 {
    let found: f64 = clusters.iter().map(|cluster| cluster.0).sum::<f64>().abs();
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let as_large = (0..DRAWS).filter(|_| {
        let sum: f64 = clusters
            .iter()
            .map(|cluster| {
                if dice.next_u32() & 1 == 0 {
                    cluster.0
                } else {
                    -cluster.0
                }
            })
            .sum();
        sum.abs() >= found - 1e-9
    });
    (as_large.count() + 1) as f64 / (DRAWS + 1) as f64
}

/// The middle 95 % of the differences over resampled templates.
fn interval(clusters: &[(f64, usize)]) -> [f64; 2] {
    if clusters.is_empty() {
        return [0.0, 0.0];
    }
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let mut below = |count: usize| ((u128::from(dice.next_u64()) * count as u128) >> 64) as usize;
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn: Vec<&(f64, usize)> = clusters
                .iter()
                .map(|_| &clusters[below(clusters.len())])
                .collect();
            mean(drawn.into_iter())
        })
        .collect();
    means.sort_by(f64::total_cmp);
    [means[DRAWS * 25 / 1000], means[DRAWS * 975 / 1000 - 1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mcnemar_is_exact() {
        // 2 * (C(10,0) + C(10,1)) / 2^10
        assert!((mcnemar(1, 9) - 22.0 / 1024.0).abs() < 1e-12);
        assert!((mcnemar(9, 1) - 22.0 / 1024.0).abs() < 1e-12);
        assert!((mcnemar(5, 5) - 1.0).abs() < 1e-12);
        assert!((mcnemar(0, 0) - 1.0).abs() < 1e-12);
        assert!((mcnemar(0, 6) - 2.0 / 64.0).abs() < 1e-12);
    }

    fn tasks(right: &[(&str, f64, f64)]) -> Vec<TaskComparison> {
        let tasks = right
            .iter()
            .enumerate()
            .map(
                |(place, (template, base_right, new_right))| TaskComparison {
                    task: format!("{template}.{place}"),
                    template: (*template).to_owned(),
                    change: TaskChange::Same,
                    broken: false,
                    base: Vec::new(),
                    new: Vec::new(),
                    base_right: *base_right,
                    new_right: *new_right,
                },
            );
        tasks.collect()
    }

    #[test]
    fn equal_runs_have_no_difference() {
        let significance = assess(&tasks(&[("a", 1.0, 1.0), ("b", 0.0, 0.0)]));
        assert_eq!(
            (
                significance.difference,
                significance.interval,
                significance.permutation_p
            ),
            (0.0, [0.0, 0.0], 1.0)
        );
    }

    #[test]
    fn ten_tasks_of_one_template_count_as_one_and_ten_templates_as_ten() {
        let together: Vec<(&str, f64, f64)> = (0..10).map(|_| ("a", 1.0, 0.0)).collect();
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        let apart: Vec<(&str, f64, f64)> = names.iter().map(|name| (*name, 1.0, 0.0)).collect();
        let (together, apart) = (assess(&tasks(&together)), assess(&tasks(&apart)));
        assert_eq!((together.difference, apart.difference), (-100.0, -100.0));
        assert!(together.permutation_p > 0.9, "{together:?}");
        // 2 of 1024 sign patterns give a difference as large.
        assert!(
            (apart.permutation_p - 2.0 / 1024.0).abs() < 2e-3,
            "{apart:?}"
        );
        assert_eq!(apart.broken, 10);
    }
}
