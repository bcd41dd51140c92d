//! Checks of the original's tasks, answers and data: the linter's rules, and checks that need the answers as they were written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;
use breakroom_tasks::judge::{Judge, play};
use breakroom_tasks::lint;
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::{Call, Task};
use breakroom_tasks::verdict::{EpisodeEnding, ScoringRules};
use breakroom_tools::session::{InitialState, ToolSession};
use breakroom_tools::workbench::checkout::ListedTask;
use breakroom_tools::workbench::frame::{Frame, FrameCell, FrameRow};
use breakroom_tools::workbench::office::WorkbenchOffice;
use breakroom_tools::workbench::session::WorkbenchSession as Replay;
use breakroom_tools::workbench::time;
use chrono::{NaiveDateTime, TimeDelta};
use serde::Serialize;

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditFinding {
    /// The name of the check or of the linter's rule.
    pub check: String,
    /// What it found, in words.
    pub means: String,
    /// The tasks that it is about; empty if it is about rows.
    pub tasks: Vec<String>,
    /// The number of findings.
    pub count: usize,
}

/// The original's tasks, as written and as a suite in the same order, and their office.
pub struct OriginalTasks {
    /// The tasks as written.
    pub listed: Vec<ListedTask>,
    /// The tasks as a suite.
    pub suite: Suite,
    /// The office before any call.
    pub office: Arc<WorkbenchOffice>,
}

/// A check that is applied to each task.
struct TaskCheck {
    name: &'static str,
    means: &'static str,
    holds: fn(&OriginalTasks, usize) -> Result<bool>,
}

const CHECKS: &[TaskCheck] = &[
    TaskCheck {
        name: "answer-skipped",
        means: "a call of the answer does not parse, names no tool or raises an error, so the original's evaluation skips it",
        holds: answer_skipped,
    },
    TaskCheck {
        name: "answer-overwrites",
        means: "the answer sends a mail that overwrites another",
        holds: answer_overwrites,
    },
    TaskCheck {
        name: "asks-for-nothing",
        means: "the answer has no calls: doing nothing is correct",
        holds: |original, place| Ok(original.listed[place].answer.is_empty()),
    },
    TaskCheck {
        name: "kind-asks-for-nothing",
        means: "every task of this kind has an answer without calls, so it never asks an agent to act",
        holds: kind_asks_for_nothing,
    },
    TaskCheck {
        name: "overlapping-meeting",
        means: "the answer books or moves a meeting so that it overlaps another in the same calendar",
        holds: overlapping_meeting,
    },
    TaskCheck {
        name: "tied-referent",
        means: "the answer is about the first, last or next of something, but another matching row has the same time",
        holds: tied_referent,
    },
    TaskCheck {
        name: "order-2024",
        means: "the answer's own calls in reverse order are wrong by the rules of 2024",
        holds: |original, place| reversed_is_wrong(original, place, ScoringRules::Workbench2024),
    },
    TaskCheck {
        name: "order-2026",
        means: "the answer's own calls in reverse order are wrong by the rules of 2026",
        holds: |original, place| reversed_is_wrong(original, place, ScoringRules::Workbench2026),
    },
    TaskCheck {
        name: "same-in-other-words",
        means: "an earlier task is of the same kind and has the same values",
        holds: same_in_other_words,
    },
    TaskCheck {
        name: "same-prompt",
        means: "an earlier task has the same prompt, except for case and punctuation",
        holds: same_prompt,
    },
];

/// All findings, in the order of the checks.
///
/// # Errors
/// A fault.
pub fn find(original: &OriginalTasks) -> Result<Vec<AuditFinding>> {
    let mut all = linted(original)?;
    for check in CHECKS {
        let mut tasks = Vec::new();
        for (place, task) in original.suite.tasks.iter().enumerate() {
            if (check.holds)(original, place)? {
                tasks.push(task.id.clone());
            }
        }
        all.push(AuditFinding {
            check: check.name.to_owned(),
            means: check.means.to_owned(),
            count: tasks.len(),
            tasks,
        });
    }
    all.extend(in_data(&original.office));
    Ok(all)
}

/// The tasks that break the linter's rules.
fn linted(original: &OriginalTasks) -> Result<Vec<AuditFinding>> {
    let start = InitialState::Workbench(Arc::clone(&original.office));
    let mut tasks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in lint::lint(&original.suite, &start, |_| {})? {
        let about = finding.task.unwrap_or(finding.template);
        tasks.entry(finding.rule).or_default().insert(about);
    }
    let single = lint::RULES.iter().map(|rule| (rule.name, rule.requirement));
    let rules = single.chain(lint::SUITE_RULES.iter().copied());
    let found = rules.map(|(name, asks)| {
        let tasks: Vec<String> = tasks.remove(name).into_iter().flatten().collect();
        AuditFinding {
            check: name.to_owned(),
            means: format!("breaks the linter's rule that {asks}"),
            count: tasks.len(),
            tasks,
        }
    });
    Ok(found.collect())
}

