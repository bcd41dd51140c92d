//! Tasks side by side.

use std::collections::BTreeMap;

use serde::Serialize;

use super::sample::{Point, Sample};

/// What became of a task from one run to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Wrong with side effects now, without before.
    NewlyHarmful,
    /// Right before, wrong now.
    Broken,
    /// Wrong before, right now.
    Fixed,
    /// Wrong in another way.
    Changed,
    /// Right both times, or wrong in the same way.
    Same,
    /// Right and wrong among the trials of one run: a coin toss.
    Flaky,
    /// A fault in one of the runs, or not in both: nothing can be said.
    NotJudged,
}

impl Change {
    /// All of them, the most pressing first.
    pub const ALL: [Change; 7] = [
        Change::NewlyHarmful,
        Change::Broken,
        Change::Fixed,
        Change::Changed,
        Change::Same,
        Change::Flaky,
        Change::NotJudged,
    ];

    /// As reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Change::NewlyHarmful => "newly harmful",
            Change::Broken => "broken",
            Change::Fixed => "fixed",
            Change::Changed => "changed",
            Change::Same => "same",
            Change::Flaky => "flaky",
            Change::NotJudged => "not judged",
        }
    }
}

/// A task in both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// The task's id.
    pub task: String,
    /// The task's template.
    pub template: String,
    /// What became of it.
    pub change: Change,
    /// Whether it was right before and is wrong now, with or without harm.
    pub broken: bool,
    /// Outcomes by trial in the first run.
    pub base: Vec<String>,
    /// Outcomes by trial in the second.
    pub new: Vec<String>,
    /// The share of right trials in the first run, from 0 to 1.
    pub base_right: f64,
    /// The share of right trials in the second.
    pub new_right: f64,
}

/// Pairs the episodes of two runs by task; the most pressing come first, and then by id.
pub fn pair(base: &Sample, new: &Sample) -> Vec<Pair> {
    let mut tasks: BTreeMap<&str, (Vec<&Point>, Vec<&Point>)> = BTreeMap::new();
    for point in &base.points {
        tasks.entry(&point.task).or_default().0.push(point);
    }
    for point in &new.points {
        tasks.entry(&point.task).or_default().1.push(point);
    }
    let mut pairs: Vec<Pair> = tasks
        .into_values()
        .map(|(base, new)| one(&base, &new))
        .collect();
    pairs.sort_by(|left, right| {
        (left.change, !left.broken, &left.task).cmp(&(right.change, !right.broken, &right.task))
    });
    pairs
}

fn one(base: &[&Point], new: &[&Point]) -> Pair {
    let any = base
        .first()
        .or(new.first())
        .expect("a task comes from one of the runs");
    let (base_right, new_right) = (share(base), share(new));
    Pair {
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

fn change(base: &[&Point], new: &[&Point]) -> Change {
    if base.is_empty() || new.is_empty() || has_fault(base) || has_fault(new) {
        return Change::NotJudged;
    }
    let flaky = |right: f64| right > 0.0 && right < 1.0;
    let (before, after) = (share(base), share(new));
    if flaky(before) || flaky(after) {
        return Change::Flaky;
    }
    let harmful = |points: &[&Point]| points.iter().any(|point| point.outcome.is_harm());
    match (before == 1.0, after == 1.0) {
        (_, false) if harmful(new) && !harmful(base) => Change::NewlyHarmful,
        (true, false) => Change::Broken,
        (false, true) => Change::Fixed,
        (true, true) => Change::Same,
        (false, false) if words(base) == words(new) => Change::Same,
        (false, false) => Change::Changed,
    }
}

fn has_fault(points: &[&Point]) -> bool {
    points.iter().any(|point| !point.outcome.is_judged())
}

fn share(points: &[&Point]) -> f64 {
    let right = points
        .iter()
        .filter(|point| point.outcome.is_correct())
        .count();
    right as f64 / points.len().max(1) as f64
}

/// Outcomes with their classes, each kind once, in order.
fn words(points: &[&Point]) -> Vec<String> {
    let mut words: Vec<String> = points
        .iter()
        .map(|point| match &point.class {
            Some(class) => format!("{}: {class}", point.outcome.name()),
            None => point.outcome.name().to_owned(),
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

    fn points(outcomes: &[Outcome]) -> Vec<Point> {
        let points = outcomes.iter().zip(1..).map(|(outcome, trial)| Point {
            task: "a.b.01".into(),
            template: "a.b".into(),
            trial,
            outcome: *outcome,
            class: None,
        });
        points.collect()
    }

    #[test]
    fn what_became_of_a_task() {
        use Outcome::{Asked, Correct, Fault, Incomplete, SideEffects};
        for (base, new, expected) in [
            (vec![Correct], vec![Correct], Change::Same),
            (vec![Correct], vec![Incomplete], Change::Broken),
            (vec![Correct], vec![SideEffects], Change::NewlyHarmful),
            (vec![Incomplete], vec![SideEffects], Change::NewlyHarmful),
            (vec![SideEffects], vec![SideEffects], Change::Same),
            (vec![SideEffects], vec![Asked], Change::Changed),
            (vec![Incomplete], vec![Correct], Change::Fixed),
            (
                vec![Correct, Incomplete],
                vec![Correct, Correct],
                Change::Flaky,
            ),
            (
                vec![Correct, Correct],
                vec![SideEffects, Correct],
                Change::Flaky,
            ),
            (vec![Correct], vec![Fault], Change::NotJudged),
            (vec![], vec![Correct], Change::NotJudged),
        ] {
            let (base, new) = (points(&base), points(&new));
            let pair = one(
                &base.iter().collect::<Vec<_>>(),
                &new.iter().collect::<Vec<_>>(),
            );
            assert_eq!(pair.change, expected, "{pair:?}");
        }
    }
}
