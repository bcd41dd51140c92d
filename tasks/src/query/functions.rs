//! SQL functions for templates. Dates are text like `2026-06-12`, weekdays are English names. If an argument is NULL, so is the result.
//!
//! | function | returns |
//! |---|---|
//! | `first_free_slot(day, minutes)` | the earliest time between 09:00 and 18:00 that day when the owner is free for that long; NULL if there is none |
//! | `next_free_slot(day, minutes)` | the same, on the first weekday with such a slot, starting from that day |
//! | `working_days_between(a, b)` | the number of weekdays after `a`, up to and including `b`; negative if `b` is earlier |
//! | `next_weekday(day, name)` | the first day with that name after `day` |
//! | `last_weekday(day, name)` | the last day with that name before `day` |
//! | `is_overdue(due_date, list_name)` | whether a task is due before today and not completed |
//! | `growth(old, new)` | growth in per cent; NULL if `old` is zero |
//! | `holds_words(words, text, …)` | whether every word occurs in one of the texts, in any order and case, which is the search tools' rule; NULL counts as an empty text |
//! | `random_rank(…)` | a whole number computed from the seed and the arguments, to order rows at random |
//!
//! Free slots are those of the world's initial state, regardless of what an agent changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::world::World;
use breakroom_sandbox::{Value, WordMatcher};
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Weekday};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};
use sha2::{Digest, Sha256};

/// The working hours, in minutes since midnight.
const OPENS: i64 = 9 * 60;
const CLOSES: i64 = 18 * 60;
/// How many days `next_free_slot` looks ahead.
const HORIZON: u64 = 366;

/// Registers every function.
pub(super) fn register(
    connection: &Connection,
    world: &Arc<World>,
    seed: &Arc<AtomicU64>,
) -> Result<()> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let meetings_by_day = Arc::new(meetings_by_day(world));
    let today = world.clock().date();

    let meetings = Arc::clone(&meetings_by_day);
    connection.create_scalar_function("first_free_slot", 2, pure, move |context| {
        unless_null(context, |context| {
            let (day, minutes) = (day(context, 0)?, context.get(1)?);
            Ok(free_slot(&meetings, day, minutes))
        })
    })?;
    connection.create_scalar_function("next_free_slot", 2, pure, move |context| {
        unless_null(context, |context| {
            let (first, minutes) = (day(context, 0)?, context.get(1)?);
            let days = (0..HORIZON).map(|ahead| first + Days::new(ahead));
            Ok(days
                .filter(|day| is_weekday(*day))
                .find_map(|day| free_slot(&meetings_by_day, day, minutes)))
        })
    })?;
    connection.create_scalar_function("working_days_between", 2, pure, |context| {
        unless_null(context, |context| {
            Ok(Some(working_days(day(context, 0)?, day(context, 1)?)))
        })
    })?;
    connection.create_scalar_function("next_weekday", 2, pure, |context| {
        unless_null(context, |context| {
            let (first, name) = (day(context, 0)?, weekday(context, 1)?);
            let mut days = (1..=7).map(|ahead| first + Days::new(ahead));
            Ok(days
                .find(|day| day.weekday() == name)
                .map(|day| day.to_string()))
        })
    })?;
    connection.create_scalar_function("last_weekday", 2, pure, |context| {
        unless_null(context, |context| {
            let (last, name) = (day(context, 0)?, weekday(context, 1)?);
            let mut days = (1..=7).map(|back| last - Days::new(back));
            Ok(days
                .find(|day| day.weekday() == name)
                .map(|day| day.to_string()))
        })
    })?;
    connection.create_scalar_function("is_overdue", 2, pure, move |context| {
        unless_null(context, |context| {
            let due = day(context, 0)?;
            Ok(Some(
                due < today && context.get::<String>(1)? != "Completed",
            ))
        })
    })?;
    connection.create_scalar_function("growth", 2, pure, |context| {
        unless_null(context, |context| {
            let (old, new): (f64, f64) = (context.get(0)?, context.get(1)?);
            Ok((old != 0.0).then(|| (new - old) * 100.0 / old))
        })
    })?;
    connection.create_scalar_function("holds_words", -1, pure, |context| {
        // The words are prepared once for all rows.
        let words = context.get_or_create_aux(0, |value| value.as_str().map(WordMatcher::new))?;
        let texts: Result<Vec<&str>> = (1..context.len())
            .filter(|index| context.get_raw(*index) != ValueRef::Null)
            .map(|index| Ok(context.get_raw(index).as_str()?))
            .collect();
        Ok(words.matches(texts?))
    })?;
    let seed = Arc::clone(seed);
    connection.create_scalar_function(
        "random_rank",
        -1,
        FunctionFlags::SQLITE_UTF8,
        move |context| {
            let mut digest = Sha256::new();
            digest.update(seed.load(Ordering::Relaxed).to_le_bytes());
            for index in 0..context.len() {
                digest.update(format!("{:?}\n", context.get::<Value>(index)?));
            }
            let bytes = digest.finalize();
            let first: [u8; 8] = std::array::from_fn(|index| bytes[index]);
            Ok((u64::from_le_bytes(first) >> 1).cast_signed())
        },
    )?;
    Ok(())
}

