//! Changes beside what they should be: the next row, somebody else, another day. Each says whether the plan could be changed so.

use breakroom_sandbox::Value as Cell;
use breakroom_tasks::task::Call;
use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Value as Json, json};

use super::office::{Office, Shelf, first_name};
use super::plan::{Plan, Sought, Step, Value};
use super::twists::Place;

const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// How far off a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Off {
    /// The next day.
    Day,
    /// Half an hour later, where there is a time of day.
    HalfHour,
}

/// Puts another value into the first argument of the n-th change for which there is one.
fn change(plan: &mut Plan, nth: usize, other: impl Fn(&str, &Value) -> Option<Value>) -> bool {
    let Some(step) = plan.deeds().get(nth).copied() else {
        return false;
    };
    for (name, value) in &mut plan.steps[step].line_mut().arguments {
        if let Some(other) = other(name, value) {
            *value = other;
            return true;
        }
    }
    false
}

/// The id that an expected call has in an argument.
fn expected_id<'a>(call: &'a Call, argument: &str) -> Option<&'a str> {
    let id = call.arguments.get(argument).and_then(Json::as_str);
    id.filter(|_| argument.ends_with("_id"))
}

/// The row next to the right one, by name where there is a namesake.
pub(super) fn wrong_row(place: &Place<'_>, plan: &mut Plan, nth: usize) -> bool {
    let Some(call) = place.calls().nth(nth) else {
        return false;
    };
    change(plan, nth, |name, _| {
        let id = expected_id(call, name)?;
        match place.office() {
            Some(office) => {
                let shelf = Shelf::with_key(name)?;
                office.row_id(shelf, &neighbour(place, office, shelf, id)?)
            }
            None => next_number(id).map(Value::Literal),
        }
    })
}

/// The id after the right one, guessed without a look.
pub(super) fn guessed_id(place: &Place<'_>, plan: &mut Plan, nth: usize) -> bool {
    let Some(call) = place.calls().nth(nth) else {
        return false;
    };
    let guessed = change(plan, nth, |name, _| {
        let guess = next_number(expected_id(call, name)?)?;
        let right = place
            .calls()
            .any(|call| call.arguments.get(name) == Some(&guess));
        (!right).then_some(Value::Literal(guess))
    });
    if guessed {
        plan.steps.retain(|step| !matches!(step, Step::Look(_)));
    }
    guessed
}

/// Somebody else: a namesake, or the next in the directory.
pub(super) fn wrong_person(place: &Place<'_>, plan: &mut Plan, nth: usize) -> bool {
    let Some(office) = place.office() else {
        return false;
    };
    change(plan, nth, |name, value| {
        let address = match value {
            Value::Found(found) => match &found.what {
                Sought::Address { address, .. } => address,
                Sought::Row { .. } => return None,
            },
            Value::Literal(Json::String(text))
                if name == "recipient" || name.ends_with("_email") =>
            {
                text
            }
            Value::Literal(_) => return None,
        };
        let all = office.directory();
        let right = all.iter().position(|colleague| colleague.email == *address);
        let namesake = all.iter().enumerate().position(|(other, colleague)| {
            right.is_some_and(|right| {
                other != right && first_name(colleague) == first_name(&all[right])
            })
        });
        let next = right.map_or(0, |right| right + 1) % all.len();
        let wrong = &all[namesake.unwrap_or(next)];
        Some(office.address(wrong, &wrong.name))
    })
}

/// A day or half an hour later.
pub(super) fn wrong_day(plan: &mut Plan, nth: usize, off: Off) -> bool {
    change(plan, nth, |_, value| {
        let Value::Literal(Json::String(text)) = value else {
            return None;
        };
        if let Ok(time) = NaiveDateTime::parse_from_str(text, TIME) {
            let later = match off {
                Off::Day => TimeDelta::days(1),
                Off::HalfHour => TimeDelta::minutes(30),
            };
            return Some((time + later).format(TIME).to_string().into());
        }
        let day: NaiveDate = text.parse().ok()?;
        // An earlier first day leaves a span that can be plotted.
        Some((day - Days::new(1)).to_string().into())
    })
}

/// Another value of a closed set, such as the next list of a board.
pub(super) fn wrong_choice(plan: &mut Plan, nth: usize) -> bool {
    const SETS: [[&str; 4]; 3] = [
        ["Backlog", "In Progress", "In Review", "Completed"],
        ["Lead", "Qualified", "Proposal", "Lost"],
        ["bar", "line", "scatter", "histogram"],
    ];
    change(plan, nth, |_, value| {
        let Value::Literal(Json::String(text)) = value else {
            return None;
        };
        let (set, place) = SETS
            .iter()
            .find_map(|set| Some((set, set.iter().position(|known| known == text)?)))?;
        Some(set[(place + 1) % set.len()].into())
    })
}

/// A row like the right one that is not to be changed: of the same name, else of the same person, the nearest first.
fn neighbour(place: &Place<'_>, office: Office<'_>, shelf: &Shelf, id: &str) -> Option<String> {
    let expected = |id: &str| {
        place
            .calls()
            .any(|call| expected_id(call, shelf.key()) == Some(id))
    };
    let id: i64 = id.parse().ok()?;
    let (rows, columns) = office.cells(shelf);
    let right = rows
        .iter()
        .position(|row| row.first() == Some(&Cell::Integer(id)))?;
    let alike = |row: &[Cell], name: &str| {
        let column = columns.iter().position(|column| column.name == name);
        column.is_some_and(|column| row[column] == rows[right][column])
    };
    let others = rows
        .iter()
        .enumerate()
        .filter_map(|(at, row)| match row.first() {
            Some(Cell::Integer(id)) if at != right => Some((at, row, format!("{id:08}"))),
            _ => None,
        });
    let others = others.filter(|(_, _, id)| !expected(id));
    let nearest = others.min_by_key(|(at, row, _)| {
        let unlike = match () {
            () if alike(row, shelf.name) => 0,
            () if alike(row, shelf.person.1) => 1,
            () => 2,
        };
        (unlike, at.abs_diff(right))
    });
    nearest.map(|(_, _, id)| id)
}

fn next_number(id: &str) -> Option<Json> {
    let number: u64 = id.parse().ok()?;
    Some(json!(format!("{:0width$}", number + 1, width = id.len())))
}
