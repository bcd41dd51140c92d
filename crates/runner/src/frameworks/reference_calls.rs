//! The calls that the policy makes without a framework. Any further call is the framework's doing.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use serde::Serialize;
use serde_json::Value as Json;

use super::bench::FrameworkBench;
use crate::episode;
use breakroom_record::trace::TraceEvent;

/// The policy's calls by task.
pub struct ReferenceCalls(HashMap<String, Vec<String>>);

/// Calls beyond those of the policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExtraCalls {
    /// The number of calls.
    pub calls: usize,
    /// How many of them repeat an earlier call of the episode with the same arguments.
    pub repeated: usize,
}

impl std::ops::AddAssign for ExtraCalls {
    fn add_assign(&mut self, other: ExtraCalls) {
        self.calls += other.calls;
        self.repeated += other.repeated;
    }
}

impl ReferenceCalls {
    /// Plays these tasks with the policy, without a framework.
    ///
    /// # Errors
    /// The policy does not solve a task, so there is nothing to compare with.
    pub async fn play(bench: &FrameworkBench, tasks: &[usize]) -> Result<ReferenceCalls> {
        let context = bench.policy_alone();
        let mut calls = HashMap::new();
        for place in tasks {
            let task = &bench.suite.tasks[*place];
            let finished = episode::play(&context, task, 1).await;
            anyhow::ensure!(
                finished.record.outcome.is_correct(),
                "the policy does not solve {}: {:?}",
                task.id,
                finished.record.ending
            );
            calls.insert(task.id.clone(), calls_of(&finished.trace));
        }
        Ok(ReferenceCalls(calls))
    }

    /// The calls of an episode beyond the policy's calls for its task.
    pub fn extra_calls(&self, task: &str, trace: &[TraceEvent]) -> ExtraCalls {
        extra_calls(
            self.0.get(task).map_or(&[], Vec::as_slice),
            &calls_of(trace),
        )
    }
}

fn extra_calls(expected: &[String], made: &[String]) -> ExtraCalls {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for call in expected {
        *left.entry(call).or_default() += 1;
    }
    let mut extra = ExtraCalls::default();
    for (place, call) in made.iter().enumerate() {
        match left.get_mut(call.as_str()) {
            Some(count @ 1..) => *count -= 1,
            _ => {
                extra.calls += 1;
                extra.repeated += usize::from(made[..place].contains(call));
            }
        }
    }
    extra
}

fn calls_of(trace: &[TraceEvent]) -> Vec<String> {
    let calls = trace.iter().filter_map(|line| match line {
        TraceEvent::Called {
            tool, arguments, ..
        } => Some(canonical(tool, arguments)),
        _ => None,
    });
    calls.collect()
}

/// A call in canonical form: clients write dots as underscores, order arguments as they like, and some pass null for missing arguments.
fn canonical(tool: &str, arguments: &Json) -> String {
    let arguments: BTreeMap<&String, &Json> = arguments
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .collect();
    format!(
        "{} {}",
        tool.replace('.', "_"),
        serde_json::json!(arguments)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn calls_beyond_the_expected_are_counted_and_repeats_among_them() {
        let calls = |letters: &str| -> Vec<String> { letters.chars().map(String::from).collect() };
        let extra = |made: &str| {
            let extra = extra_calls(&calls("aab"), &calls(made));
            (extra.calls, extra.repeated)
        };
        assert_eq!(extra("aab"), (0, 0));
        assert_eq!(extra("ba"), (0, 0));
        assert_eq!(extra("aabb"), (1, 1));
        assert_eq!(extra("aabc"), (1, 0));
        assert_eq!(extra("ccaaab"), (3, 2));
    }

    #[test]
    fn a_call_is_the_same_however_a_client_writes_it() {
        assert_eq!(
            canonical("calendar.search_events", &json!({"query": "x", "page": 2})),
            canonical(
                "calendar_search_events",
                &json!({"page": 2, "until": null, "query": "x"})
            )
        );
    }
}
