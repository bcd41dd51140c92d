//! How single calls go wrong: the next row, somebody else, another day. Each function returns whether the plan could be changed.

use breakroom_sandbox::Value as Cell;
use breakroom_tasks::task::Call;
use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Value as Json, json};

use super::office::{OfficeView, SearchableTable, first_name};
use super::plan::{ArgumentValue, LookupTarget, Plan, PlanStep};
use super::plan_context::PlanContext;

const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// By how much a time is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeShift {
    /// By a day.
    Day,
    /// By half an hour, if there is a time of day.
    HalfHour,
}

/// Replaces the first argument of the n-th change for which `other` returns a value.
fn change(
    plan: &mut Plan,
    nth: usize,
    other: impl Fn(&str, &ArgumentValue) -> Option<ArgumentValue>,
) -> bool {
    let Some(step) = plan.write_steps().get(nth).copied() else {
        return false;
    };
    for (name, value) in &mut plan.steps[step].planned_mut().arguments {
        if let Some(other) = other(name, value) {
            *value = other;
            return true;
        }
    }
    false
}

/// The id in an argument of an expected call.
fn expected_id<'a>(call: &'a Call, argument: &str) -> Option<&'a str> {
    let id = call.arguments.get(argument).and_then(Json::as_str);
    id.filter(|_| argument.ends_with("_id"))
}

/// Changes a namesake of the right row, or else the row next to it.
pub(super) fn wrong_row(context: &PlanContext<'_>, plan: &mut Plan, nth: usize) -> bool {
    let Some(call) = context.calls().nth(nth) else {
        return false;
    };
    change(plan, nth, |name, _| {
        let id = expected_id(call, name)?;
        match context.office() {
            Some(office) => {
                let searchable = SearchableTable::with_key(name)?;
                office.row_id(searchable, &neighbour(context, office, searchable, id)?)
            }
            None => next_number(id).map(ArgumentValue::Literal),
        }
    })
}

/// Guesses the id after the right one, without a look-up.
pub(super) fn guessed_id(context: &PlanContext<'_>, plan: &mut Plan, nth: usize) -> bool {
    let Some(call) = context.calls().nth(nth) else {
        return false;
    };
    let guessed = change(plan, nth, |name, _| {
        let guess = next_number(expected_id(call, name)?)?;
        let right = context
            .calls()
            .any(|call| call.arguments.get(name) == Some(&guess));
        (!right).then_some(ArgumentValue::Literal(guess))
    });
    if guessed {
        plan.steps
            .retain(|step| !matches!(step, PlanStep::LookUp(_)));
    }
    guessed
}

/// Picks somebody else: a namesake, or else the next in the directory.
pub(super) fn wrong_person(context: &PlanContext<'_>, plan: &mut Plan, nth: usize) -> bool {
    let Some(office) = context.office() else {
        return false;
    };
    change(plan, nth, |name, value| {
        let address = match value {
            ArgumentValue::Lookup(lookup) => match &lookup.target {
                LookupTarget::Address { address, .. } => address,
                LookupTarget::Row { .. } => return None,
            },
            ArgumentValue::Literal(Json::String(text))
                if name == "recipient" || name.ends_with("_email") =>
            {
                text
            }
            ArgumentValue::Literal(_) => return None,
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

/// Shifts a time by a day or half an hour.
pub(super) fn wrong_day(plan: &mut Plan, nth: usize, shift: TimeShift) -> bool {
    change(plan, nth, |_, value| {
        let ArgumentValue::Literal(Json::String(text)) = value else {
            return None;
        };
        if let Ok(time) = NaiveDateTime::parse_from_str(text, TIME) {
            let later = match shift {
                TimeShift::Day => TimeDelta::days(1),
                TimeShift::HalfHour => TimeDelta::minutes(30),
            };
            return Some((time + later).format(TIME).to_string().into());
        }
        let day: NaiveDate = text.parse().ok()?;
        // Dates move to the day before, so that the range of a plot stays valid.
        Some((day - Days::new(1)).to_string().into())
    })
}

/// Picks another value of a closed set, such as the next list of a board.
pub(super) fn wrong_choice(plan: &mut Plan, nth: usize) -> bool {
    const SETS: [[&str; 4]; 3] = [
        ["Backlog", "In Progress", "In Review", "Completed"],
        ["Lead", "Qualified", "Proposal", "Lost"],
        ["bar", "line", "scatter", "histogram"],
    ];
    change(plan, nth, |_, value| {
        let ArgumentValue::Literal(Json::String(text)) = value else {
            return None;
        };
        let (set, index) = SETS
            .iter()
            .find_map(|set| Some((set, set.iter().position(|known| known == text)?)))?;
        Some(set[(index + 1) % set.len()].into())
    })
}

/// The row to confuse with the right one: preferably of the same name, else of the same person, and the nearest of those.
fn neighbour(
    context: &PlanContext<'_>,
    office: OfficeView<'_>,
    searchable: &SearchableTable,
    id: &str,
) -> Option<String> {
    let expected = |id: &str| {
        context
            .calls()
            .any(|call| expected_id(call, searchable.key()) == Some(id))
    };
    let id: i64 = id.parse().ok()?;
    let (rows, columns) = office.cells(searchable);
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
            () if alike(row, searchable.name_column) => 0,
            () if alike(row, searchable.person.1) => 1,
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
