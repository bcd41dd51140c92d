//! Why native rules and the original disagree about a run. Each class is a small function that looks for evidence. The first that finds some wins.

use std::sync::Arc;

use breakroom_tasks::verdict::Outcome;
use breakroom_tools::workbench::frame::{Frame, FrameCell};
use breakroom_tools::workbench::office::WorkbenchOffice;
use serde::Serialize;

use super::audited_run::{AuditedRun, contents, frames, matches, unordered};

/// The original's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum RulesYear {
    /// Final states are compared with rows in order.
    #[serde(rename = "2024")]
    Y2024,
    /// Final states are compared with rows in any order, and every call must run.
    #[serde(rename = "2026")]
    Y2026,
}

/// What a verdict says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Whether the run is correct.
    Correct,
    /// Whether it did harm.
    SideEffects,
}

/// What native rules and a record disagree about.
#[derive(Clone, Copy)]
pub struct Question {
    /// The rules of the record.
    pub year: RulesYear,
    /// What the record says.
    pub aspect: Aspect,
}

impl Question {
    /// All questions.
    pub const ALL: [Question; 4] = [
        Question {
            year: RulesYear::Y2024,
            aspect: Aspect::Correct,
        },
        Question {
            year: RulesYear::Y2024,
            aspect: Aspect::SideEffects,
        },
        Question {
            year: RulesYear::Y2026,
            aspect: Aspect::Correct,
        },
        Question {
            year: RulesYear::Y2026,
            aspect: Aspect::SideEffects,
        },
    ];

    /// The column in a file of verdicts.
    pub fn column(self) -> &'static str {
        match (self.year, self.aspect) {
            (RulesYear::Y2024, Aspect::Correct) => "correct",
            (RulesYear::Y2024, Aspect::SideEffects) => "unwanted_side_effects",
            (RulesYear::Y2026, Aspect::Correct) => "correct_2026",
            (RulesYear::Y2026, Aspect::SideEffects) => "unwanted_side_effects_2026",
        }
    }

    /// What the original's rules say.
    pub fn original(self, run: &AuditedRun) -> bool {
        let verdict = &run.original;
        match (self.year, self.aspect) {
            (RulesYear::Y2024, Aspect::Correct) => verdict.correct,
            (RulesYear::Y2024, Aspect::SideEffects) => verdict.unwanted_side_effects,
            (RulesYear::Y2026, Aspect::Correct) => verdict.correct_2026,
            (RulesYear::Y2026, Aspect::SideEffects) => verdict.unwanted_side_effects_2026,
        }
    }

    /// What native rules say.
    pub fn native(self, run: &AuditedRun) -> bool {
        match self.aspect {
            Aspect::Correct => run.native_right(),
            Aspect::SideEffects => run.native_harm(),
        }
    }
}

/// A reason for a disagreement.
pub struct DisagreementClass {
    /// Its name in reports.
    pub name: &'static str,
    /// What it means.
    pub means: &'static str,
    holds: fn(&AuditedRun, Question) -> bool,
}

/// Every class, in the order in which evidence is looked for.
pub const CLASSES: &[DisagreementClass] = &[
    DisagreementClass {
        name: "error_on_record",
        means: "everything was done as asked, but the run ended with an error afterwards, and the original counts such a run as wrong",
        holds: error_on_record,
    },
    DisagreementClass {
        name: "broken_quoting",
        means: "a quotation mark in a value breaks the recorded call string, so the original's replay skips the call, though the agent made it",
        holds: broken_quoting,
    },
    DisagreementClass {
        name: "call_that_did_not_run",
        means: "the final state is as asked, but some call named no tool, raised an error or did not parse, which is wrong by the rules of 2026",
        holds: call_that_did_not_run,
    },
    DisagreementClass {
        name: "part_of_the_answer",
        means: "part of what was asked was done, and nothing else: incomplete by native rules, a side effect by the original's",
        holds: part_of_the_answer,
    },
    DisagreementClass {
        name: "plots_not_counted",
        means: "the only harm is plots that nobody asked for, which the rules of 2026 do not count",
        holds: plots_not_counted,
    },
    DisagreementClass {
        name: "overwritten_row",
        means: "a mail that was sent after a deletion overwrote another, so a different order of the same calls leaves different mails",
        holds: overwritten_row,
    },
    DisagreementClass {
        name: "value_that_is_no_text",
        means: "a call wrote a number or a list, not text, and the original compares all such values as if they were missing",
        holds: value_that_is_no_text,
    },
    DisagreementClass {
        name: "column_left_behind",
        means: "a field that a call invented remains as a column, though no row has a value in it any more",
        holds: column_left_behind,
    },
    DisagreementClass {
        name: "letter_case",
        means: "rows differ only in upper and lower case, which the original ignores",
        holds: letter_case,
    },
    DisagreementClass {
        name: "order_of_creation",
        means: "the same rows were created in another order, so their ids or positions differ",
        holds: order_of_creation,
    },
    DisagreementClass {
        name: "row_labels",
        means: "the same rows are in the same order, but their labels differ since rows were deleted before or after others were created",
        holds: row_labels,
    },
];

/// The class of a disagreement; `None` if no class has evidence.
pub fn class_of(run: &AuditedRun, question: Question) -> Option<&'static DisagreementClass> {
    CLASSES.iter().find(|class| (class.holds)(run, question))
}

