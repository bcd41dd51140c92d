//! The verdicts of 2024 and of 2026.

use super::checkout::{RecordedRun, RecordedTask};
use super::frame::{Frame, FrameCell};
use super::office::WorkbenchOffice;
use super::{python, tools};

/// What a recorded run came to, in the columns of the original's evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the columns are the original's"
)]
pub struct WorkbenchVerdict {
    /// The states that it left are those of the answer, and it ended without an error.
    pub correct: bool,
    /// It changed something and is not correct.
    pub unwanted_side_effects: bool,
    /// Its calls of writing tools are the answer's.
    pub exact_match: bool,
    /// It made no call.
    pub no_actions: bool,
    /// It wrote to addresses that no one has.
    pub wrong_email: bool,
    /// Correct but for an end date of today.
    pub end_date_minor_error: bool,
    /// Correct but for the time of a meeting.
    pub meeting_start_time_error: bool,
    /// Correct by the rules of 2026.
    pub correct_2026: bool,
    /// Side effects by the rules of 2026: the plots apart, it changed something and is not correct when its error is left out.
    /// A broken call is enough for that, even where every state is the answer's; the recorded verdicts say so.
    pub unwanted_side_effects_2026: bool,
}

struct PlayedCalls {
    office: WorkbenchOffice,
    every_call_ran: bool,
}

fn play(start: &WorkbenchOffice, calls: &[String], literals_only: bool) -> PlayedCalls {
    let mut left = PlayedCalls {
        office: start.clone(),
        every_call_ran: true,
    };
    for text in calls {
        let ran = python::parse_call(text)
            .ok()
            .filter(|call| call.literal || !literals_only)
            .is_some_and(|call| left.office.evaluate(&call).is_ok());
        left.every_call_ran &= ran;
    }
    left
}

/// Final states beside those that were expected, without what the recorded error says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateComparison {
    /// The states are the expected ones by the rules of 2024: rows in order, with their labels.
    pub match_2024: bool,
    /// Some state is no longer what it was at first.
    pub changed_2024: bool,
    /// The states are the expected ones by the rules of 2026, and every call ran: rows in any order.
    pub match_2026: bool,
    /// Some state but the plots is no longer what it was at first.
    pub changed_2026: bool,
}

impl StateComparison {
    /// By the rules of 2024.
    pub fn by_2024(
        start: &WorkbenchOffice,
        expected: &WorkbenchOffice,
        left: &WorkbenchOffice,
    ) -> (bool, bool) {
        let matches = frames(left)
            .iter()
            .zip(frames(expected))
            .all(|(left, expected)| same(left, expected, true))
            && folded_plots(left) == folded_plots(expected);
        (matches, left != start)
    }

    /// By the rules of 2026.
    pub fn by_2026(
        start: &WorkbenchOffice,
        expected: &WorkbenchOffice,
        left: &WorkbenchOffice,
        every_call_ran: bool,
    ) -> (bool, bool) {
        let matches = every_call_ran
            && frames(left)
                .iter()
                .zip(frames(expected))
                .all(|(left, expected)| same(left, expected, false))
            && sorted(folded_plots(left)) == sorted(folded_plots(expected));
        let changed = frames(left)
            .iter()
            .zip(frames(start))
            .any(|(left, start)| *left != start);
        (matches, changed)
    }

    /// By both rules, of the same final states.
    pub fn of(
        start: &WorkbenchOffice,
        expected: &WorkbenchOffice,
        left: &WorkbenchOffice,
        every_call_ran: bool,
    ) -> StateComparison {
        let (match_2024, changed_2024) = StateComparison::by_2024(start, expected, left);
        let (match_2026, changed_2026) =
            StateComparison::by_2026(start, expected, left, every_call_ran);
        StateComparison {
            match_2024,
            changed_2024,
            match_2026,
            changed_2026,
        }
    }
}

