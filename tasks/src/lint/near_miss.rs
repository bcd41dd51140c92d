//! The rule that an argument a little off is wrong: the next person of the same first name, the next day, the next id.

use breakroom_sandbox::Fault;
use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::world::World;
use breakroom_tools::native::catalog;
use breakroom_tools::session::Start;
use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Value as Json, json};

use super::plays::{Bench, by_the_oracle};
use crate::task::Call;

const TIME: &str = "%Y-%m-%d %H:%M:%S";

pub(super) fn near_misses(bench: &mut Bench<'_>, messages: &mut Vec<String>) -> Result<(), Fault> {
    let Start::Native(world) = bench.start else {
        return Ok(());
    };
    let calls = bench.calls();
    for (place, call) in calls.iter().enumerate() {
        for (name, value) in call.arguments.as_object().into_iter().flatten() {
            for near in near(world, call, name, value) {
                let mut missed = Call::clone(call);
                missed.arguments[name] = near.clone();
                let played = calls
                    .iter()
                    .enumerate()
                    .map(|(index, call)| if index == place { &missed } else { *call });
                if by_the_oracle(&bench.judged(played)?) {
                    messages.push(format!(
                        "{} with {name} {near} instead of {value} is correct still",
                        call.tool
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Values that a careless agent might write instead.
fn near(world: &World, call: &Call, name: &str, value: &Json) -> Vec<Json> {
    if let Some(number) = value.as_i64() {
        return vec![json!(number + 15)];
    }
    let Some(text) = value.as_str() else {
        return Vec::new();
    };
    if name.ends_with("_id") {
        return next_id(world, call, text).into_iter().collect();
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
        return other_people(world, text);
    }
    if let Some(next) = next_of_closed_set(text) {
        return vec![json!(next)];
    }
    match text.parse::<i64>() {
        Ok(number) => vec![json!((number + 15).to_string())],
        Err(_) => vec![json!(format!("{text} too"))],
    }
}

/// The id of the row after, or before where it is the last.
fn next_id(world: &World, call: &Call, text: &str) -> Option<Json> {
    let id: i64 = text.parse().ok()?;
    let tool = breakroom_tools::native::find(&call.tool).ok()?;
    let table = TableId::all().find(|table| Some(table.table().database) == tool.database)?;
    let rows = world.rows(table);
    let ids: Vec<i64> = rows
        .iter()
        .filter_map(|row| match row.first() {
            Some(breakroom_sandbox::Value::Integer(id)) => Some(*id),
            _ => None,
        })
        .collect();
    let next = ids
        .iter()
        .find(|other| **other > id)
        .or_else(|| ids.iter().rev().find(|other| **other < id))?;
    Some(json!(format!("{next:08}")))
}

/// Colleagues of the same first name, and the next in the directory.
fn other_people(world: &World, address: &str) -> Vec<Json> {
    let directory = world.directory();
    let first = |name: &str| name.split(' ').next().unwrap_or(name).to_owned();
    let known = directory
        .iter()
        .position(|colleague| colleague.email == address);
    let next = &directory[known.map_or(0, |place| (place + 1) % directory.len())];
    let namesakes = directory.iter().filter(|other| {
        known.is_some_and(|place| {
            other.email != address && first(&other.name) == first(&directory[place].name)
        })
    });
    namesakes
        .chain([next])
        .map(|colleague| json!(colleague.email))
        .collect()
}

/// The value after, in a closed set of some tool.
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