fn answer_skipped(original: &OriginalTasks, place: usize) -> Result<bool> {
    let mut session = Replay::open(&original.office);
    for text in &original.listed[place].answer {
        session.evaluate(text);
    }
    Ok(!session.every_call_ran())
}

fn answer_overwrites(original: &OriginalTasks, place: usize) -> Result<bool> {
    let mut session = Replay::open(&original.office);
    for text in &original.listed[place].answer {
        session.evaluate(text);
    }
    Ok(session.has_overwritten_mail())
}

fn kind_asks_for_nothing(original: &OriginalTasks, place: usize) -> Result<bool> {
    let Some(kind) = &original.listed[place].kind else {
        return Ok(false);
    };
    let mut same = original
        .listed
        .iter()
        .filter(|task| task.kind.as_ref() == Some(kind));
    Ok(same.all(|task| task.answer.is_empty()))
}

fn reversed_is_wrong(original: &OriginalTasks, place: usize, rules: ScoringRules) -> Result<bool> {
    let task = &original.suite.tasks[place];
    let reversed: Vec<&Call> = task.outcomes[0]
        .groups
        .iter()
        .flat_map(|group| group.iter().rev())
        .collect();
    let start = InitialState::Workbench(Arc::clone(&original.office));
    let mut session = start.open()?;
    play(&mut session, reversed)?;
    let judge = Judge::new(&start, task)?.with_rules(rules)?;
    Ok(!judge
        .judge(&session, &EpisodeEnding::default())?
        .outcome
        .is_correct())
}

fn same_in_other_words(original: &OriginalTasks, place: usize) -> Result<bool> {
    let (listed, tasks) = (&original.listed, &original.suite.tasks);
    let same = |other: usize| {
        listed[place].kind.is_some()
            && listed[other].kind == listed[place].kind
            && tasks[other].parameters == tasks[place].parameters
    };
    Ok((0..place).any(same))
}

fn same_prompt(original: &OriginalTasks, place: usize) -> Result<bool> {
    fn plain(task: &ListedTask) -> impl Iterator<Item = char> {
        let letters = task
            .prompt
            .chars()
            .filter(|letter| letter.is_alphanumeric());
        letters.flat_map(char::to_lowercase)
    }
    let this = &original.listed[place];
    Ok(original.listed[..place]
        .iter()
        .any(|other| plain(other).eq(plain(this))))
}

/// The start and end of an event.
fn span(frame: &Frame, row: &FrameRow) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let text = |column: &str| match &row.cells[frame.column(column)?] {
        FrameCell::Text(text) => Some(text.to_string()),
        FrameCell::Other(value) => Some(value.to_string()),
        FrameCell::Missing | FrameCell::Clock => None,
    };
    let start = time::parse(&text("event_start")?)?;
    let minutes: i64 = text("duration")?.trim().parse().ok()?;
    Some((start, start + TimeDelta::minutes(minutes)))
}

fn overlap(one: (NaiveDateTime, NaiveDateTime), other: (NaiveDateTime, NaiveDateTime)) -> bool {
    one.0 < other.1 && other.0 < one.1
}

fn overlapping_meeting(original: &OriginalTasks, place: usize) -> Result<bool> {
    let task = &original.suite.tasks[place];
    let books = |call: &Call| {
        call.tool == "calendar.create_event"
            || call.tool == "calendar.update_event"
                && ["event_start", "duration"]
                    .contains(&call.arguments["field"].as_str().unwrap_or(""))
    };
    if !task.outcomes[0].calls().any(books) {
        return Ok(false);
    }
    let mut session = InitialState::Workbench(Arc::clone(&original.office)).open()?;
    play(&mut session, task.outcomes[0].calls())?;
    let ToolSession::Workbench(session) = session else {
        return Ok(false);
    };
    let frame = &session.office().calendar;
    let before = &original.office.calendar;
    let is_new = |row: &&FrameRow| !before.rows.iter().any(|known| known.cells == row.cells);
    let overlaps = |row: &FrameRow| {
        let Some(this) = span(frame, row) else {
            return false;
        };
        let others = frame
            .rows
            .iter()
            .filter(|other| other.cells[0] != row.cells[0]);
        others
            .filter_map(|other| span(frame, other))
            .any(|other| overlap(this, other))
    };
    Ok(frame.rows.iter().filter(is_new).any(overlaps))
}