/// Returns NULL if an argument is NULL.
fn unless_null<T>(
    context: &Context<'_>,
    act: impl FnOnce(&Context<'_>) -> Result<Option<T>>,
) -> Result<Option<T>> {
    let missing = (0..context.len()).any(|index| context.get_raw(index) == ValueRef::Null);
    if missing { Ok(None) } else { act(context) }
}

fn user_error(reason: String) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(reason.into())
}

/// A date, or the date of a time.
fn day(context: &Context<'_>, index: usize) -> Result<NaiveDate> {
    let text: String = context.get(index)?;
    let date = text.get(..10).and_then(|date| date.parse().ok());
    date.ok_or_else(|| user_error(format!("{text:?} is not a date: write one like 2026-06-12")))
}

fn weekday(context: &Context<'_>, index: usize) -> Result<Weekday> {
    let text: String = context.get(index)?;
    text.parse()
        .map_err(|_| user_error(format!("{text:?} is not a weekday: write one like Friday")))
}

fn is_weekday(day: NaiveDate) -> bool {
    day.weekday().number_from_monday() <= 5
}

fn working_days(first: NaiveDate, last: NaiveDate) -> i64 {
    if last < first {
        return -working_days(last, first);
    }
    let days = (last - first).num_days();
    let (weeks, rest) = (days / 7, days % 7);
    let start = first + Days::new(7 * weeks.unsigned_abs());
    let rest = (1..=rest.unsigned_abs()).filter(|ahead| is_weekday(start + Days::new(*ahead)));
    weeks * 5 + i64::try_from(rest.count()).unwrap_or_default()
}

/// The owner's meetings by day, as minutes from start to end, in order.
type Meetings = BTreeMap<NaiveDate, Vec<(i64, i64)>>;

fn meetings_by_day(world: &World) -> Meetings {
    let table = TableId::find("calendar", "event")
        .expect("the calendar has events, a test finds a free slot");
    let place = |name: &str| {
        table
            .table()
            .column_index(name)
            .expect("events have this column, a test finds a free slot")
    };
    let (start, duration) = (place("event_start"), place("duration"));
    let mut meetings = Meetings::new();
    for row in world.rows(table) {
        let (Value::Text(text), Value::Integer(minutes)) = (&row[start], &row[duration]) else {
            continue;
        };
        let Ok(time) = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S") else {
            continue;
        };
        let from = (time - time.date().and_time(chrono::NaiveTime::MIN)).num_minutes();
        meetings
            .entry(time.date())
            .or_default()
            .push((from, from + minutes));
    }
    meetings.values_mut().for_each(|day| day.sort_unstable());
    meetings
}

