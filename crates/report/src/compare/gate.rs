//! The conditions under which a comparison fails.

use serde::Serialize;

use super::significance::Significance;
use super::task_comparison::{TaskChange, TaskComparison};

/// A condition under which a comparison fails. Flaky tasks do not count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// A task that was correct is wrong now.
    Broken,
    /// A task without side effects has some now.
    SideEffects,
    /// Accuracy dropped by more than that many percentage points.
    Drop(f64),
    /// Accuracy dropped, and McNemar's test or the permutation test gives a p-value below this.
    P(f64),
}

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<FailOn, String> {
        let number = |text: &str| {
            text.trim_end_matches('%')
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite() && *number >= 0.0)
        };
        let found = match text.split_once('=') {
            None if text == "broken" => Some(FailOn::Broken),
            None if text == "side-effects" => Some(FailOn::SideEffects),
            Some(("drop", points)) => number(points).map(FailOn::Drop),
            Some(("p", p)) => number(p).filter(|p| *p <= 1.0).map(FailOn::P),
            _ => None,
        };
        found.ok_or_else(|| {
            format!("unknown condition {text:?}: use broken, side-effects, drop=2% or p=0.05")
        })
    }
}

/// Why a comparison fails: a line for each condition that is met.
pub fn failures(
    conditions: &[FailOn],
    tasks: &[TaskComparison],
    significance: &Significance,
) -> Vec<String> {
    let names = |passes: fn(&TaskComparison) -> bool| {
        let names: Vec<&str> = tasks
            .iter()
            .filter(|task| passes(task))
            .map(|task| task.task.as_str())
            .collect();
        names
    };
    let list = |names: &[&str]| match names {
        [first @ .., _, _] if names.len() > 12 => {
            format!("{} and {} more", first[..10].join(", "), names.len() - 10)
        }
        _ => names.join(", "),
    };
    let mut failures = Vec::new();
    for condition in conditions {
        match condition {
            FailOn::Broken => {
                let broken = names(|task| task.broken);
                if !broken.is_empty() {
                    failures.push(format!("broken: {}", list(&broken)));
                }
            }
            FailOn::SideEffects => {
                let harmful = names(|task| task.change == TaskChange::NewlyHarmful);
                if !harmful.is_empty() {
                    failures.push(format!("new side effects: {}", list(&harmful)));
                }
            }
            FailOn::Drop(points) => {
                if -significance.difference > *points {
                    failures.push(format!(
                        "accuracy dropped by {:.1} points, more than {points}",
                        -significance.difference
                    ));
                }
            }
            FailOn::P(p) => {
                let least = significance.mcnemar_p.min(significance.permutation_p);
                if significance.difference < 0.0 && least < *p {
                    failures.push(format!(
                        "accuracy dropped by {:.1} points, and the p-value {least:.4} is below {p}",
                        -significance.difference
                    ));
                }
            }
        }
    }
    failures
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_others_are_refused() {
        assert_eq!("drop=2%".parse(), Ok(FailOn::Drop(2.0)));
        assert_eq!("p=0.05".parse(), Ok(FailOn::P(0.05)));
        assert_eq!("broken".parse(), Ok(FailOn::Broken));
        for text in ["drop", "drop=-1", "p=2", "worse"] {
            assert!(text.parse::<FailOn>().unwrap_err().contains(text));
        }
    }

    #[test]
    fn each_condition_holds_on_its_own_evidence() {
        let significance = Significance {
            broken: 3,
            fixed: 0,
            mcnemar_p: 0.25,
            difference: -3.0,
            interval: [-6.0, 0.0],
            permutation_p: 0.04,
        };
        let holds = |condition| failures(&[condition], &[], &significance).len();
        assert_eq!(holds(FailOn::Drop(2.0)), 1);
        assert_eq!(holds(FailOn::Drop(3.0)), 0);
        assert_eq!(holds(FailOn::P(0.05)), 1);
        assert_eq!(holds(FailOn::P(0.01)), 0);
        assert_eq!(holds(FailOn::Broken), 0);
    }
}
