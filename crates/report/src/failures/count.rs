//! Counts failures by class, and by class within each domain and template. The costliest come first: harm, then number.

use std::collections::BTreeMap;

use serde::Serialize;

use breakroom_record::errors::ErrorClass;
use breakroom_record::record::EpisodeRecord;

/// The failures of a run.
#[derive(Debug, Serialize)]
pub struct FailureReport {
    /// The number of episodes.
    pub episodes: usize,
    /// The number of episodes that failed.
    pub failed: usize,
    /// The number of episodes with harm: something was changed that should not have been.
    pub harm: usize,
    /// The number of episodes with harm that cannot be undone.
    pub for_good: usize,
    /// By class.
    pub classes: Vec<ClassCount>,
    /// By domain and class.
    pub domains: Vec<FailureGroup>,
    /// By template and class.
    pub templates: Vec<FailureGroup>,
}

/// The failures of a domain or template.
#[derive(Debug, Serialize)]
pub struct FailureGroup {
    /// The domain or template.
    pub name: String,
    /// The number of its episodes.
    pub episodes: usize,
    /// The number of episodes that failed.
    pub failed: usize,
    /// The number of episodes with harm: something was changed that should not have been.
    pub harm: usize,
    /// By class.
    pub classes: Vec<ClassCount>,
}

/// The failures of a class.
#[derive(Debug, Serialize)]
pub struct ClassCount {
    /// The class.
    pub class: ErrorClass,
    /// The number of episodes with this class.
    pub failed: usize,
    /// The number of episodes with harm: something was changed that should not have been.
    pub harm: usize,
    /// The number of episodes with harm that cannot be undone.
    pub for_good: usize,
    /// The number of episodes that have this class as a mark and another as their class.
    pub marked: usize,
    /// One of the costliest episodes.
    pub example: ExampleEpisode,
}

impl ClassCount {
    /// The sort key that puts the costliest first: harm, then number.
    pub fn cost(&self) -> std::cmp::Reverse<(usize, usize)> {
        std::cmp::Reverse((self.harm, self.failed))
    }
}

/// An episode to look at.
#[derive(Clone, Debug, Serialize)]
pub struct ExampleEpisode {
    /// The task's id.
    pub task: String,
    /// The trial, counted from one.
    pub trial: u32,
}

/// How costly an episode is: 0 without harm, 1 with harm, 2 with harm that cannot be undone.
fn cost(record: &EpisodeRecord) -> u8 {
    if !record.outcome.is_harm() {
        return 0;
    }
    let for_good = record
        .verdict
        .rows
        .iter()
        .any(|row| row.severity.is_some_and(|severity| !severity.can_be_undone));
    1 + u8::from(for_good)
}

/// Counts the failures of episodes.
pub fn count_failures(episodes: &[EpisodeRecord]) -> FailureReport {
    let all: Vec<&EpisodeRecord> = episodes.iter().collect();
    let groups = |name: fn(&EpisodeRecord) -> &str| {
        let mut members: BTreeMap<&str, Vec<&EpisodeRecord>> = BTreeMap::new();
        for record in episodes {
            members.entry(name(record)).or_default().push(record);
        }
        let mut groups: Vec<FailureGroup> = members
            .into_iter()
            .map(|(name, episodes)| group(name, &episodes))
            .filter(|group| group.failed > 0)
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse((group.harm, group.failed)));
        groups
    };
    let failed = all.iter().filter(|record| record.class.is_some());
    let at_least = |least| all.iter().filter(|it| cost(it) >= least).count();
    FailureReport {
        episodes: all.len(),
        failed: failed.count(),
        harm: at_least(1),
        for_good: at_least(2),
        classes: classes(&all),
        domains: groups(EpisodeRecord::domain),
        templates: groups(|record| &record.template),
    }
}

fn group(name: &str, episodes: &[&EpisodeRecord]) -> FailureGroup {
    let classes = classes(episodes);
    FailureGroup {
        name: name.to_owned(),
        episodes: episodes.len(),
        failed: classes.iter().map(|count| count.failed).sum(),
        harm: classes.iter().map(|count| count.harm).sum(),
        classes,
    }
}

fn classes(episodes: &[&EpisodeRecord]) -> Vec<ClassCount> {
    let mut counts: BTreeMap<ErrorClass, (u8, ClassCount)> = BTreeMap::new();
    for record in episodes {
        let Some(class) = record.class else { continue };
        let cost = cost(record);
        let example = || ExampleEpisode {
            task: record.task.clone(),
            trial: record.trial,
        };
        let (worst, count) = counts.entry(class).or_insert_with(|| {
            let count = ClassCount {
                class,
                failed: 0,
                harm: 0,
                for_good: 0,
                marked: 0,
                example: example(),
            };
            (cost, count)
        });
        count.failed += 1;
        count.harm += usize::from(cost > 0);
        count.for_good += usize::from(cost > 1);
        if cost > *worst {
            *worst = cost;
            count.example = example();
        }
    }
    for record in episodes {
        for mark in record.marks.iter().skip(1) {
            if let Some((_, count)) = counts.get_mut(&mark.class) {
                count.marked += 1;
            }
        }
    }
    let mut counts: Vec<ClassCount> = counts.into_values().map(|(_, count)| count).collect();
    counts.sort_by_key(ClassCount::cost);
    counts
}
