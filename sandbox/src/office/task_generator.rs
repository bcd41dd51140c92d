//! Generates the tasks of the three boards.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::phrases::work;
use super::seeded_rng::SeededRng;
use super::staff::{Staff, StaffMember};
use super::working_time::working_day_from;
use crate::Value;
use crate::row::Row;

/// A task on a board.
pub(super) struct BoardTask {
    pub(super) name: String,
    pub(super) assignee: String,
    pub(super) list: &'static str,
    pub(super) due: NaiveDate,
    pub(super) board: &'static str,
}

/// Generates tasks. Those of a board are assigned to the people who work on it; completed tasks are mostly due in the past, and
/// planned ones in the future.
pub(super) fn generate(
    rng: &mut SeededRng,
    staff: &Staff,
    count: usize,
    clock: NaiveDateTime,
) -> Vec<BoardTask> {
    let mut boards: Vec<(&'static str, Vec<&StaffMember>, Vec<String>)> = Vec::new();
    for (name, board) in &work().boards {
        let names = board.verbs.iter().flat_map(|verb| {
            board
                .things
                .iter()
                .map(move |thing| format!("{verb} {thing}"))
        });
        let mut names: Vec<String> = names.collect();
        rng.shuffle(&mut names);
        boards.push((
            name,
            staff.with(|role| role.board.as_ref() == Some(name)),
            names,
        ));
    }
    let today = clock.date();
    let mut tasks: Vec<BoardTask> = (0..count)
        .map(|index| {
            let (board, people, names) = &boards[index % boards.len()];
            let list = [
                "Backlog",
                "Backlog",
                "Backlog",
                "In Progress",
                "In Progress",
                "In Review",
                "Completed",
                "Completed",
                "Completed",
            ];
            let list = *rng.choose(&list);
            // Days from today. An unfinished task may be overdue, and a completed one may have been early.
            let (low, high) = match list {
                "Backlog" => (-12, 70),
                "In Progress" => (-8, 24),
                "In Review" => (-6, 12),
                _ => (-75, 3),
            };
            let due = today + TimeDelta::days(rng.in_range(low, high));
            BoardTask {
                name: names[(index / boards.len()) % names.len()].clone(),
                assignee: rng.choose(people).email.clone(),
                list,
                due: working_day_from(due),
                board,
            }
        })
        .collect();
    rng.shuffle(&mut tasks);
    tasks
}

pub(super) fn rows(tasks: &[BoardTask]) -> Vec<Row> {
    let text = |value: &str| Value::Text(value.to_owned());
    (1..)
        .zip(tasks)
        .map(|(id, task)| {
            let due = Value::Text(task.due.to_string());
            vec![
                Value::Integer(id),
                text(&task.name),
                text(&task.assignee),
                text(task.list),
                due,
                text(task.board),
            ]
        })
        .collect()
}
