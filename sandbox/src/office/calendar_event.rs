//! A generated meeting.

use chrono::{NaiveDateTime, TimeDelta};

use crate::Value;
use crate::row::Row;

/// The prefix of a cancelled meeting's name.
pub(super) const CANCELLED_PREFIX: &str = "Cancelled: ";

/// A meeting in the owner's calendar.
pub(super) struct CalendarEvent {
    pub(super) name: String,
    pub(super) participant: String,
    pub(super) start: NaiveDateTime,
    pub(super) minutes: i64,
}

impl CalendarEvent {
    pub(super) fn is_cancelled(&self) -> bool {
        self.name.starts_with(CANCELLED_PREFIX)
    }

    pub(super) fn end(&self) -> NaiveDateTime {
        self.start + TimeDelta::minutes(self.minutes)
    }
}

pub(super) fn rows(events: &[CalendarEvent]) -> Vec<Row> {
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
