//! Rules of the calendar.

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::office_tables::OfficeTables;
use super::report::CoherenceReport;
use crate::office::calendar_generator::{FIRST_HOUR, LAST_HOUR};
use crate::row::Row;

pub(super) fn meeting_hours(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    for row in tables.events.rows {
        let Some((start, end)) = tables.span(row) else {
            continue;
        };
        let minutes = |time: NaiveDateTime| time.hour() * 60 + time.minute();
        if start.weekday().num_days_from_monday() > 4 {
            report.add_row(
                tables.events.table,
                row,
                format!("is on a {}", start.format("%A")),
            );
        } else if minutes(start) < FIRST_HOUR * 60
            || minutes(end) > LAST_HOUR * 60
            || end.date() != start.date()
        {
            report.add_row(
                tables.events.table,
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

pub(super) fn meeting_overlap(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    let mut spans: Vec<_> = tables
        .events
        .rows
        .iter()
        .filter_map(|row| Some((tables.span(row)?, row)))
        .collect();
    spans.sort_by_key(|(span, _)| *span);
    let mut last: Option<(NaiveDateTime, &Row)> = None;
    for ((start, end), row) in spans {
        if let Some((_, other)) = last.filter(|(until, _)| *until > start) {
            report.add_row(
                tables.events.table,
                row,
                format!("overlaps {:08}", crate::row::row_id(other)),
            );
        }
        if last.is_none_or(|(until, _)| until < end) {
            last = Some((end, row));
        }
    }
}

pub(super) fn meeting_people(tables: &OfficeTables<'_>, report: &mut CoherenceReport) {
    for row in tables.events.rows {
        let address = tables.events.text(row, "participant_email");
        if !tables.colleague_addresses.contains(address)
            && !tables.customer_addresses.contains(address)
        {
            report.add_row(
                tables.events.table,
                row,
                format!("{address} is neither a colleague nor a customer"),
            );
        }
    }
}
