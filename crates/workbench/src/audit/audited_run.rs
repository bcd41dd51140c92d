//! A recorded run, replayed and judged by all rules, with what is needed to explain why the rules disagree.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use anyhow::Result;
use breakroom_tasks::judge::Judge;
use breakroom_tasks::task::Task;
use breakroom_tasks::verdict::{EpisodeEnding, Outcome, Verdict};
use breakroom_tasks::workbench::task_from_answer;
use breakroom_tools::session::{InitialState, ToolSession};
use breakroom_tools::workbench::checkout::{self, RecordedRun};
use breakroom_tools::workbench::frame::{Frame, FrameCell, FrameRow};
use breakroom_tools::workbench::office::WorkbenchOffice;
use breakroom_tools::workbench::rules::{self, StateComparison};
use breakroom_tools::workbench::session::WorkbenchSession as Replay;
use breakroom_tools::workbench::{python, quoting};

use super::classes::RulesYear;

/// A recorded run with its verdicts by all rules, and the states that they compare.
pub struct AuditedRun {
    /// The office before the run.
    pub start: Arc<WorkbenchOffice>,
    /// The office after the answer's calls.
    pub expected: WorkbenchOffice,
    /// The office after the run's calls, as the original replays them.
    pub left: WorkbenchOffice,
    /// The verdict by the original's rules.
    pub original: rules::WorkbenchVerdict,
    /// The verdict by native rules, on the changes that the calls asked for, with quotation marks repaired.
    pub native: Verdict,
    /// The verdict by native rules, without that repair.
    pub native_as_written: Verdict,
    /// Whether the calls, as written, asked for any change.
    pub changed: bool,
    /// Whether the record contains an error.
    pub has_error: bool,
    /// Whether every call parses as a literal call of a tool and did not raise an error.
    pub every_call_ran: bool,
    /// Whether a mail overwrote another, in the run or in the answer.
    pub overwrote: bool,
}

impl AuditedRun {
    /// Replays a run of a task and judges it.
    ///
    /// # Errors
    /// A fault.
    pub fn replay(
        start: &Arc<WorkbenchOffice>,
        task: &checkout::RecordedTask,
        run: &RecordedRun,
    ) -> Result<AuditedRun> {
        let native_task = task_from_answer("recorded", &run.query, &task.answer);
        let mended: Vec<Option<String>> = run
            .calls
            .iter()
            .map(|text| quoting::repair_quotes(text))
            .collect();
        let as_written = replay(start, run.calls.iter());
        let native_as_written = native(start, &native_task, as_written.clone())?;
        let native = if mended.iter().any(Option::is_some) {
            let meant = mended.iter().zip(&run.calls);
            let meant = meant.map(|(mended, text)| mended.as_ref().unwrap_or(text));
            native(start, &native_task, replay(start, meant))?
        } else {
            native_as_written.clone()
        };
        let answer = replay(start, task.answer.iter());
        let literal = |text: &String| python::parse_call(text).is_ok_and(|call| call.literal);
        Ok(AuditedRun {
            start: Arc::clone(start),
            expected: answer.office().clone(),
            left: as_written.office().clone(),
            original: rules::judge(start, task, run),
            native,
            native_as_written,
            changed: !as_written.changes().is_empty(),
            has_error: !run.error.is_empty(),
            every_call_ran: as_written.every_call_ran() && run.calls.iter().all(literal),
            overwrote: as_written.has_overwritten_mail() || answer.has_overwritten_mail(),
        })
    }

    /// Whether the run is correct by native rules.
    pub fn native_right(&self) -> bool {
        self.native.outcome.is_correct()
    }

    /// Whether the run did harm by native rules.
    pub fn native_harm(&self) -> bool {
        self.native.outcome.is_harm()
    }

    /// Whether the run did part of what was asked, and nothing else.
    pub fn did_a_part(&self) -> bool {
        self.native.outcome == Outcome::Incomplete && self.changed
    }
}

/// Plays call strings like the original's evaluation.
fn replay<'a>(start: &Arc<WorkbenchOffice>, calls: impl Iterator<Item = &'a String>) -> Replay {
    let mut session = Replay::open(start);
    for text in calls {
        session.evaluate(text);
    }
    session
}

fn native(start: &Arc<WorkbenchOffice>, task: &Task, session: Replay) -> Result<Verdict> {
    let judge = Judge::new(&InitialState::Workbench(Arc::clone(start)), task)?;
    Ok(judge.judge(&ToolSession::Workbench(session), &EpisodeEnding::default())?)
}

/// Whether two offices are equal by the rules of a year, if every call ran.
pub fn matches(
    year: RulesYear,
    start: &WorkbenchOffice,
    one: &WorkbenchOffice,
    other: &WorkbenchOffice,
) -> bool {
    match year {
        RulesYear::Y2024 => StateComparison::by_2024(start, one, other).0,
        RulesYear::Y2026 => StateComparison::by_2026(start, one, other, true).0,
    }
}

/// The tables that differ between two offices, each as the texts of its rows in order: in lower case, with all values as text, without empty fields,
/// and without the ids of rows that were created.
pub fn contents(
    start: &WorkbenchOffice,
    one: &WorkbenchOffice,
    other: &WorkbenchOffice,
) -> [Vec<Vec<String>>; 2] {
    let mut both = [Vec::new(), Vec::new()];
    for ((first, one), other) in frames(start)
        .into_iter()
        .zip(frames(one))
        .zip(frames(other))
    {
        if Arc::ptr_eq(one, other) {
            continue;
        }
        let ids = first.rows.iter().filter_map(|row| row.cells[0].text());
        let ids: HashSet<&str> = ids.collect();
        for (texts, frame) in both.iter_mut().zip([one, other]) {
            texts.push(
                frame
                    .rows
                    .iter()
                    .map(|row| row_text(&ids, frame, row))
                    .collect(),
            );
        }
    }
    for (texts, office) in both.iter_mut().zip([one, other]) {
        texts.push(
            office
                .plots
                .iter()
                .map(|path| path.to_lowercase())
                .collect(),
        );
    }
    both
}

/// The same, with the rows of each table sorted.
pub fn unordered(mut both: [Vec<Vec<String>>; 2]) -> [Vec<Vec<String>>; 2] {
    let tables = both.iter_mut().flatten();
    tables.for_each(|rows| rows.sort_unstable());
    both
}

fn row_text(ids: &HashSet<&str>, frame: &Frame, row: &FrameRow) -> String {
    let mut values: BTreeMap<&str, String> = BTreeMap::new();
    for (place, (column, cell)) in frame.columns.iter().zip(&row.cells).enumerate() {
        let created = place == 0 && !cell.text().is_some_and(|id| ids.contains(id));
        if created || *cell == FrameCell::Missing {
            continue;
        }
        let text = match cell.to_json() {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        let cased = ["status", "list_name", "board"].contains(&column.as_str());
        values.insert(column, if cased { text } else { text.to_lowercase() });
    }
    format!("{values:?}")
}

/// The frames that tools can change.
pub fn frames(office: &WorkbenchOffice) -> [&Arc<Frame>; 4] {
    [
        &office.calendar,
        &office.email,
        &office.project_management,
        &office.customers,
    ]
}
