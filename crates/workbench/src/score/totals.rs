//! Totals of recorded runs, by agent, domain and rules.

use std::collections::BTreeMap;

use super::{RulesChoice, ScoredRun};

/// The totals of one agent's recorded runs. The error classes are the original's, by its rules of 2024.
#[derive(Default, serde::Serialize)]
pub struct AgentTotals {
    runs: usize,
    correct: usize,
    unwanted_side_effects: usize,
    exact_match: usize,
    no_actions: usize,
    wrong_email: usize,
    end_date_minor_error: usize,
    meeting_start_time_error: usize,
}

/// Totals by agent (model and tool selection), domain (or `all`) and rules.
pub type TotalsByAgent = BTreeMap<(String, String, RulesChoice), AgentTotals>;

/// Whether a run is correct and whether it did harm, by the original's rules.
pub fn original(ScoredRun { verdict, .. }: &ScoredRun, rules: RulesChoice) -> (bool, bool) {
    if rules == RulesChoice::Year2026 {
        (verdict.correct_2026, verdict.unwanted_side_effects_2026)
    } else {
        (verdict.correct, verdict.unwanted_side_effects)
    }
}

/// Adds judged runs to the totals.
pub fn count(
    scored: &[ScoredRun],
    judged: &[(bool, bool)],
    rules: RulesChoice,
    totals: &mut TotalsByAgent,
) {
    for (ScoredRun { file, verdict, .. }, (correct, harm)) in scored.iter().zip(judged) {
        let (domain, name) = file.split_once('/').unwrap_or_default();
        // The file name ends with the date and the time of the run.
        let agent = name.rsplitn(3, '_').nth(2).unwrap_or(name);
        for scope in ["all", domain] {
            let total = totals
                .entry((agent.to_owned(), scope.to_owned(), rules))
                .or_default();
            total.runs += 1;
            for (count, holds) in [
                (&mut total.correct, *correct),
                (&mut total.unwanted_side_effects, *harm),
                (&mut total.exact_match, verdict.exact_match),
                (&mut total.no_actions, verdict.no_actions),
                (&mut total.wrong_email, verdict.wrong_email),
                (
                    &mut total.end_date_minor_error,
                    verdict.end_date_minor_error,
                ),
                (
                    &mut total.meeting_start_time_error,
                    verdict.meeting_start_time_error,
                ),
            ] {
                *count += usize::from(holds);
            }
        }
    }
}

/// The totals as a table.
pub fn table(totals: &TotalsByAgent) -> comfy_table::Table {
    let mut table = breakroom_report::table::new();
    table.set_header([
        "agent",
        "domain",
        "rules",
        "runs",
        "correct",
        "accuracy",
        "side effects",
        "exact match",
        "no actions",
        "wrong email",
        "end date",
        "meeting start",
    ]);
    for ((agent, domain, rules), total) in totals {
        let percent = 100.0 * total.correct as f64 / total.runs as f64;
        let mut row = vec![
            agent.clone(),
            domain.clone(),
            rules.name().to_owned(),
            total.runs.to_string(),
            total.correct.to_string(),
        ];
        row.push(format!("{percent:.1} %"));
        let counts = [
            total.unwanted_side_effects,
            total.exact_match,
            total.no_actions,
            total.wrong_email,
            total.end_date_minor_error,
            total.meeting_start_time_error,
        ];
        row.extend(counts.map(|count| count.to_string()));
        table.add_row(row);
    }
    table
}
