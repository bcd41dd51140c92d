//! Failures counted: by class, and by class within each domain and template. What cost most comes first: harm, then number.

use std::collections::BTreeMap;

use serde::Serialize;

use breakroom_record::errors::ErrorClass;
use breakroom_record::record::EpisodeRecord;

/// The failures of a run.
#[derive(Debug, Serialize)]
pub struct FailureReport {
    /// Episodes in all.
    pub episodes: usize,
    /// Those that are not correct.
    pub failed: usize,
    /// Those in which something was changed that should not have been.
    pub harm: usize,
    /// Those with harm that cannot be undone.
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
    /// Which.
    pub name: String,
    /// Its episodes in all.
    pub episodes: usize,
    /// Those that are not correct.
    pub failed: usize,
    /// Those in which something was changed that should not have been.
    pub harm: usize,
    /// By class.
    pub classes: Vec<ClassCount>,
}

/// The failures of a class.
#[derive(Debug, Serialize)]
pub struct ClassCount {
    /// Which.
    pub class: ErrorClass,
    /// Episodes whose class it is.
    pub failed: usize,
    /// Those in which something was changed that should not have been.
    pub harm: usize,
    /// Those with harm that cannot be undone.
    pub for_good: usize,
    /// Failed episodes of another class that it is a mark of.
    pub marked: usize,
    /// One of the episodes; of the costly ones where there are some.
    pub example: ExampleEpisode,
}

impl ClassCount {
    /// By which the costliest is first: harm before number.
    pub fn cost(&self) -> std::cmp::Reverse<(usize, usize)> {
        std::cmp::Reverse((self.harm, self.failed))
    }
}

/// An episode to look at.
#[derive(Clone, Debug, Serialize)]
pub struct ExampleEpisode {
    /// The task's id.
    pub task: String,
    /// Counted from one.
    pub trial: u32,
}

/// How bad an episode is: nothing, harm, harm for good.
fn badness(record: &EpisodeRecord) -> u8 {
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
pub fn report(episodes: &[EpisodeRecord]) -> FailureReport {
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
    let at_least = |least| all.iter().filter(|it| badness(it) >= least).count();
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
        let badness = badness(record);
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
            (badness, count)
        });
        count.failed += 1;
        count.harm += usize::from(badness > 0);
        count.for_good += usize::from(badness > 1);
        if badness > *worst {
            *worst = badness;
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
