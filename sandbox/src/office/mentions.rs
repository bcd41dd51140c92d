//! How mails name things and days, written by the generator and read back by the check.

use chrono::{NaiveDate, NaiveDateTime};

/// `Monday 15 June`
pub(super) fn spoken_day(day: NaiveDate) -> String {
    day.format("%A %-d %B").to_string()
}

/// `Monday 15 June at 09:30`
pub(super) fn spoken_time(time: NaiveDateTime) -> String {
    time.format("%A %-d %B at %H:%M").to_string()
}

/// A name between quotation marks, and what the text says of it.
pub(super) struct Mention<'a> {
    pub(super) name: &'a str,
    /// The text after the closing mark.
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
    /// `Monday 15 June at 09:30`, where the text says that it takes place then.
    pub(super) fn starts(&self) -> Option<&str> {
        let text = self.rest.strip_prefix(" on ")?;
        let end = text.find(" at ")? + " at 00:00".len();
        text.get(..end)
    }

    /// `Monday 15 June`, where the text says that it is due then.
    pub(super) fn due(&self) -> Option<&str> {
        Some(day(self.rest.strip_prefix(", due ")?))
    }
}

/// The number of visits and the day, where a text gives them.
pub(super) fn counted_visits(text: &str) -> Option<(usize, &str)> {
    let (_, text) = text.split_once("counted ")?;
    let (count, text) = text.split_once(" visits on ")?;
    Some((count.parse().ok()?, day(text)))
}

/// The spoken day with which a text begins: a weekday, a number and a month.
fn day(text: &str) -> &str {
    let end = text
        .match_indices(|letter: char| !letter.is_alphanumeric())
        .nth(2)
        .map_or(text.len(), |(index, _)| index);
    &text[..end]
}
