//! The original's mailbox. Columns: id, folder, the other party, subject, time, body.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Arguments, Office, Raised, Tool, keep_between, look_up, records, says};
use crate::workbench::frame::{CLOCK, Cell, Row};
use crate::workbench::{python, time};

pub(super) const TOOLS: &[Tool] = &[
    Tool {
        name: "email.get_email_information_by_id",
        parameters: &["email_id", "field"],
        writes: false,
        run: get,
    },
    Tool {
        name: "email.search_emails",
        parameters: &["query", "date_min", "date_max"],
        writes: false,
        run: search,
    },
    Tool {
        name: "email.send_email",
        parameters: &["recipient", "subject", "body"],
        writes: true,
        run: send,
    },
    Tool {
        name: "email.delete_email",
        parameters: &["email_id"],
        writes: true,
        run: delete,
    },
    Tool {
        name: "email.forward_email",
        parameters: &["email_id", "recipient"],
        writes: true,
        run: forward,
    },
    Tool {
        name: "email.reply_email",
        parameters: &["email_id", "body"],
        writes: true,
        run: reply,
    },
];

const PARTY: usize = 2;
const SUBJECT: usize = 3;
const SENT: usize = 4;
const BODY: usize = 5;

const SENT_MESSAGE: &str = "Email sent successfully.";

fn get(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    look_up(
        &office.email,
        "Email",
        arguments.get("email_id"),
        arguments.get("field"),
    )
}

fn search(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    let frame = &office.email;
    let query = if arguments.0.contains_key("query") {
        arguments.text("query")?
    } else {
        ""
    };
    let words: Vec<String> = query
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let shown = |row: &Row, column: usize| match &row.cells[column] {
        Cell::Text(text) => text.to_string(),
        Cell::Missing => "nan".to_owned(),
        Cell::Clock => CLOCK.to_owned(),
        Cell::Other(value) => python::to_text(value),
    };
    let matches = |row: &&Row| {
        let text = [SUBJECT, BODY, PARTY]
            .map(|column| shown(row, column))
            .join(" ")
            .to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let mut rows: Vec<&Row> = frame.rows.iter().filter(matches).collect();
    let clocks = rows
        .iter()
        .filter(|row| row.cells[SENT] == Cell::Clock)
        .count();
    if clocks > 0 && clocks < rows.len() {
        return Err(Raised);
    }
    rows.sort_by(|left, right| right.cells[SENT].text().cmp(&left.cells[SENT].text()));
    let day = |text: &str| time::parse(text).map(|time| time.date());
    let sent = |row: &Row| day(row.cells[SENT].text().unwrap_or(CLOCK));
    let mut rows = keep_between(arguments, ["date_min", "date_max"], rows, day, sent)?;
    rows.truncate(5);
    if rows.is_empty() {
        says("No emails found.")
    } else {
        Ok(records(frame, &rows))
    }
}

fn send(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    if !arguments.all_given(&["recipient", "subject", "body"]) {
        return says("Recipient, subject, or body not provided.");
    }
    post(
        office,
        arguments.get("recipient"),
        arguments.cell("subject"),
        arguments.cell("body"),
    )
}

/// Puts a mail at the label that equals the number of rows, where another may be.
fn post(office: &mut Office, recipient: &Json, subject: Cell, body: Cell) -> Result<Json, Raised> {
    // Python looks for the sign among a list's items, and finds none.
    if recipient.is_array() || recipient.is_object() {
        return says("Invalid recipient email address.");
    }
    let recipient = recipient.as_str().ok_or(Raised)?;
    if !recipient.contains('@') || !recipient.contains('.') {
        return says("Invalid recipient email address.");
    }
    let id = office.email.next_id(0).ok_or(Raised)?.to_string();
    let frame = Arc::make_mut(&mut office.email);
    let recipient = recipient.to_lowercase();
    let mut cells = vec![
        Cell::from(id.as_str()),
        Cell::from("outbox"),
        Cell::from(recipient.as_str()),
        subject,
        Cell::Clock,
        body,
    ];
    cells.resize(frame.columns.len(), Cell::Missing);
    frame.put(frame.rows.len(), cells);
    says(SENT_MESSAGE)
}

fn delete(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    super::delete(&mut office.email, "Email", arguments.get("email_id"))
}

/// The mail that a call speaks of.
fn named<'a>(office: &'a Office, arguments: &Arguments) -> Option<&'a Row> {
    office
        .email
        .find(0, arguments.get("email_id").as_str()?)
        .next()
}

/// Posts a mail, and says so in the words of another tool.
fn post_saying(
    office: &mut Office,
    recipient: &Json,
    subject: Cell,
    body: Cell,
    done: &str,
) -> Result<Json, Raised> {
    let said = post(office, recipient, subject, body)?;
    if said == SENT_MESSAGE {
        says(done)
    } else {
        Ok(said)
    }
}

fn forward(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    if !arguments.all_given(&["email_id", "recipient"]) {
        return says("Email ID or recipient not provided.");
    }
    let Some(row) = named(office, arguments) else {
        return says("Email not found.");
    };
    let subject = Cell::from(format!("FW: {}", row.cells[SUBJECT].text().ok_or(Raised)?).as_str());
    let body = row.cells[BODY].clone();
    let recipient = arguments.get("recipient");
    post_saying(
        office,
        recipient,
        subject,
        body,
        "Email forwarded successfully.",
    )
}

fn reply(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    if !arguments.all_given(&["email_id", "body"]) {
        return says("Email ID or body not provided.");
    }
    let Some(row) = named(office, arguments) else {
        return says("Email not found.");
    };
    let (party, subject) = (row.cells[PARTY].to_json(), row.cells[SUBJECT].clone());
    post_saying(
        office,
        &party,
        subject,
        arguments.cell("body"),
        "Email replied successfully.",
    )
}
