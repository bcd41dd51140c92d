//! A list of runs as a table.

use breakroom_record::list::{About, RunInfo, State};
use breakroom_tasks::verdict::Outcome;

use crate::agent_names::short_agent;
use crate::table::folded;

/// The runs as a table, in the order that they have.
pub fn table(runs: &[RunInfo]) -> comfy_table::Table {
    let mut table = crate::table::new();
    table.set_header([
        "run",
        "started",
        "agent",
        "suite",
        "correct",
        "side\neffects",
        "state",
    ]);
    for run in runs {
        let about = run.run.as_ref();
        let text = |of: fn(&About) -> String| about.map(of).unwrap_or_default();
        table.add_row([
            run.name.clone(),
            text(started),
            text(agent),
            text(suite),
            text(|about| about.of(Outcome::Correct).to_string()),
            text(|about| about.of(Outcome::SideEffects).to_string()),
            state(&run.state, about),
        ]);
    }
    crate::table::keep_whole(&mut table, 0);
    table
}

/// The day, and below it the time to the minute.
fn started(about: &About) -> String {
    let minute: String = about.started.chars().take(16).collect();
    minute.replace('T', "\n")
}

/// The agent, and below it its model.
fn agent(about: &About) -> String {
    let agent = folded(&short_agent(&about.agent), 12);
    match &about.model {
        Some(model) => format!("{agent},\n{}", folded(model, 12)),
        None => agent,
    }
}

fn suite(about: &About) -> String {
    let suite = folded(&about.suite, 7);
    match &about.shard {
        Some(shard) => format!("{suite}\n{shard}"),
        None => suite,
    }
}

fn state(state: &State, about: Option<&About>) -> String {
    let (done, episodes) = about.map_or((0, 0), |about| (about.done, about.episodes));
    match state {
        State::Finished => format!("finished,\n{done}"),
        State::Running => format!("running,\n{done} of {episodes}"),
        State::BrokenOff => format!("broken off,\n{done} of {episodes}"),
        State::Unreadable { reason } => format!("unreadable: {reason}"),
    }
}
