//! What `breakroom run` and `breakroom merge` print at the end.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Map, json};

use breakroom_record::list;
use breakroom_record::record::FORMAT_VERSION;
use breakroom_record::writer::FinishedRun;
use breakroom_report::statistics;
use breakroom_report::summary::tables;

/// Prints the totals of a run and what to look at next. Exit code 3 if there was a fault.
///
/// # Errors
/// Standard output cannot be written.
pub fn report(done: &FinishedRun, as_json: bool) -> Result<ExitCode> {
    let FinishedRun { path, run, summary } = done;
    let totals = summary.totals();
    let statistics = summary.trials.statistics();
    let mut out = std::io::stdout().lock();
    if as_json {
        let domains: Map<String, serde_json::Value> = totals
            .iter()
            .map(|(domain, total)| (domain.clone(), json!(total)))
            .collect();
        let document = json!({ "format_version": FORMAT_VERSION, "folder": path, "run": run, "domains": domains, "statistics": statistics });
        writeln!(out, "{document:#}")?;
    } else {
        let (path, name) = (path.display(), list::short_name(path));
        let [outcomes, effort] = tables(&totals);
        writeln!(out, "{outcomes}\n\n{effort}")?;
        if let Some(line) = summary.recovery() {
            writeln!(out, "{line}")?;
        }
        if let Some(statistics) = statistics.filter(|found| found.trials > 1) {
            write!(out, "{}", statistics::to_text(&statistics))?;
        }
        writeln!(out, "kept in {path}")?;
        if let Some(task) = &summary.worst {
            writeln!(out, "next: breakroom errors {name}")?;
            writeln!(out, "      breakroom show {name} {task}")?;
        }
    }
    let faults = summary.all.episodes - summary.all.judged();
    if faults == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let reason = summary.first_fault.as_deref();
    eprintln!(
        "{faults} of {} episodes are faults, not answers; the first: {}",
        summary.all.episodes,
        reason.unwrap_or("the reason is unknown")
    );
    Ok(ExitCode::from(3))
}
