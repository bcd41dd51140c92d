//! Visits to the web site: fewer at weekends, more from month to month.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};

use super::dice::Dice;
use crate::Value;
use crate::row::Row;

/// How many days of visits there are; yesterday is the last.
const DAYS: u64 = 112;

pub(super) struct Visit {
    pub(super) day: NaiveDate,
    visitor: usize,
    pages: i64,
    seconds: i64,
    source: &'static str,
    engaged: bool,
}

pub(super) fn draw(dice: &mut Dice, count: usize, clock: NaiveDateTime) -> Vec<Visit> {
    let first = clock.date() - Days::new(DAYS);
    // A day's weight: the weekly rhythm times a trend that doubles over the period.
    let mut until = Vec::new();
    let mut sum = 0;
    for offset in 0..DAYS {
        let rhythm = [11, 12, 12, 11, 9, 4, 4]
            [(first + Days::new(offset)).weekday().num_days_from_monday() as usize];
        sum += rhythm * (DAYS as usize + offset as usize);
        until.push(sum);
    }
    let mut visits: Vec<Visit> = (0..count)
        .map(|_| {
            let draw = dice.below(sum);
            let offset = until.partition_point(|&end| end <= draw) as u64;
            let pages = 1 + dice.below(4) as i64 * dice.below(4) as i64 + dice.below(3) as i64;
            let seconds = 4 + pages * dice.between(5, 55);
            let source = [
                "direct",
                "direct",
                "referral",
                "search engine",
                "search engine",
                "search engine",
                "social media",
            ];
            Visit {
                day: first + Days::new(offset),
                visitor: 1_000 + dice.below(count * 4 / 5 + 1),
                pages,
                seconds,
                source: dice.pick::<&str>(&source),
                engaged: pages >= 3 && seconds >= 60 && dice.percent(85),
            }
        })
        .collect();
    visits.sort_by_key(|visit| visit.day);
    visits
}

/// Visits by day.
pub(super) fn per_day(visits: &[Visit]) -> BTreeMap<NaiveDate, usize> {
    let mut days = BTreeMap::new();
    for visit in visits {
        *days.entry(visit.day).or_default() += 1;
    }
    days
}

pub(super) fn rows(visits: &[Visit]) -> Vec<Row> {
    (1..)
        .zip(visits)
        .map(|(id, visit)| {
            vec![
                Value::Integer(id),
                Value::Text(visit.day.to_string()),
                Value::Text(visit.visitor.to_string()),
                Value::Integer(visit.pages),
                Value::Integer(visit.seconds),
                Value::Text(visit.source.to_owned()),
                Value::Integer(i64::from(visit.engaged)),
            ]
        })
        .collect()
}
