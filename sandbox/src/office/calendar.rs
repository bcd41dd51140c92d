//! The owner's meetings: series that come back, single ones, and meetings with customers, none at the same time as another.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::customers::Customer;
use super::dice::Dice;
use super::people::Staff;
use super::phrases::{fill, work};
use crate::Value;
use crate::row::Row;

/// What a meeting's name begins with once it is cancelled.
pub(super) const CANCELLED: &str = "Cancelled: ";
/// Meetings lie between these hours.
pub(super) const FIRST_HOUR: u32 = 9;
pub(super) const LAST_HOUR: u32 = 18;

/// Days ahead for which the calendar is filled, and days behind at scale one.
const AHEAD: u64 = 42;
const BEHIND: usize = 90;

pub(super) struct Event {
    pub(super) name: String,
    pub(super) participant: String,
    pub(super) start: NaiveDateTime,
    pub(super) minutes: i64,
}

impl Event {
    pub(super) fn is_cancelled(&self) -> bool {
        self.name.starts_with(CANCELLED)
    }

    fn end(&self) -> NaiveDateTime {
        self.start + TimeDelta::minutes(self.minutes)
    }
}

pub(super) fn draw(
    dice: &mut Dice,
    staff: &Staff,
    customers: &[Customer],
    count: usize,
    clock: NaiveDateTime,
) -> Vec<Event> {
    // Four meetings on a working day at scale one, eight beyond: a day holds no more, so the calendar reaches further back.
    let behind = if count <= 400 {
        BEHIND
    } else {
        BEHIND * count / 600
    };
    let first = clock.date() - Days::new(behind as u64);
    let last = clock.date() + Days::new(AHEAD);
    let mut plan = Plan {
        events: Vec::new(),
        days: BTreeMap::new(),
    };
    for series in &work().series {
        let people = staff.with(|role| role.title == series.with);
        let with = &dice.pick(&people).email;
        let start: NaiveTime = series
            .start
            .parse()
            .expect("times in work.toml are valid, a test reads them");
        let mut day = first
            + Days::new(u64::from(
                (series.weekday + 6 - first.weekday().num_days_from_monday()) % 7,
            ));
        while day <= last && plan.events.len() < count / 2 {
            plan.put(Event {
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
    while plan.events.len() < count {
        if names.is_empty() {
            let kinds = work().meeting_kinds.iter();
            names = kinds
                .flat_map(|kind| {
                    work()
                        .meeting_topics
                        .iter()
                        .map(move |topic| fill(kind, &[("topic", topic)]))
                })
                .collect();
            dice.shuffle(&mut names);
        }
        let day = dice.weekday(first, days);
        let minutes = *dice.pick(&[30, 30, 30, 45, 60, 60, 90]);
        let quarter = dice.below(((LAST_HOUR - FIRST_HOUR) * 60 - minutes as u32) as usize / 30 + 1)
            as u32
            * 30;
        let start =
            day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(FIRST_HOUR * 60 + quarter));
        let (name, participant) = if dice.percent(27) {
            let customer = dice.pick(&reachable);
            (
                fill(
                    dice.pick(&work().customer_meetings),
                    &[("company", &customer.company)],
                ),
                customer.email.clone().unwrap_or_default(),
            )
        } else {
            (
                names[names.len() - 1].clone(),
                dice.pick(staff.colleagues()).email.clone(),
            )
        };
        let topical = names.last() == Some(&name);
        if plan.put(Event {
            name,
            participant,
            start,
            minutes,
        }) && topical
        {
            names.pop();
        }
    }
    let mut events = plan.events;
    events.sort_by_key(|event| event.start);
    let mut cancelled = BTreeSet::new();
    while cancelled.len() < count / 30 {
        cancelled.insert(dice.below(events.len()));
    }
    for index in cancelled {
        events[index].name.insert_str(0, CANCELLED);
    }
    events
}

/// Events so far, by day to see at once what a new one would overlap.
struct Plan {
    events: Vec<Event>,
    days: BTreeMap<NaiveDate, Vec<usize>>,
}

impl Plan {
    /// Adds an event where its time is free.
    fn put(&mut self, event: Event) -> bool {
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

pub(super) fn rows(events: &[Event]) -> Vec<Row> {
    (1..)
        .zip(events)
        .map(|(id, event)| {
            vec![
                Value::Integer(id),
                Value::Text(event.name.clone()),
                Value::Text(event.participant.clone()),
                Value::Text(event.start.to_string()),
                Value::Integer(event.minutes),
            ]
        })
        .collect()
}
