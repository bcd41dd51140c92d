//! Generates visits to the website: fewer at weekends, and more from month to month.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};

use super::seeded_rng::SeededRng;
use crate::Value;
use crate::row::Row;

/// The number of days with visits. Yesterday is the last.
const DAYS: u64 = 112;

/// A visit to the website.
pub(super) struct Visit {
    pub(super) day: NaiveDate,
    visitor: usize,
    pages: i64,
    seconds: i64,
    source: &'static str,
    engaged: bool,
}

pub(super) fn generate(rng: &mut SeededRng, count: usize, clock: NaiveDateTime) -> Vec<Visit> {
    let first = clock.date() - Days::new(DAYS);
    // A day's weight is the weekly rhythm times a trend that doubles over the period.
    let mut cumulative_weights = Vec::new();
    let mut sum = 0;
    for offset in 0..DAYS {
        let rhythm = [11, 12, 12, 11, 9, 4, 4]
            [(first + Days::new(offset)).weekday().num_days_from_monday() as usize];
        sum += rhythm * (DAYS as usize + offset as usize);
        cumulative_weights.push(sum);
    }
    let mut visits: Vec<Visit> = (0..count)
        .map(|_| {
            let draw = rng.below(sum);
            let offset = cumulative_weights.partition_point(|&end| end <= draw) as u64;
            let pages = 1 + rng.below(4) as i64 * rng.below(4) as i64 + rng.below(3) as i64;
            let seconds = 4 + pages * rng.in_range(5, 55);
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
                visitor: 1_000 + rng.below(count * 4 / 5 + 1),
                pages,
                seconds,
                source: rng.choose::<&str>(&source),
                engaged: pages >= 3 && seconds >= 60 && rng.percent_chance(85),
            }
        })
        .collect();
    visits.sort_by_key(|visit| visit.day);
    visits
}

/// The number of visits on each day.
pub(super) fn visits_per_day(visits: &[Visit]) -> BTreeMap<NaiveDate, usize> {
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
