//! Mails as messages (RFC 5322): one `.eml` file each, and all of them as one mbox in the form mboxrd.

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

/// A mail's row with its columns by name.
struct Mail {
    id: i64,
    sender: String,
    recipient: String,
    subject: String,
    sent: NaiveDateTime,
    body: String,
    in_reply_to: Option<i64>,
}

impl Mail {
    fn read(table: TableId, row: &Row) -> Mail {
        let cell = |name: &str| {
            let index = table.table().column_index(name);
            &row[index.expect("the columns named here are those of the schema, a test reads mails")]
        };
        let text = |name: &str| match cell(name) {
            Value::Text(text) => text.clone(),
            _ => unreachable!("the schema makes {name} text"),
        };
        let number = |name: &str| match cell(name) {
            Value::Integer(number) => Some(*number),
            _ => None,
        };
        Mail {
            id: number("email_id").expect("a primary key is a number"),
            sender: text("sender"),
            recipient: text("recipient"),
            subject: text("subject"),
            sent: NaiveDateTime::parse_from_str(&text("sent_datetime"), "%Y-%m-%d %H:%M:%S")
                .expect("the schema checks that it is a time"),
            body: text("body"),
            in_reply_to: number("in_reply_to"),
        }
    }

    fn message(&self, world: &World, thread: &[i64]) -> Result<Vec<u8>, Fault> {
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
                    fault(format!("{address:?} is not an address: {error}"))
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

    /// When it was sent; the office's clock is taken for UTC.
    fn date(&self) -> DateTime<Utc> {
        self.sent.and_utc()
    }
}

fn mails(session: &Session) -> Result<Vec<Mail>, Fault> {
    let table = TableId::find("email", "email").expect("there are mails, a test reads them");
    let rows = session.rows(table)?;
    Ok(rows.iter().map(|row| Mail::read(table, row)).collect())
}

/// Every mail of a session as the bytes of a message, by id. Lines end in CR LF.
///
/// # Errors
/// A mail with an address that no message can have, or SQLite failed to read a row.
pub fn messages(session: &Session) -> Result<BTreeMap<i64, Vec<u8>>, Fault> {
    written(session.world(), &mails(session)?)
}

fn written(world: &World, mails: &[Mail]) -> Result<BTreeMap<i64, Vec<u8>>, Fault> {
    let answered: BTreeMap<i64, Option<i64>> = mails
        .iter()
        .map(|mail| (mail.id, mail.in_reply_to))
        .collect();
    mails
        .iter()
        .map(|mail| Ok((mail.id, mail.message(world, &thread(mail.id, &answered))?)))
        .collect()
}

/// The mails that one answers, the first of the thread first; the last may have been deleted.
fn thread(id: i64, answered: &BTreeMap<i64, Option<i64>>) -> Vec<i64> {
    let mut thread = Vec::new();
    let mut next = answered.get(&id).copied().flatten();
    while let Some(parent) = next.filter(|parent| *parent != id && !thread.contains(parent)) {
        thread.push(parent);
        next = answered.get(&parent).copied().flatten();
    }
    thread.reverse();
    thread
}

/// Every mail of a session, in the order of ids, as one mbox. Lines end in LF, and a line that begins with `From ` is quoted by `>`.
///
/// # Errors
/// As [`messages`].
pub fn mailbox(session: &Session) -> Result<Vec<u8>, Fault> {
    let mails = mails(session)?;
    Ok(join(&mails, &written(session.world(), &mails)?))
}

fn join(mails: &[Mail], messages: &BTreeMap<i64, Vec<u8>>) -> Vec<u8> {
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
/// As [`messages`], or the file that could not be written.
pub fn write_mails(session: &Session, folder: &Path) -> Result<(), Fault> {
    let mails = mails(session)?;
    let messages = written(session.world(), &mails)?;
    let mailbox = ("mailbox.mbox".to_owned(), join(&mails, &messages));
    let messages = messages.into_iter();
    let files = messages.map(|(id, message)| (format!("{id:08}.eml"), message));
    write_files(folder, files.chain([mailbox]))
}