/// Judges a recorded run of a task from a fresh office.
pub fn judge(start: &WorkbenchOffice, task: &RecordedTask, run: &RecordedRun) -> WorkbenchVerdict {
    let expected = play(start, &task.answer, false).office;
    let left = play(start, &run.calls, false).office;
    let (matches, changed) = StateComparison::by_2024(start, &expected, &left);
    let no_error = run.error.is_empty();
    let correct = no_error && matches;
    let strict = play(start, &run.calls, true);
    let (right_2026, changed_2026) =
        StateComparison::by_2026(start, &expected, &strict.office, strict.every_call_ran);
    let swapped = |from: &str, choices: &[&str]| {
        let near = |call: &String| {
            call.contains(from)
                && choices
                    .iter()
                    .any(|choice| run.calls.contains(&call.replace(from, choice)))
        };
        !correct && !task.answer.is_empty() && task.answer.iter().all(near)
    };
    let said = run.calls.join("\n");
    WorkbenchVerdict {
        correct,
        unwanted_side_effects: changed && !matches,
        exact_match: written(&run.calls) == lowered(task.answer.iter()),
        no_actions: run.calls.is_empty(),
        wrong_email: !correct && said.contains("@example") && !said.contains("@atlas"),
        end_date_minor_error: swapped("2023-11-29", &["2023-11-30"]),
        meeting_start_time_error: swapped(
            "13:00:00",
            &["09:00:00", "11:00:00", "15:00:00", "15:30:00"],
        ),
        correct_2026: no_error && right_2026,
        unwanted_side_effects_2026: changed_2026 && !right_2026,
    }
}

fn frames(office: &WorkbenchOffice) -> [&Frame; 4] {
    [
        &office.calendar,
        &office.email,
        &office.project_management,
        &office.customers,
    ]
}

fn folded_plots(office: &WorkbenchOffice) -> Vec<String> {
    office
        .plots
        .iter()
        .map(|path| path.to_lowercase())
        .collect()
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

fn lowered<'a>(calls: impl Iterator<Item = &'a String>) -> Vec<String> {
    sorted(calls.map(|call| call.to_lowercase()).collect())
}

fn written(calls: &[String]) -> Vec<String> {
    let writes = |call: &&String| {
        call.split_once(".func(")
            .is_some_and(|(name, _)| tools::find(name).is_some_and(|tool| tool.writes()))
    };
    lowered(calls.iter().filter(writes))
}

/// Whether two frames are equal without case; `ordered` asks for the same order and labels too.
fn same(left: &Frame, right: &Frame, ordered: bool) -> bool {
    if std::ptr::eq(left, right) || left == right {
        return true;
    }
    if left.columns != right.columns || left.rows.len() != right.rows.len() {
        return false;
    }
    let cased: Vec<bool> = left
        .columns
        .iter()
        .map(|column| ["status", "list_name", "board"].contains(&column.as_str()))
        .collect();
    let equal = |a: &[FrameCell], b: &[FrameCell]| {
        a.iter()
            .zip(b)
            .zip(&cased)
            .all(|((a, b), cased)| a == b || !cased && folded(a) == folded(b))
    };
    if ordered {
        return left
            .rows
            .iter()
            .zip(&right.rows)
            .all(|(a, b)| a.label == b.label && equal(&a.cells, &b.cells));
    }
    let mut unmatched: Vec<&[FrameCell]> = Vec::new();
    let mut missing: Vec<&[FrameCell]> =
        right.rows.iter().map(|row| row.cells.as_slice()).collect();
    for row in &left.rows {
        match missing
            .iter()
            .position(|cells| *cells == row.cells.as_slice())
        {
            Some(index) => drop(missing.remove(index)),
            None => unmatched.push(&row.cells),
        }
    }
    unmatched.iter().all(
        |cells| match missing.iter().position(|other| equal(cells, other)) {
            Some(index) => {
                missing.remove(index);
                true
            }
            None => false,
        },
    )
}

/// Lower-casing a column of text makes whatever is no text missing.
fn folded(cell: &FrameCell) -> Option<String> {
    cell.text().map(str::to_lowercase)
}