fn error_on_record(run: &AuditedRun, question: Question) -> bool {
    let AuditedRun {
        start,
        expected,
        left,
        ..
    } = run;
    let ran = question.year == RulesYear::Y2024 || run.every_call_ran;
    question.aspect == Aspect::Correct
        && run.has_error
        && run.native_right()
        && ran
        && matches(question.year, start, expected, left)
}

fn broken_quoting(run: &AuditedRun, _: Question) -> bool {
    run.native_as_written.outcome != run.native.outcome
}

fn call_that_did_not_run(run: &AuditedRun, question: Question) -> bool {
    question.year == RulesYear::Y2026
        && run.native_right()
        && !run.every_call_ran
        && same_contents(run, &run.expected)
}

fn part_of_the_answer(run: &AuditedRun, question: Question) -> bool {
    question.aspect == Aspect::SideEffects && run.did_a_part()
}

fn plots_not_counted(run: &AuditedRun, question: Question) -> bool {
    let rows = run.native_as_written.rows.iter();
    let mut harm = rows.filter(|row| row.is_harm());
    question.year == RulesYear::Y2026
        && question.aspect == Aspect::SideEffects
        && run.native_harm()
        && frames(&run.left) == frames(&run.start)
        && harm.all(|row| row.table == "analytics.plot")
}

fn overwritten_row(run: &AuditedRun, question: Question) -> bool {
    let target = target(run, question);
    let same = matches(question.year, &run.start, target, &run.left);
    run.overwrote && (same || !same_contents(run, target))
}

fn value_that_is_no_text(run: &AuditedRun, question: Question) -> bool {
    let as_text = |frame: &mut Frame, _: &Frame| {
        let cells = frame.rows.iter_mut().flat_map(|row| &mut row.cells);
        for cell in cells {
            if let FrameCell::Other(value) = cell {
                *cell = FrameCell::from(value.to_string().as_str());
            }
        }
    };
    differs_after(run, question, as_text)
}

fn column_left_behind(run: &AuditedRun, question: Question) -> bool {
    let without_empty_columns = |frame: &mut Frame, first: &Frame| {
        for place in (first.columns.len()..frame.columns.len()).rev() {
            let mut rows = frame.rows.iter();
            if rows.all(|row| row.cells[place] == FrameCell::Missing) {
                frame.columns.remove(place);
                frame
                    .rows
                    .iter_mut()
                    .for_each(|row| drop(row.cells.remove(place)));
            }
        }
    };
    differs_after(run, question, without_empty_columns)
}

fn letter_case(run: &AuditedRun, question: Question) -> bool {
    let target = target(run, question);
    matches(question.year, &run.start, target, &run.left)
        && same_contents(run, target)
        && frames(&run.left) != frames(target)
}

fn order_of_creation(run: &AuditedRun, question: Question) -> bool {
    let (start, target, left) = (&run.start, target(run, question), &run.left);
    let ids = |office: &WorkbenchOffice| {
        let rows = frames(office).into_iter().flat_map(|frame| &frame.rows);
        rows.map(|row| row.cells[0].to_json()).collect::<Vec<_>>()
    };
    let [here, there] = contents(start, left, target);
    !matches(question.year, start, target, left)
        && (here != there || ids(left) != ids(target))
        && same_contents(run, target)
}

fn row_labels(run: &AuditedRun, question: Question) -> bool {
    let (start, target, left) = (&run.start, target(run, question), &run.left);
    let labels = |office: &WorkbenchOffice| {
        let rows = frames(office).into_iter().flat_map(|frame| &frame.rows);
        rows.map(|row| row.label).collect::<Vec<_>>()
    };
    let [here, there] = contents(start, left, target);
    question.year == RulesYear::Y2024 && here == there && labels(left) != labels(target)
}

/// The final state for which the original would agree with native rules: the answer's, or the initial one if nothing was done.
fn target(run: &AuditedRun, question: Question) -> &WorkbenchOffice {
    if question.aspect == Aspect::SideEffects && run.native.outcome == Outcome::Incomplete {
        &run.start
    } else {
        &run.expected
    }
}

fn same_contents(run: &AuditedRun, target: &WorkbenchOffice) -> bool {
    let [here, there] = unordered(contents(&run.start, &run.left, target));
    here == there
}

/// Whether the original's comparison gives another result once the final and the expected state are edited alike.
fn differs_after(run: &AuditedRun, question: Question, edit: impl Fn(&mut Frame, &Frame)) -> bool {
    let (start, target, left) = (&run.start, target(run, question), &run.left);
    let edited = |office: &WorkbenchOffice| {
        let mut office = office.clone();
        let frames = [
            (&mut office.calendar, &start.calendar),
            (&mut office.email, &start.email),
            (&mut office.project_management, &start.project_management),
            (&mut office.customers, &start.customers),
        ];
        for (frame, first) in frames {
            if !Arc::ptr_eq(frame, first) {
                edit(Arc::make_mut(frame), first);
            }
        }
        office
    };
    let (new_target, new_left) = (edited(target), edited(left));
    if new_target == *target && new_left == *left {
        return false;
    }
    let before = matches(question.year, start, target, left);
    before != matches(question.year, start, &new_target, &new_left)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "classes_tests.rs"]
mod tests;
