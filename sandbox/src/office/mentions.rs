//! How mails mention things and days. The generator writes these phrases, and the check reads them back.

use chrono::{NaiveDate, NaiveDateTime};

/// `Monday 15 June`
pub(super) fn spoken_day(day: NaiveDate) -> String {
    day.format("%A %-d %B").to_string()
}

/// `Monday 15 June at 09:30`
pub(super) fn spoken_time(time: NaiveDateTime) -> String {
    time.format("%A %-d %B at %H:%M").to_string()
}

/// A name in quotation marks, and what the text says about it.
pub(super) struct Mention<'a> {
    pub(super) name: &'a str,
    /// The text after the closing quotation mark.
    pub(super) rest: &'a str,
}

/// The names that a text mentions.
pub(super) fn mentions(text: &str) -> impl Iterator<Item = Mention<'_>> {
    text.split('“').skip(1).filter_map(|part| {
        let (name, rest) = part.split_once('”')?;
        Some(Mention { name, rest })
    })
}

impl Mention<'_> {
    /// `Monday 15 June at 09:30`, if the text says that the meeting starts then.
    pub(super) fn start(&self) -> Option<&str> {
        let text = self.rest.strip_prefix(" on ")?;
        let end = text.find(" at ")? + " at 00:00".len();
        text.get(..end)
    }

    /// `Monday 15 June`, if the text says that the task is due then.
    pub(super) fn due(&self) -> Option<&str> {
        Some(leading_day(self.rest.strip_prefix(", due ")?))
    }
}

/// The number of visits and their day, if a text states them.
pub(super) fn counted_visits(text: &str) -> Option<(usize, &str)> {
    let (_, text) = text.split_once("counted ")?;
    let (count, text) = text.split_once(" visits on ")?;
    Some((count.parse().ok()?, leading_day(text)))
}

/// The day at the start of a text: a weekday, a number and a month.
fn leading_day(text: &str) -> &str {
    let end = text
        .match_indices(|letter: char| !letter.is_alphanumeric())
        .nth(2)
        .map_or(text.len(), |(index, _)| index);
    &text[..end]
}
