//! Parses points in time like the original's library, for the formats that agents use.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// Formats of dates, without the time of day.
const DATES: [&str; 11] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%B %d, %Y",
    "%B %d %Y",
    "%d %B %Y",
    "%d %B, %Y",
    "%Y%m%d",
    "%Y %B %d",
];
/// Formats of times of day.
const TIMES: [&str; 6] = [
    "%H:%M:%S%.f",
    "%H:%M",
    "%I:%M:%S %p",
    "%I:%M %p",
    "%I:%M%p",
    "%I %p",
];

/// Parses a point in time. None if the original's library would raise.
pub fn parse(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let midnight = NaiveTime::MIN;
    for format in DATES {
        let Ok((date, rest)) = NaiveDate::parse_and_remainder(text, format) else {
            continue;
        };
        let rest = rest.strip_prefix(['T', ' ']).unwrap_or(rest).trim();
        if rest.is_empty() {
            return Some(date.and_time(midnight));
        }
        if let Some(time) = TIMES
            .iter()
            .find_map(|format| NaiveTime::parse_from_str(rest, format).ok())
        {
            return Some(date.and_time(time));
        }
    }
    // A year and a month mean the first day of the month.
    NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d")
        .ok()
        .map(|date| date.and_time(midnight))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_agents_write_and_refuses_impossible_days() {
        for text in [
            "2023-12-01 09:30:00",
            "2023-12-01T09:30",
            "December 1, 2023 9:30 AM",
            "12/01/2023 09:30",
        ] {
            assert_eq!(
                parse(text).unwrap().to_string(),
                "2023-12-01 09:30:00",
                "{text}"
            );
        }
        for text in ["2023-11-31", "tomorrow", "2023-11-30 24:00:00", ""] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