fn tied_referent(original: &OriginalTasks, place: usize) -> Result<bool> {
    let task = &original.suite.tasks[place];
    let prompt = task.prompt.to_lowercase();
    let words = ["first", "last", "latest", "next", "most recent"];
    if !words.iter().any(|word| prompt.contains(word)) {
        return Ok(false);
    }
    let tied = |call: &Call| {
        let (frame, id, column) = match call.tool.split('.').next() {
            Some("calendar") => (&original.office.calendar, "event_id", "event_start"),
            Some("email") => (&original.office.email, "email_id", "sent_datetime"),
            _ => return false,
        };
        let id = call.arguments[id].as_str().unwrap_or_default();
        let row = frame.find(0, id).next();
        let (Some(row), Some(column)) = (row, frame.column(column)) else {
            return false;
        };
        let fits = |other: &&FrameRow| {
            other.cells[0] != row.cells[0] && other.cells[column] == row.cells[column]
        };
        frame
            .rows
            .iter()
            .filter(fits)
            .any(|other| shares_what_is_named(task, row, other))
    };
    Ok(task.outcomes[0].calls().any(tied))
}

/// Whether the other row also contains every value of the row that the prompt names.
fn shares_what_is_named(task: &Task, row: &FrameRow, other: &FrameRow) -> bool {
    let holds = |row: &FrameRow, value: &str| {
        let mut texts = row.cells[1..].iter().filter_map(FrameCell::text);
        texts.any(|text| text.to_lowercase().contains(value))
    };
    let values = task.parameters.values().filter_map(|value| value.as_str());
    let mut named = values
        .map(str::to_lowercase)
        .filter(|value| holds(row, value));
    named.all(|value| holds(other, &value))
}

/// Rows that are wrong in the data itself.
fn in_data(office: &WorkbenchOffice) -> Vec<AuditFinding> {
    let frames = [
        ("calendar", &office.calendar),
        ("email", &office.email),
        ("project_management", &office.project_management),
        ("customer_relationship_manager", &office.customers),
    ];
    let mut all = Vec::new();
    let mut add = |check: String, means: &str, count: usize| {
        let (means, tasks) = (means.to_owned(), Vec::new());
        all.push(AuditFinding {
            check,
            means,
            tasks,
            count,
        });
    };
    for (name, frame) in frames {
        let rows = |from: usize| {
            frame
                .rows
                .iter()
                .map(move |row| format!("{:?}", &row.cells[from..]))
        };
        add(
            format!("rows-twice.{name}"),
            "rows that equal an earlier row, except for the id",
            repeated(rows(1)),
        );
        let ids = frame.rows.iter().map(|row| format!("{:?}", row.cells[0]));
        add(
            format!("ids-twice.{name}"),
            "ids that an earlier row already has",
            repeated(ids),
        );
    }
    let visits = office
        .analytics
        .rows
        .iter()
        .map(|row| format!("{:?}", row.cells));
    add(
        "rows-twice.analytics".to_owned(),
        "visits that equal an earlier one",
        repeated(visits),
    );
    let column = |frame: &Frame, name: &str| -> Vec<String> {
        let place = frame.column(name);
        let texts = frame.rows.iter().filter_map(|row| row.cells[place?].text());
        texts.map(str::to_lowercase).collect()
    };
    add(
        "customers-of-one-name".to_owned(),
        "customers with the name of an earlier one",
        repeated(column(&office.customers, "customer_name").into_iter()),
    );
    let first_names = office.directory.iter();
    let first_names =
        first_names.filter_map(|address| Some(address.split(['.', '@']).next()?.to_owned()));
    add(
        "colleagues-of-one-first-name".to_owned(),
        "colleagues with the first name of an earlier one",
        repeated(first_names),
    );
    let spans: Vec<_> = office
        .calendar
        .rows
        .iter()
        .filter_map(|row| span(&office.calendar, row))
        .collect();
    let pairs = spans.iter().enumerate().map(|(place, one)| {
        spans[..place]
            .iter()
            .filter(|other| overlap(*one, **other))
            .count()
    });
    add(
        "events-overlapping".to_owned(),
        "pairs of overlapping events in the calendar, before any call",
        pairs.sum(),
    );
    all
}

fn repeated(items: impl Iterator<Item = String>) -> usize {
    let mut seen = BTreeSet::new();
    items.filter(|item| !seen.insert(item.clone())).count()
}
