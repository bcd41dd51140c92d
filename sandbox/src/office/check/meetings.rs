//! Rules of the calendar.

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::Report;
use super::facts::Facts;
use crate::office::calendar::{FIRST_HOUR, LAST_HOUR};
use crate::row::Row;

pub(super) fn meeting_hours(facts: &Facts<'_>, report: &mut Report) {
    for row in facts.events.rows {
        let Some((start, end)) = facts.span(row) else {
            continue;
        };
        let minutes = |time: NaiveDateTime| time.hour() * 60 + time.minute();
        if start.weekday().num_days_from_monday() > 4 {
            report.row(
                facts.events.table,
                row,
                format!("is on a {}", start.format("%A")),
            );
        } else if minutes(start) < FIRST_HOUR * 60
            || minutes(end) > LAST_HOUR * 60
            || end.date() != start.date()
        {
            report.row(
                facts.events.table,
                row,
                format!(
                    "lasts from {} to {}",
                    start.format("%H:%M"),
                    end.format("%H:%M")
                ),
            );
        }
    }
}

pub(super) fn meeting_overlap(facts: &Facts<'_>, report: &mut Report) {
    let mut spans: Vec<_> = facts
        .events
        .rows
        .iter()
        .filter_map(|row| Some((facts.span(row)?, row)))
        .collect();
    spans.sort_by_key(|(span, _)| *span);
    let mut last: Option<(NaiveDateTime, &Row)> = None;
    for ((start, end), row) in spans {
        if let Some((_, other)) = last.filter(|(until, _)| *until > start) {
            report.row(
                facts.events.table,
                row,
                format!("overlaps {:08}", crate::row::row_id(other)),
            );
        }
        if last.is_none_or(|(until, _)| until < end) {
            last = Some((end, row));
        }
    }
}

pub(super) fn meeting_people(facts: &Facts<'_>, report: &mut Report) {
    for row in facts.events.rows {
        let address = facts.events.text(row, "participant_email");
        if !facts.colleagues.contains(address) && !facts.clients.contains(address) {
            report.row(
                facts.events.table,
                row,
                format!("{address} is neither a colleague nor a customer"),
            );
        }
    }
}
