//! Days and hours in which people work.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// The day itself, or the next Monday if it is a weekend day.
pub(super) fn working_day_from(day: NaiveDate) -> NaiveDate {
    match day.weekday().number_from_monday() {
        6 => day + Days::new(2),
        7 => day + Days::new(1),
        _ => day,
    }
}

/// Eight in the morning, when work begins.
pub(super) fn start_of_work(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN) + TimeDelta::hours(8)
}

/// The time itself if people are at work then, or else the next time at which they are.
pub(super) fn working_time_from(time: NaiveDateTime) -> NaiveDateTime {
    let minutes = time.time() - NaiveTime::MIN;
    let time = if minutes < TimeDelta::hours(8) {
        time + TimeDelta::hours(8)
    } else if minutes >= TimeDelta::hours(19) {
        time + TimeDelta::hours(13)
    } else {
        time
    };
    working_day_from(time.date()).and_time(time.time())
}
