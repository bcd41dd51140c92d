//! The statistics over a run's trials, as text and tables.

use std::fmt::Write;

use breakroom_record::statistics::{FlakyTask, Statistics};
use comfy_table::Table;

/// How many flaky tasks are listed.
const LISTED: usize = 20;

/// The statistics as text and tables.
pub fn to_text(statistics: &Statistics) -> String {
    let mut text = format!("accuracy {:.1} %", 100.0 * statistics.mean);
    // Writing to a string cannot fail.
    if let Some([low, high]) = statistics.interval {
        let _ = write!(
            text,
            " (95 % interval {:.1} to {:.1}, clustered by template)",
            100.0 * low,
            100.0 * high
        );
    }
    let _ = writeln!(
        text,
        "\n{} tasks, at least {} trials each",
        statistics.tasks, statistics.trials
    );
    if statistics.trials > 1 {
        let mut table = crate::table::new();
        table.set_header(["k", "pass@k: at least one of k", "pass^k: all of k"]);
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
        let _ = writeln!(text, "\n{}", flaky_tasks(&statistics.flaky_tasks));
        if statistics.flaky_tasks.len() > LISTED {
            let _ = writeln!(text, "and {} more", statistics.flaky_tasks.len() - LISTED);
        }
    }
    text
}

fn flaky_tasks(tasks: &[FlakyTask]) -> Table {
    let mut table = crate::table::new();
    table.set_header(["flaky task", "entropy", "outcomes"]);
    for task in tasks.iter().take(LISTED) {
        let outcomes = task.outcomes.iter();
        let outcomes = outcomes.map(|(outcome, count)| format!("{count} {}", outcome.label()));
        table.add_row([
            task.task.clone(),
            format!("{:.2} bits", task.entropy),
            outcomes.collect::<Vec<_>>().join(", "),
        ]);
    }
    table
}