/// The earliest time in working hours from which that many minutes are free.
fn free_slot(meetings: &Meetings, day: NaiveDate, minutes: i64) -> Option<String> {
    let mut free_from = OPENS;
    for (start, end) in meetings.get(&day).into_iter().flatten() {
        if free_from + minutes <= *start {
            break;
        }
        free_from = free_from.max(*end);
    }
    let fits = free_from + minutes <= CLOSES;
    fits.then(|| format!("{day} {:02}:{:02}:00", free_from / 60, free_from % 60))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn evaluate(sql: &str) -> Value {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection, &World::office(), &Arc::default()).unwrap();
        connection
            .query_row(&format!("SELECT {sql}"), [], |row| row.get(0))
            .unwrap()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn the_first_free_slot_is_before_between_or_after_meetings() {
        let day = date("2026-06-12");
        let slot = |meetings: &[(i64, i64)], minutes| {
            free_slot(&Meetings::from([(day, meetings.to_vec())]), day, minutes)
        };
        let at = |time: &str| Some(format!("2026-06-12 {time}:00"));
        assert_eq!(slot(&[], 30), at("09:00"));
        assert_eq!(slot(&[(600, 660)], 30), at("09:00"));
        assert_eq!(slot(&[(540, 555), (600, 660)], 30), at("09:15"));
        assert_eq!(slot(&[(540, 555), (600, 660)], 60), at("11:00"));
        assert_eq!(slot(&[(540, 900), (600, 660)], 60), at("15:00"));
        assert_eq!(slot(&[(540, 1060)], 30), None);
        assert_eq!(slot(&[(540, 1050)], 30), at("17:30"));
    }

    #[test]
    fn the_next_free_slot_skips_weekends() {
        let Value::Text(slot) = evaluate("next_free_slot('2026-06-13', 30)") else {
            unreachable!("there is a slot")
        };
        assert!(slot.starts_with("2026-06-15 "), "{slot}");
    }

    #[test]
    fn working_days_are_counted_after_the_first_to_the_last() {
        for (first, last, days) in [
            ("2026-06-12", "2026-06-15", 1),
            ("2026-06-12", "2026-06-14", 0),
            ("2026-06-11", "2026-06-25", 10),
            ("2026-06-15", "2026-06-12", -1),
            ("2026-06-12", "2026-06-12", 0),
        ] {
            assert_eq!(
                working_days(date(first), date(last)),
                days,
                "{first} {last}"
            );
        }
        assert_eq!(
            evaluate("working_days_between('2026-06-12', '2026-06-15')"),
            Value::Integer(1)
        );
    }

    #[test]
    fn weekdays_are_found_after_and_before_a_day() {
        assert_eq!(
            evaluate("next_weekday('2026-06-12', 'Friday')"),
            text("2026-06-19")
        );
        assert_eq!(
            evaluate("next_weekday('2026-06-11 09:00:00', 'friday')"),
            text("2026-06-12")
        );
        assert_eq!(
            evaluate("last_weekday('2026-06-12', 'Friday')"),
            text("2026-06-05")
        );
        assert_eq!(evaluate("last_weekday(NULL, 'Friday')"), Value::Null);
    }

    #[test]
    fn a_task_is_overdue_when_it_is_due_before_today_and_not_completed() {
        assert_eq!(
            evaluate("is_overdue('2026-06-10', 'Backlog')"),
            Value::Integer(1)
        );
        assert_eq!(
            evaluate("is_overdue('2026-06-10', 'Completed')"),
            Value::Integer(0)
        );
        assert_eq!(
            evaluate("is_overdue('2026-06-11', 'Backlog')"),
            Value::Integer(0)
        );
    }

    #[test]
    fn growth_is_in_per_cent_and_null_from_zero() {
        assert_eq!(evaluate("growth(20, 25)"), Value::Real(25.0));
        assert_eq!(evaluate("growth(20, 15)"), Value::Real(-25.0));
        assert_eq!(evaluate("growth(0, 15)"), Value::Null);
    }

    #[test]
    fn an_invalid_date_or_weekday_is_named() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection, &World::office(), &Arc::default()).unwrap();
        for (sql, named) in [
            ("next_weekday('soon', 'Friday')", "soon"),
            ("next_weekday('2026-06-12', 'Fryday')", "Fryday"),
        ] {
            let error = connection
                .query_row(&format!("SELECT {sql}"), [], |_| Ok(()))
                .unwrap_err();
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
