//! The original's mailbox. Columns: id, folder, the other party, subject, time, body.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Arguments, Office, Raised, Tool, exists, look_up, records, remove, says};
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
    for (bound, earliest) in [("date_min", true), ("date_max", false)] {
        // The bound is read row by row: without rows, one that is no time raises nothing.
        if arguments.given(bound) && !rows.is_empty() {
            let limit = time::parse(arguments.text(bound)?).ok_or(Raised)?.date();
            let mut kept = Vec::new();
            for row in rows {
                let sent = time::parse(row.cells[SENT].text().unwrap_or(CLOCK))
                    .ok_or(Raised)?
                    .date();
                if if earliest {
                    sent >= limit
                } else {
                    sent <= limit
                } {
                    kept.push(row);
                }
            }
            rows = kept;
        }
    }
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
    says("Email sent successfully.")
}

fn delete(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    if !arguments.given("email_id") {
        return says("Email ID not provided.");
    }
    if !exists(&office.email, arguments.get("email_id")) {
        return says("Email not found.");
    }
    remove(
        Arc::make_mut(&mut office.email),
        arguments.text("email_id")?,
    );
    says("Email deleted successfully.")
}

fn forward(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    if !arguments.all_given(&["email_id", "recipient"]) {
        return says("Email ID or recipient not provided.");
    }
    let Some(row) = arguments
        .get("email_id")
        .as_str()
        .and_then(|id| office.email.find(0, id).next())
    else {
        return says("Email not found.");
    };
    let subject = Cell::from(format!("FW: {}", row.cells[SUBJECT].text().ok_or(Raised)?).as_str());
    let body = row.cells[BODY].clone();
    let recipient = arguments.get("recipient");
    match post(office, recipient, subject, body)?.as_str() {
        Some("Email sent successfully.") => says("Email forwarded successfully."),
        other => says(other.unwrap_or_default()),
    }
}

fn reply(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    if !arguments.all_given(&["email_id", "body"]) {
        return says("Email ID or body not provided.");
    }
    let Some(row) = arguments
        .get("email_id")
        .as_str()
        .and_then(|id| office.email.find(0, id).next())
    else {
        return says("Email not found.");
    };
    let (party, subject) = (row.cells[PARTY].to_json(), row.cells[SUBJECT].clone());
    match post(office, &party, subject, arguments.cell("body"))?.as_str() {
        Some("Email sent successfully.") => says("Email replied successfully."),
        other => says(other.unwrap_or_default()),
    }
}
