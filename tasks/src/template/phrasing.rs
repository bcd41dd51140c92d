//! Renders phrasings. Its filters write dates, times, durations and lists as people do.
//!
//! | filter | applies to | writes |
//! |---|---|---|
//! | `spoken_date` | a date or time | `Friday 12 June` |
//! | `month_day` | a date or time | `June 12` |
//! | `weekday` | a date or time | `Friday` |
//! | `spoken_time` | a time | `3:30 pm`, `noon` |
//! | `clock_time` | a time | `15:30` |
//! | `spoken_duration` | minutes | `half an hour`, `45 minutes`, `1.5 hours` |
//! | `spoken_list` | a list, or its JSON | `Ana, Ben and Cho` |
//! | `possessive` | a name | `Otis's` |
//! | `counted` | a number, with a noun | `one day`, `3 days` |
//! | `capital` | text | the text with a capital first letter |

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use serde_json::Value as Json;

use crate::task::Parameters;

/// The environment that renders phrasings. An unknown name is an error.
pub fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("spoken_date", |text: &str| {
        Ok::<_, Error>(parse_date(text)?.format("%A %-d %B").to_string())
    });
    environment.add_filter("month_day", |text: &str| {
        Ok::<_, Error>(parse_date(text)?.format("%B %-d").to_string())
    });
    environment.add_filter("weekday", |text: &str| {
        Ok::<_, Error>(parse_date(text)?.format("%A").to_string())
    });
    environment.add_filter("spoken_time", |text: &str| {
        Ok::<_, Error>(spoken_time(parse_time(text)?))
    });
    environment.add_filter("clock_time", |text: &str| {
        Ok::<_, Error>(parse_time(text)?.format("%H:%M").to_string())
    });
    environment.add_filter("spoken_duration", spoken_duration);
    environment.add_filter("spoken_list", spoken_list);
    environment.add_filter("possessive", |name: &str| format!("{name}'s"));
    environment.add_filter("counted", counted);
    environment.add_filter("capital", capital);
    environment
}

/// Renders a phrasing.
///
/// # Errors
/// What is wrong, with the line, counted from one, if it is known.
pub fn render(
    environment: &Environment<'_>,
    phrasing: &str,
    parameters: &Parameters,
) -> Result<String, (Option<usize>, String)> {
    environment
        .render_str(phrasing, to_minijinja(parameters))
        .map_err(|error| {
            let detail = error
                .detail()
                .map_or_else(|| error.kind().to_string(), str::to_owned);
            let mut known: Vec<&str> = parameters.keys().map(String::as_str).collect();
            known.sort_unstable();
            let hint = if error.kind() == ErrorKind::UndefinedError {
                format!(": there are {}", known.join(", "))
            } else {
                String::new()
            };
            (
                error.line(),
                format!("the phrasing {phrasing:?} cannot be rendered: {detail}{hint}"),
            )
        })
}

/// Converts parameters for minijinja.
fn to_minijinja(parameters: &Parameters) -> Value {
    let pairs = parameters
        .iter()
        .map(|(name, value)| (name.clone(), value_to_minijinja(value)));
    Value::from(pairs.collect::<BTreeMap<String, Value>>())
}

fn value_to_minijinja(value: &Json) -> Value {
    match value {
        Json::Null => Value::from(()),
        Json::Bool(flag) => Value::from(*flag),
        Json::Number(number) => number.as_i64().map_or_else(
            || Value::from(number.as_f64().unwrap_or_default()),
            Value::from,
        ),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(value_to_minijinja).collect(),
        Json::Object(_) => Value::from(value.to_string()),
    }
}

fn invalid_value(text: &str, what: &str) -> Error {
    Error::new(
        ErrorKind::InvalidOperation,
        format!("{text:?} is not {what}"),
    )
}

fn parse_date(text: &str) -> Result<NaiveDate, Error> {
    let date = text.get(..10).and_then(|date| date.parse().ok());
    date.ok_or_else(|| invalid_value(text, "a date like 2026-06-12"))
}

