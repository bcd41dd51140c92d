//! A generated mail.

use chrono::NaiveDateTime;

use crate::Value;
use crate::row::Row;

/// A mail in the owner's mailbox.
pub(super) struct Mail {
    pub(super) sender: String,
    pub(super) recipient: String,
    pub(super) subject: String,
    pub(super) sent: NaiveDateTime,
    pub(super) body: String,
    /// The index of the mail that this one answers.
    pub(super) answers: Option<usize>,
}

pub(super) fn rows(mails: &[Mail], owner: &str) -> Vec<Row> {
    let text = |value: &str| Value::Text(value.to_owned());
    (1..)
        .zip(mails)
        .map(|(id, mail)| {
            vec![
                Value::Integer(id),
                text(if mail.sender == owner {
                    "outbox"
                } else {
                    "inbox"
                }),
                text(&mail.sender),
                text(&mail.recipient),
                text(&mail.subject),
                Value::Text(mail.sent.to_string()),
                text(&mail.body),
                mail.answers
                    .map_or(Value::Null, |index| Value::Integer(index as i64 + 1)),
            ]
        })
        .collect()
}
