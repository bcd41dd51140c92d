//! The rule that slightly changed arguments must be wrong, such as a namesake, the next day, or the next id.

use breakroom_sandbox::row::Row;
use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::{Fault, Value};
use breakroom_tools::native::catalog;
use breakroom_tools::session::InitialState;
use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Value as Json, json};

use super::replay::{LintContext, by_the_oracle};
use crate::task::Call;

const TIME: &str = "%Y-%m-%d %H:%M:%S";

pub(super) fn near_misses(
    context: &mut LintContext<'_>,
    messages: &mut Vec<String>,
) -> Result<(), Fault> {
    let calls = context.calls();
    for (place, call) in calls.iter().enumerate() {
        for (name, value) in call.arguments.as_object().into_iter().flatten() {
            for near in near(context.start, call, name, value) {
                let mut missed = Call::clone(call);
                missed.arguments[name] = near.clone();
                let played = calls
                    .iter()
                    .enumerate()
                    .map(|(index, call)| if index == place { &missed } else { *call });
                if by_the_oracle(&context.judged(played)?) {
                    messages.push(format!(
                        "{} is still correct with {name} {near} instead of {value}",
                        call.tool
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Values that a careless agent might use instead.
fn near(start: &InitialState, call: &Call, name: &str, value: &Json) -> Vec<Json> {
    if let Some(number) = value.as_i64() {
        return vec![json!(number + 15)];
    }
    let Some(text) = value.as_str() else {
        return Vec::new();
    };
    if name.ends_with("_id") {
        return next_id(start, call, text).into_iter().collect();
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return vec![json!((day + Days::new(1)).to_string())];
    }
    if let Ok(time) = NaiveDateTime::parse_from_str(text, TIME) {
        let later = [TimeDelta::minutes(30), TimeDelta::days(1)].map(|delta| time + delta);
        return later
            .iter()
            .map(|time| json!(time.format(TIME).to_string()))
            .collect();
    }
    if text.contains('@') {
        return other_people(start, text);
    }
    if let Some(next) = next_of_closed_set(text) {
        return vec![json!(next)];
    }
    match text.parse::<i64>() {
        Ok(number) => vec![json!((number + 15).to_string())],
        Err(_) => vec![json!(format!("{text} too"))],
    }
}

/// The id of the next row, or of the previous one if there is none.
fn next_id(start: &InitialState, call: &Call, text: &str) -> Option<Json> {
    let id: i64 = text.parse().ok()?;
    let ids = match start {
        InitialState::Native(world) => {
            let tool = breakroom_tools::native::find(&call.tool).ok()?;
            let table =
                TableId::all().find(|table| Some(table.table().database) == tool.database)?;
            let first = |row: &Row| match row.first() {
                Some(Value::Integer(id)) => Some(*id),
                _ => None,
            };
            world.rows(table).iter().filter_map(first).collect()
        }
        InitialState::Workbench(office) => {
            let frame = match call.tool.split('.').next()? {
                "calendar" => &office.calendar,
                "email" => &office.email,
                "project_management" => &office.project_management,
                "customer_relationship_manager" => &office.customers,
                _ => return None,
            };
            let ids = frame.rows.iter();
            let mut ids: Vec<i64> = ids
                .filter_map(|row| row.cells[0].text()?.parse().ok())
                .collect();
            ids.sort_unstable();
            ids
        }
    };
    let next = ids
        .iter()
        .find(|other| **other > id)
        .or_else(|| ids.iter().rev().find(|other| **other < id))?;
    Some(json!(format!("{next:08}")))
}

/// Colleagues with the same first name, and the next one in the directory.
fn other_people(start: &InitialState, address: &str) -> Vec<Json> {
    // First names and addresses.
    let directory: Vec<(&str, &str)> = match start {
        InitialState::Native(world) => {
            let colleagues = world.directory().iter();
            colleagues
                .map(|colleague| (first_word(&colleague.name, ' '), colleague.email.as_str()))
                .collect()
        }
        InitialState::Workbench(office) => {
            let addresses = office.directory.iter();
            addresses
                .map(|address| (first_word(address, '.'), address.as_str()))
                .collect()
        }
    };
    let known = directory.iter().position(|(_, email)| *email == address);
    let next = directory.get(known.map_or(0, |place| (place + 1) % directory.len()));
    let namesakes = directory.iter().filter(|(first, email)| {
        known.is_some_and(|place| *email != address && *first == directory[place].0)
    });
    namesakes
        .chain(next)
        .map(|(_, email)| json!(email))
        .collect()
}

fn first_word(text: &str, end: char) -> &str {
    text.split(end).next().unwrap_or(text)
}

/// The next value in the tool's closed set of values that contains the text.
fn next_of_closed_set(text: &str) -> Option<String> {
    for tool in catalog() {
        for field in tool.schema["properties"].as_object()?.values() {
            let values: Vec<&str> = field["enum"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .collect();
            if let Some(place) = values.iter().position(|value| *value == text) {
                return Some(values[(place + 1) % values.len()].to_owned());
            }
        }
    }
    None
}
