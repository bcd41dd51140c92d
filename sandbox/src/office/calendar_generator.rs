//! Generates the owner's meetings: recurring ones, single ones, and meetings with customers. No two of them overlap.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::calendar_event::{CANCELLED_PREFIX, CalendarEvent};
use super::customer::Customer;
use super::phrases::{fill_placeholders, work};
use super::seeded_rng::SeededRng;
use super::staff::Staff;

/// Meetings start and end between these hours.
pub(super) const FIRST_HOUR: u32 = 9;
pub(super) const LAST_HOUR: u32 = 18;

/// The number of future days that the calendar covers, and of past days at scale one.
const DAYS_AHEAD: u64 = 42;
const DAYS_BEHIND: usize = 90;

pub(super) fn generate(
    rng: &mut SeededRng,
    staff: &Staff,
    customers: &[Customer],
    count: usize,
    clock: NaiveDateTime,
) -> Vec<CalendarEvent> {
    // About four meetings on a working day at scale one, and eight at larger scales. More do not fit into a day, so a larger calendar
    // reaches further back.
    let behind = if count <= 400 {
        DAYS_BEHIND
    } else {
        DAYS_BEHIND * count / 600
    };
    let first = clock.date() - Days::new(behind as u64);
    let last = clock.date() + Days::new(DAYS_AHEAD);
    let mut schedule = Schedule {
        events: Vec::new(),
        days: BTreeMap::new(),
    };
    for series in &work().series {
        let people = staff.with(|role| role.title == series.with);
        let with = &rng.choose(&people).email;
        let start: NaiveTime = series
            .start
            .parse()
            .expect("times in work.toml are valid: a test reads them");
        let mut day = first
            + Days::new(u64::from(
                (series.weekday + 6 - first.weekday().num_days_from_monday()) % 7,
            ));
        while day <= last && schedule.events.len() < count / 2 {
            schedule.add_if_free(CalendarEvent {
                name: series.name.clone(),
                participant: with.clone(),
                start: day.and_time(start),
                minutes: series.minutes,
            });
            day = day + Days::new(7 * series.every as u64);
        }
    }
    let mut names: Vec<String> = Vec::new();
    let reachable: Vec<&Customer> = customers
        .iter()
        .filter(|customer| customer.email.is_some())
        .collect();
    let days = (last - first).num_days() as usize;
    while schedule.events.len() < count {
        if names.is_empty() {
            let kinds = work().meeting_kinds.iter();
            names = kinds
                .flat_map(|kind| {
                    work()
                        .meeting_topics
                        .iter()
                        .map(move |topic| fill_placeholders(kind, &[("topic", topic)]))
                })
                .collect();
            rng.shuffle(&mut names);
        }
        let day = rng.working_day_within(first, days);
        let minutes = *rng.choose(&[30, 30, 30, 45, 60, 60, 90]);
        let quarter = rng.below(((LAST_HOUR - FIRST_HOUR) * 60 - minutes as u32) as usize / 30 + 1)
            as u32
            * 30;
        let start =
            day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(FIRST_HOUR * 60 + quarter));
        let (name, participant) = if rng.percent_chance(27) {
            let customer = rng.choose(&reachable);
            (
                fill_placeholders(
                    rng.choose(&work().customer_meetings),
                    &[("company", &customer.company)],
                ),
                customer.email.clone().unwrap_or_default(),
            )
        } else {
            (
                names[names.len() - 1].clone(),
                rng.choose(staff.colleagues()).email.clone(),
            )
        };
        let topical = names.last() == Some(&name);
        if schedule.add_if_free(CalendarEvent {
            name,
            participant,
            start,
            minutes,
        }) && topical
        {
            names.pop();
        }
    }
    let mut events = schedule.events;
    events.sort_by_key(|event| event.start);
    let mut cancelled = BTreeSet::new();
    while cancelled.len() < count / 30 {
        cancelled.insert(rng.below(events.len()));
    }
    for index in cancelled {
        events[index].name.insert_str(0, CANCELLED_PREFIX);
    }
    events
}

/// The meetings so far, and their indexes by day, to find overlaps quickly.
struct Schedule {
    events: Vec<CalendarEvent>,
    days: BTreeMap<NaiveDate, Vec<usize>>,
}

impl Schedule {
    /// Adds an event if its time is free, and returns whether it was.
    fn add_if_free(&mut self, event: CalendarEvent) -> bool {
        let day = self.days.entry(event.start.date()).or_default();
        let free = day.iter().all(|&other| {
            self.events[other].end() <= event.start || event.end() <= self.events[other].start
        });
        if free {
            day.push(self.events.len());
            self.events.push(event);
        }
        free
    }
}