fn parse_time(text: &str) -> Result<NaiveTime, Error> {
    let full = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").map(|time| time.time());
    full.or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"))
        .map_err(|_| invalid_value(text, "a time like 15:30"))
}

fn spoken_time(time: NaiveTime) -> String {
    match (time.hour(), time.minute()) {
        (12, 0) => "noon".to_owned(),
        (_, 0) => time.format("%-I %P").to_string(),
        _ => time.format("%-I:%M %P").to_string(),
    }
}

fn spoken_duration(minutes: i64) -> String {
    match minutes {
        30 => "half an hour".to_owned(),
        60 => "one hour".to_owned(),
        _ if minutes % 60 == 0 => format!("{} hours", minutes / 60),
        _ if minutes > 60 && minutes % 30 == 0 => format!("{}.5 hours", minutes / 60),
        _ => format!("{minutes} minutes"),
    }
}

fn spoken_list(list: &Value) -> Result<String, Error> {
    let parsed = list
        .as_str()
        .and_then(|text| serde_json::from_str::<Vec<String>>(text).ok());
    let items = match parsed {
        Some(items) => items,
        None => list.try_iter()?.map(|item| item.to_string()).collect(),
    };
    Ok(match items.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    })
}

fn counted(number: i64, noun: &str) -> String {
    if number == 1 {
        format!("one {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rendered(
        phrasing: &str,
        parameters: serde_json::Value,
    ) -> Result<String, (Option<usize>, String)> {
        render(&environment(), phrasing, parameters.as_object().unwrap())
    }

    #[test]
    fn filters_write_as_people_do() {
        for (phrasing, value, written) in [
            (
                "{{ it | spoken_date }}",
                json!("2026-06-12"),
                "Friday 12 June",
            ),
            (
                "{{ it | month_day }}",
                json!("2026-06-02 09:00:00"),
                "June 2",
            ),
            ("{{ it | weekday }}", json!("2026-06-14"), "Sunday"),
            (
                "{{ it | spoken_time }}",
                json!("2026-06-12 15:30:00"),
                "3:30 pm",
            ),
            ("{{ it | spoken_time }}", json!("09:00"), "9 am"),
            ("{{ it | spoken_time }}", json!("12:00:00"), "noon"),
            (
                "{{ it | clock_time }}",
                json!("2026-06-12 09:05:00"),
                "09:05",
            ),
            ("{{ it | spoken_duration }}", json!(30), "half an hour"),
            ("{{ it | spoken_duration }}", json!(45), "45 minutes"),
            ("{{ it | spoken_duration }}", json!(60), "one hour"),
            ("{{ it | spoken_duration }}", json!(90), "1.5 hours"),
            ("{{ it | spoken_duration }}", json!(120), "2 hours"),
            ("{{ it | spoken_duration }}", json!(75), "75 minutes"),
            ("{{ it | spoken_list }}", json!(["Ana"]), "Ana"),
            (
                "{{ it | spoken_list }}",
                json!("[\"Ana\",\"Ben\",\"Cho\"]"),
                "Ana, Ben and Cho",
            ),
            ("{{ it | possessive }}", json!("Otis"), "Otis's"),
            ("{{ it | counted('day') }}", json!(1), "one day"),
            ("{{ it | counted('day') }}", json!(3), "3 days"),
            ("{{ it | capital }}", json!("över"), "Över"),
        ] {
            assert_eq!(rendered(phrasing, json!({ "it": value })).unwrap(), written);
        }
    }

    #[test]
    fn an_unfilled_parameter_and_a_value_of_the_wrong_form_are_errors() {
        let (_, message) = rendered("{{ dya }}", json!({ "day": "2026-06-12" })).unwrap_err();
        assert!(message.contains("there are day"), "{message}");
        let (_, message) =
            rendered("{{ day | spoken_date }}", json!({ "day": "soon" })).unwrap_err();
        assert!(message.contains("\"soon\" is not a date"), "{message}");
    }
}
