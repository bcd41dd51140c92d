//! Tasks on the three boards.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::dice::{Dice, working_day};
use super::people::{Member, Staff};
use super::phrases::work;
use crate::Value;
use crate::row::Row;

pub(super) struct Task {
    pub(super) name: String,
    pub(super) assignee: String,
    pub(super) list: &'static str,
    pub(super) due: NaiveDate,
    pub(super) board: &'static str,
}

/// Draws tasks: each board by those who work on it, finished ones mostly in the past and planned ones mostly ahead.
pub(super) fn draw(
    dice: &mut Dice,
    staff: &Staff,
    count: usize,
    clock: NaiveDateTime,
) -> Vec<Task> {
    let mut boards: Vec<(&'static str, Vec<&Member>, Vec<String>)> = Vec::new();
    for (name, board) in &work().boards {
        let names = board.verbs.iter().flat_map(|verb| {
            board
                .things
                .iter()
                .map(move |thing| format!("{verb} {thing}"))
        });
        let mut names: Vec<String> = names.collect();
        dice.shuffle(&mut names);
        boards.push((
            name,
            staff.with(|role| role.board.as_ref() == Some(name)),
            names,
        ));
    }
    let today = clock.date();
    let mut tasks: Vec<Task> = (0..count)
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
            let list = *dice.pick(&list);
            // Days from today; an unfinished task may be overdue, a finished one may be early.
            let (low, high) = match list {
                "Backlog" => (-12, 70),
                "In Progress" => (-8, 24),
                "In Review" => (-6, 12),
                _ => (-75, 3),
            };
            let due = today + TimeDelta::days(dice.between(low, high));
            Task {
                name: names[(index / boards.len()) % names.len()].clone(),
                assignee: dice.pick(people).email.clone(),
                list,
                due: working_day(due),
                board,
            }
        })
        .collect();
    dice.shuffle(&mut tasks);
    tasks
}

pub(super) fn rows(tasks: &[Task]) -> Vec<Row> {
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
