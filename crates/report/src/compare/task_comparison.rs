//! Compares two runs task by task.

use std::collections::BTreeMap;

use serde::Serialize;

use super::run_outcomes::{EpisodeOutcome, RunOutcomes};

/// How a task changed from one run to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskChange {
    /// Has side effects now, but had none before.
    NewlyHarmful,
    /// Was correct, is wrong now.
    Broken,
    /// Was wrong, is correct now.
    Fixed,
    /// Wrong both times, in different ways.
    Changed,
    /// Correct both times, or wrong in the same way.
    Same,
    /// Some trials of one run are correct and others are wrong.
    Flaky,
    /// Has a fault in one of the runs, or is in only one of them.
    NotJudged,
}

impl TaskChange {
    /// All changes, most urgent first.
    pub const ALL: [TaskChange; 7] = [
        TaskChange::NewlyHarmful,
        TaskChange::Broken,
        TaskChange::Fixed,
        TaskChange::Changed,
        TaskChange::Same,
        TaskChange::Flaky,
        TaskChange::NotJudged,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            TaskChange::NewlyHarmful => "new harm",
            TaskChange::Broken => "broken",
            TaskChange::Fixed => "fixed",
            TaskChange::Changed => "changed",
            TaskChange::Same => "same",
            TaskChange::Flaky => "flaky",
            TaskChange::NotJudged => "not judged",
        }
    }
}

/// A task in both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskComparison {
    /// The task's id.
    pub task: String,
    /// The task's template.
    pub template: String,
    /// How it changed.
    pub change: TaskChange,
    /// Whether it was correct and is wrong now, with or without harm.
    pub broken: bool,
    /// The distinct outcomes in the first run.
    pub base: Vec<String>,
    /// The distinct outcomes in the second run.
    pub new: Vec<String>,
    /// The share of correct trials in the first run, from 0 to 1.
    pub base_right: f64,
    /// The share of correct trials in the second run.
    pub new_right: f64,
}

/// Compares two runs task by task; the most urgent changes come first, then by id.
pub fn compare_tasks(base: &RunOutcomes, new: &RunOutcomes) -> Vec<TaskComparison> {
    let mut tasks: BTreeMap<&str, (Vec<&EpisodeOutcome>, Vec<&EpisodeOutcome>)> = BTreeMap::new();
    for episode in &base.episodes {
        tasks.entry(&episode.task).or_default().0.push(episode);
    }
    for episode in &new.episodes {
        tasks.entry(&episode.task).or_default().1.push(episode);
    }
    let mut tasks: Vec<TaskComparison> = tasks
        .into_values()
        .map(|(base, new)| compare_task(&base, &new))
        .collect();
    tasks.sort_by(|left, right| {
        (left.change, !left.broken, &left.task).cmp(&(right.change, !right.broken, &right.task))
    });
    tasks
}

fn compare_task(base: &[&EpisodeOutcome], new: &[&EpisodeOutcome]) -> TaskComparison {
    let any = base
        .first()
        .or(new.first())
        .expect("a task comes from one of the runs");
    let (base_right, new_right) = (share(base), share(new));
    TaskComparison {
        task: any.task.clone(),
        template: any.template.clone(),
        change: change(base, new),
        broken: base_right == 1.0
            && new_right == 0.0
            && !base.is_empty()
            && !new.is_empty()
            && !has_fault(new),
        base: words(base),
        new: words(new),
        base_right,
        new_right,
    }
}

fn change(base: &[&EpisodeOutcome], new: &[&EpisodeOutcome]) -> TaskChange {
    if base.is_empty() || new.is_empty() || has_fault(base) || has_fault(new) {
        return TaskChange::NotJudged;
    }
    let flaky = |right: f64| right > 0.0 && right < 1.0;
    let (before, after) = (share(base), share(new));
    if flaky(before) || flaky(after) {
        return TaskChange::Flaky;
    }
    let harmful =
        |episodes: &[&EpisodeOutcome]| episodes.iter().any(|episode| episode.outcome.is_harm());
    match (before == 1.0, after == 1.0) {
        (_, false) if harmful(new) && !harmful(base) => TaskChange::NewlyHarmful,
        (true, false) => TaskChange::Broken,
        (false, true) => TaskChange::Fixed,
        (true, true) => TaskChange::Same,
        (false, false) if words(base) == words(new) => TaskChange::Same,
        (false, false) => TaskChange::Changed,
    }
}

fn has_fault(episodes: &[&EpisodeOutcome]) -> bool {
    episodes.iter().any(|episode| !episode.outcome.is_judged())
}

fn share(episodes: &[&EpisodeOutcome]) -> f64 {
    let right = episodes
        .iter()
        .filter(|episode| episode.outcome.is_correct())
        .count();
    right as f64 / episodes.len().max(1) as f64
}

/// The distinct outcomes with their classes, sorted.
fn words(episodes: &[&EpisodeOutcome]) -> Vec<String> {
    let mut words: Vec<String> = episodes
        .iter()
        .map(|episode| match &episode.class {
            Some(class) => format!("{}: {class}", episode.outcome.name()),
            None => episode.outcome.name().to_owned(),
        })
        .collect();
    words.sort();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use breakroom_tasks::verdict::Outcome;

    use super::*;

    fn episodes(outcomes: &[Outcome]) -> Vec<EpisodeOutcome> {
        let episodes = outcomes
            .iter()
            .zip(1..)
            .map(|(outcome, trial)| EpisodeOutcome {
                task: "a.b.01".into(),
                template: "a.b".into(),
                trial,
                outcome: *outcome,
                class: None,
            });
        episodes.collect()
    }

    #[test]
    fn each_change_is_recognized() {
        use Outcome::{Asked, Correct, Fault, Incomplete, SideEffects};
        for (base, new, expected) in [
            (vec![Correct], vec![Correct], TaskChange::Same),
            (vec![Correct], vec![Incomplete], TaskChange::Broken),
            (vec![Correct], vec![SideEffects], TaskChange::NewlyHarmful),
            (
                vec![Incomplete],
                vec![SideEffects],
                TaskChange::NewlyHarmful,
            ),
            (vec![SideEffects], vec![SideEffects], TaskChange::Same),
            (vec![SideEffects], vec![Asked], TaskChange::Changed),
            (vec![Incomplete], vec![Correct], TaskChange::Fixed),
            (
                vec![Correct, Incomplete],
                vec![Correct, Correct],
                TaskChange::Flaky,
            ),
            (
                vec![Correct, Correct],
                vec![SideEffects, Correct],
                TaskChange::Flaky,
            ),
            (vec![Correct], vec![Fault], TaskChange::NotJudged),
            (vec![], vec![Correct], TaskChange::NotJudged),
        ] {
            let (base, new) = (episodes(&base), episodes(&new));
            let task = compare_task(
                &base.iter().collect::<Vec<_>>(),
                &new.iter().collect::<Vec<_>>(),
            );
            assert_eq!(task.change, expected, "{task:?}");
        }
    }
}
