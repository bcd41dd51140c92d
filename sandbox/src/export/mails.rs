//! Exports mails as messages (RFC 5322): one `.eml` file each, and one mbox file in mboxrd format with all of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, NaiveDateTime, Utc};
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, MIME_VERSION_1_0};

use super::write_files;
use crate::row::Row;
use crate::schema::TableId;
use crate::session::Session;
use crate::world::World;
use crate::{Fault, Value};

/// A mail's row, with a field for each column.
struct MailMessage {
    id: i64,
    sender: String,
    recipient: String,
    subject: String,
    sent: NaiveDateTime,
    body: String,
    in_reply_to: Option<i64>,
}

impl MailMessage {
    fn from_row(table: TableId, row: &Row) -> MailMessage {
        let cell = |name: &str| {
            let index = table.table().column_index(name);
            &row[index.expect("the schema has the columns named here: a test reads mails")]
        };
        let text = |name: &str| match cell(name) {
            Value::Text(text) => text.clone(),
            _ => unreachable!("column {name} holds text"),
        };
        let number = |name: &str| match cell(name) {
            Value::Integer(number) => Some(*number),
            _ => None,
        };
        MailMessage {
            id: number("email_id").expect("a primary key is an integer"),
            sender: text("sender"),
            recipient: text("recipient"),
            subject: text("subject"),
            sent: NaiveDateTime::parse_from_str(&text("sent_datetime"), "%Y-%m-%d %H:%M:%S")
                .expect("the schema accepts only valid times"),
            body: text("body"),
            in_reply_to: number("in_reply_to"),
        }
    }

    /// The formatted message. `thread` are the ids of the mails before it in its thread.
    fn format(&self, world: &World, thread: &[i64]) -> Result<Vec<u8>, Fault> {
        let fault = |reason: String| Fault::Mail {
            email_id: self.id,
            reason,
        };
        let mailbox = |address: &str| {
            let known = world.directory().iter();
            let name = known
                .filter(|colleague| colleague.email.eq_ignore_ascii_case(address))
                .map(|colleague| colleague.name.clone())
                .next();
            let parsed = address
                .parse()
                .map_err(|error: lettre::address::AddressError| {
                    fault(format!("invalid address {address:?}: {error}"))
                });
            Ok::<_, Fault>(Mailbox::new(name, parsed?))
        };
        let id = |id: &i64| {
            let domain = world.owner().rsplit('@').next().unwrap_or_default();
            format!("<{id:08}@{domain}>")
        };
        let mut message = Message::builder()
            .from(mailbox(&self.sender)?)
            .to(mailbox(&self.recipient)?)
            .subject(&self.subject)
            .date(SystemTime::from(self.date()))
            .message_id(Some(id(&self.id)))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN);
        if let Some(parent) = thread.last() {
            let references: Vec<String> = thread.iter().map(id).collect();
            message = message
                .in_reply_to(id(parent))
                .references(references.join(" "));
        }
        let message = message.body(self.body.clone());
        Ok(message
            .map_err(|error| fault(error.to_string()))?
            .formatted())
    }

    /// The time of sending. The office's clock counts as UTC.
    fn date(&self) -> DateTime<Utc> {
        self.sent.and_utc()
    }
}

fn mails(session: &Session) -> Result<Vec<MailMessage>, Fault> {
    let table = TableId::find("email", "email").expect("the schema has a table of mails");
    let rows = session.rows(table)?;
    Ok(rows
        .iter()
        .map(|row| MailMessage::from_row(table, row))
        .collect())
}

/// Every mail of a session as the bytes of a message, by id. Lines end with CR LF.
///
/// # Errors
/// Fails if an address is not valid in a message, or if SQLite cannot read a row.
pub fn messages(session: &Session) -> Result<BTreeMap<i64, Vec<u8>>, Fault> {
    format_all(session.world(), &mails(session)?)
}

fn format_all(world: &World, mails: &[MailMessage]) -> Result<BTreeMap<i64, Vec<u8>>, Fault> {
    let answered: BTreeMap<i64, Option<i64>> = mails
        .iter()
        .map(|mail| (mail.id, mail.in_reply_to))
        .collect();
    mails
        .iter()
        .map(|mail| {
            Ok((
                mail.id,
                mail.format(world, &thread_before(mail.id, &answered))?,
            ))
        })
        .collect()
}

/// The ids of the mails before one in its thread, oldest first. The oldest may have been deleted.
fn thread_before(id: i64, answered: &BTreeMap<i64, Option<i64>>) -> Vec<i64> {
    let mut thread = Vec::new();
    let mut next = answered.get(&id).copied().flatten();
    while let Some(parent) = next.filter(|parent| *parent != id && !thread.contains(parent)) {
        thread.push(parent);
        next = answered.get(&parent).copied().flatten();
    }
    thread.reverse();
    thread
}

/// Every mail of a session as one mbox file, ordered by id. Lines end with LF, and `>` quotes a line that begins with `From `.
///
/// # Errors
/// Fails like [`messages`].
pub fn mailbox(session: &Session) -> Result<Vec<u8>, Fault> {
    let mails = mails(session)?;
    Ok(join_mbox(&mails, &format_all(session.world(), &mails)?))
}

fn join_mbox(mails: &[MailMessage], messages: &BTreeMap<i64, Vec<u8>>) -> Vec<u8> {
    let mut mailbox = Vec::new();
    for (mail, message) in mails.iter().zip(messages.values()) {
        let date = mail.sent.format("%a %b %e %H:%M:%S %Y");
        mailbox.extend(format!("From {} {date}\n", mail.sender).into_bytes());
        for line in message.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let quoted = line.iter().skip_while(|byte| **byte == b'>');
            if quoted.take(5).eq(b"From ") {
                mailbox.push(b'>');
            }
            mailbox.extend(line);
            mailbox.push(b'\n');
        }
        mailbox.push(b'\n');
    }
    mailbox
}

/// Writes every mail as `00000001.eml` and so on, and all of them as `mailbox.mbox`.
///
/// # Errors
/// Fails like [`messages`], or names the file that could not be written.
pub fn write_mails(session: &Session, folder: &Path) -> Result<(), Fault> {
    let mails = mails(session)?;
    let messages = format_all(session.world(), &mails)?;
    let mailbox = ("mailbox.mbox".to_owned(), join_mbox(&mails, &messages));
    let messages = messages.into_iter();
    let files = messages.map(|(id, message)| (format!("{id:08}.eml"), message));
    write_files(folder, files.chain([mailbox]))
}
