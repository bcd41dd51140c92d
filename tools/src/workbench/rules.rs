//! The original's scoring rules, in their versions of 2024 and of 2026.

use super::checkout::{RecordedRun, RecordedTask};
use super::frame::{Frame, FrameCell};
use super::office::WorkbenchOffice;
use super::{python, tools};

/// The verdict on a recorded run, in the columns of the original's evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the columns are the original's"
)]
pub struct WorkbenchVerdict {
    /// The final state is that of the answer, and the run ended without an error.
    pub correct: bool,
    /// It changed something, and the final state is wrong.
    pub unwanted_side_effects: bool,
    /// Its calls of writing tools are those of the answer.
    pub exact_match: bool,
    /// It made no calls.
    pub no_actions: bool,
    /// It used addresses that do not exist.
    pub wrong_email: bool,
    /// Correct, except that an end date is today.
    pub end_date_minor_error: bool,
    /// Correct, except for the time of a meeting.
    pub meeting_start_time_error: bool,
    /// Correct according to the rules of 2026.
    pub correct_2026: bool,
    /// Side effects according to the rules of 2026: it changed something besides plots, and it would not be correct even without its error.
    /// A call that fails is enough for the latter, even if the final state is that of the answer; the recorded verdicts show this.
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

/// A final state compared with the expected and the initial one. Recorded errors are not considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateComparison {
    /// The state is the expected one according to the rules of 2024, including the order and labels of rows.
    pub match_2024: bool,
    /// The state differs from the initial one.
    pub changed_2024: bool,
    /// Every call ran and the state is the expected one according to the rules of 2026, with rows in any order.
    pub match_2026: bool,
    /// The state differs from the initial one in something besides plots.
    pub changed_2026: bool,
}

impl StateComparison {
    /// Whether the state matches and whether it changed, according to the rules of 2024.
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

    /// Whether the state matches and whether it changed, according to the rules of 2026.
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

    /// Compares the same final state according to both versions.
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

/// Judges a recorded run of a task, starting from a fresh office.
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

/// Whether two frames are equal, ignoring case. `ordered` also requires the same order and labels.
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

/// A value in lower case. In the original, lower-casing a column turns values that are not text into missing ones.
fn folded(cell: &FrameCell) -> Option<String> {
    cell.text().map(str::to_lowercase)
}
