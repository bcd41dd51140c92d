//! What the trials of a run say, in words and tables.

use std::fmt::Write;

use breakroom_record::statistics::Statistics;
use breakroom_tasks::verdict::Outcome;

/// How many coin flaky_tasks are listed.
const LISTED: usize = 20;

/// The statistics in words and tables.
pub fn words(statistics: &Statistics) -> String {
    let mut text = format!("{:.1} % right", 100.0 * statistics.mean);
    // Writing to a text cannot fail.
    if let Some([low, high]) = statistics.interval {
        let _ = write!(
            text,
            " (95 % interval {:.1} to {:.1}, by template)",
            100.0 * low,
            100.0 * high
        );
    }
    let _ = writeln!(
        text,
        ", {} tasks, at least {} trials each",
        statistics.tasks, statistics.trials
    );
    if statistics.trials > 1 {
        let mut table = crate::table::new();
        table.set_header(["k", "pass@k: one of k", "pass^k: all of k"]);
        for (place, (at, all)) in statistics
            .pass_at
            .iter()
            .zip(&statistics.pass_all)
            .enumerate()
        {
            table.add_row([
                (place + 1).to_string(),
                format!("{:.1} %", 100.0 * at),
                format!("{:.1} %", 100.0 * all),
            ]);
        }
        let _ = writeln!(text, "\n{table}");
    }
    if !statistics.flaky_tasks.is_empty() {
        let mut table = crate::table::new();
        let outcomes = Outcome::ALL.map(|outcome| outcome.label());
        table.set_header(
            ["coin task", "bits"]
                .map(str::to_owned)
                .into_iter()
                .chain(outcomes),
        );
        for task in statistics.flaky_tasks.iter().take(LISTED) {
            let counts = Outcome::ALL.map(|outcome| {
                task.outcomes
                    .get(&outcome)
                    .copied()
                    .unwrap_or_default()
                    .to_string()
            });
            table.add_row(
                [task.task.clone(), format!("{:.2}", task.entropy)]
                    .into_iter()
                    .chain(counts),
            );
        }
        let _ = writeln!(text, "\n{table}");
        if statistics.flaky_tasks.len() > LISTED {
            let _ = writeln!(text, "and {} more", statistics.flaky_tasks.len() - LISTED);
        }
    }
    text
}
