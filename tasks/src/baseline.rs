//! Scores of the simplest agents: the oracle, one that does nothing, and one that calls random tools.

use std::collections::BTreeMap;

use breakroom_tools::native::catalog;
use breakroom_tools::session::{Dialect, InitialState};
use breakroom_tools::workbench::tools;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use crate::judge::{Judge, JudgeError, play};
use crate::suite::Suite;
use crate::task::{Call, Task};
use crate::verdict::{EpisodeEnding, Outcome, ScoringRules};

/// The scores of the simplest agents.
#[derive(Clone, Debug, Serialize)]
pub struct Baselines {
    /// Outcomes by agent.
    pub agents: BTreeMap<String, BTreeMap<Outcome, usize>>,
    /// The number of tasks in which changing nothing is correct.
    pub ask_for_nothing: usize,
    /// One line for each task in which the oracle is wrong, or in which doing nothing is correct although it should not be, or the reverse.
    pub unsound: Vec<String>,
    /// Whether there are no such tasks.
    pub sound: bool,
}

/// Plays every task with each of the agents.
///
/// # Errors
/// A fault, or the rules do not apply.
pub fn measure(
    suite: &Suite,
    start: &InitialState,
    rules: ScoringRules,
    seed: u64,
) -> Result<Baselines, JudgeError> {
    let mut agents: BTreeMap<String, BTreeMap<Outcome, usize>> = BTreeMap::new();
    let mut unsound = Vec::new();
    let mut session = start.open()?;
    let mut for_judges = None;
    for task in &suite.tasks {
        let judge = Judge::reusing_session(&mut for_judges, start, task)?.with_rules(rules)?;
        let oracle: Vec<Call> = task.outcomes[0].calls().cloned().collect();
        let random = random_calls(start.dialect(), task, seed);
        for (agent, calls) in [("oracle", oracle), ("noop", Vec::new()), ("random", random)] {
            session.reset()?;
            play(&mut session, &calls)?;
            let outcome = judge.judge(&session, &EpisodeEnding::default())?.outcome;
            *agents
                .entry(agent.to_owned())
                .or_default()
                .entry(outcome)
                .or_default() += 1;
            let expected = agent == "oracle" || task.expects_no_change();
            if agent != "random" && task.answer.is_none() && outcome.is_correct() != expected {
                unsound.push(format!("{}: {agent} is {}", task.id, outcome.name()));
            }
        }
    }
    Ok(Baselines {
        agents,
        ask_for_nothing: suite
            .tasks
            .iter()
            .filter(|task| task.expects_no_change())
            .count(),
        sound: unsound.is_empty(),
        unsound,
    })
}

/// Draws up to four calls of random tools, with arguments of the right form.
pub fn random_calls(dialect: Dialect, task: &Task, seed: u64) -> Vec<Call> {
    let digest = Sha256::digest(format!("{seed}\n{}", task.id));
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from_le_bytes(std::array::from_fn(|index| {
        digest[index]
    })));
    (0..below(&mut rng, 5))
        .map(|_| random_call(dialect, &mut rng))
        .collect()
}

fn random_call(dialect: Dialect, rng: &mut ChaCha8Rng) -> Call {
    match dialect {
        Dialect::Native => {
            let tool = &catalog()[below(rng, catalog().len())];
            let fields = tool.schema["properties"].as_object().into_iter().flatten();
            let required = tool.schema["required"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let wanted = fields.filter(|(name, _)| required.contains(&json!(name)));
            let arguments: Map<String, Json> = wanted
                .map(|(name, field)| (name.clone(), value(rng, name, field)))
                .collect();
            Call {
                tool: tool.name.clone(),
                arguments: Json::Object(arguments),
            }
        }
        Dialect::Workbench => {
            let all: Vec<_> = tools::all().collect();
            let tool = all[below(rng, all.len())];
            let arguments: Map<String, Json> = tool
                .parameters
                .iter()
                .map(|name| ((*name).to_owned(), value(rng, name, &Json::Null)))
                .collect();
            Call {
                tool: tool.name.to_owned(),
                arguments: Json::Object(arguments),
            }
        }
    }
}

/// Draws a plausible value for an argument.
fn value(rng: &mut ChaCha8Rng, name: &str, field: &Json) -> Json {
    let closed = field["enum"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if !closed.is_empty() {
        return closed[below(rng, closed.len())].clone();
    }
    match name {
        _ if name.ends_with("_id") => json!(format!("{:08}", 1 + below(rng, 300))),
        _ if name.contains("email") || name == "recipient" => json!("someone@else.example"),
        "event_start" => json!("2026-06-15 10:00:00"),
        "duration" => json!(15 + 15 * below(rng, 6)),
        _ if name.contains("date") || name.starts_with("time_") => {
            json!(format!("2026-06-{:02}", 1 + below(rng, 28)))
        }
        _ => json!(["Hello", "Review", "Update", "Plan"][below(rng, 4)]),
    }
}

fn below(rng: &mut ChaCha8Rng, count: usize) -> usize {
    let wide = u128::from(rng.next_u64()) * count as u128;
    (wide >> 64) as usize
}
