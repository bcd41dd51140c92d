//! The original's mailbox. Columns: id, folder, the other party, subject, time, body.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{
    PythonArguments, PythonException, WorkbenchOffice, WorkbenchTool, keep_between, look_up,
    records, text_result,
};
use crate::hints::ToolHints;
use crate::workbench::frame::{CLOCK, FrameCell, FrameRow};
use crate::workbench::{python, time};

pub(super) const TOOLS: &[WorkbenchTool] = &[
    WorkbenchTool {
        name: "email.get_email_information_by_id",
        parameters: &["email_id", "field"],
        hints: ToolHints::READ,
        run: get,
    },
    WorkbenchTool {
        name: "email.search_emails",
        parameters: &["query", "date_min", "date_max"],
        hints: ToolHints::READ,
        run: search,
    },
    WorkbenchTool {
        name: "email.send_email",
        parameters: &["recipient", "subject", "body"],
        hints: ToolHints::CREATE,
        run: send,
    },
    WorkbenchTool {
        name: "email.delete_email",
        parameters: &["email_id"],
        hints: ToolHints::OVERWRITE,
        run: delete,
    },
    WorkbenchTool {
        name: "email.forward_email",
        parameters: &["email_id", "recipient"],
        hints: ToolHints::CREATE,
        run: forward,
    },
    WorkbenchTool {
        name: "email.reply_email",
        parameters: &["email_id", "body"],
        hints: ToolHints::CREATE,
        run: reply,
    },
];

const PARTY: usize = 2;
const SUBJECT: usize = 3;
const SENT: usize = 4;
const BODY: usize = 5;

const SENT_MESSAGE: &str = "Email sent successfully.";

fn get(office: &mut WorkbenchOffice, arguments: &PythonArguments) -> Result<Json, PythonException> {
    look_up(
        &office.email,
        "Email",
        arguments.get("email_id"),
        arguments.get("field"),
    )
}

fn search(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
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
    let shown = |row: &FrameRow, column: usize| match &row.cells[column] {
        FrameCell::Text(text) => text.to_string(),
        FrameCell::Missing => "nan".to_owned(),
        FrameCell::Clock => CLOCK.to_owned(),
        FrameCell::Other(value) => python::to_text(value),
    };
    let matches = |row: &&FrameRow| {
        let text = [SUBJECT, BODY, PARTY]
            .map(|column| shown(row, column))
            .join(" ")
            .to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let mut rows: Vec<&FrameRow> = frame.rows.iter().filter(matches).collect();
    let clocks = rows
        .iter()
        .filter(|row| row.cells[SENT] == FrameCell::Clock)
        .count();
    if clocks > 0 && clocks < rows.len() {
        return Err(PythonException);
    }
    rows.sort_by(|left, right| right.cells[SENT].text().cmp(&left.cells[SENT].text()));
    let day = |text: &str| time::parse(text).map(|time| time.date());
    let sent = |row: &FrameRow| day(row.cells[SENT].text().unwrap_or(CLOCK));
    let mut rows = keep_between(arguments, ["date_min", "date_max"], rows, day, sent)?;
    rows.truncate(5);
    if rows.is_empty() {
        text_result("No emails found.")
    } else {
        Ok(records(frame, &rows))
    }
}

fn send(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    if !arguments.all_given(&["recipient", "subject", "body"]) {
        return text_result("Recipient, subject, or body not provided.");
    }
    post(
        office,
        arguments.get("recipient"),
        arguments.cell("subject"),
        arguments.cell("body"),
    )
}

/// Puts a mail at the label that equals the number of rows, and overwrites a mail with that label.
fn post(
    office: &mut WorkbenchOffice,
    recipient: &Json,
    subject: FrameCell,
    body: FrameCell,
) -> Result<Json, PythonException> {
    // For a list or a dict, Python looks for the sign among the items and does not find it.
    if recipient.is_array() || recipient.is_object() {
        return text_result("Invalid recipient email address.");
    }
    let recipient = recipient.as_str().ok_or(PythonException)?;
    if !recipient.contains('@') || !recipient.contains('.') {
        return text_result("Invalid recipient email address.");
    }
    let id = office.email.next_id(0).ok_or(PythonException)?.to_string();
    let frame = Arc::make_mut(&mut office.email);
    let recipient = recipient.to_lowercase();
    let mut cells = vec![
        FrameCell::from(id.as_str()),
        FrameCell::from("outbox"),
        FrameCell::from(recipient.as_str()),
        subject,
        FrameCell::Clock,
        body,
    ];
    cells.resize(frame.columns.len(), FrameCell::Missing);
    frame.put(frame.rows.len(), cells);
    text_result(SENT_MESSAGE)
}

fn delete(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    super::delete(&mut office.email, "Email", arguments.get("email_id"))
}

/// The mail with the id in the arguments.
fn named<'a>(office: &'a WorkbenchOffice, arguments: &PythonArguments) -> Option<&'a FrameRow> {
    office
        .email
        .find(0, arguments.get("email_id").as_str()?)
        .next()
}

/// Posts a mail, and replaces the success message.
fn post_saying(
    office: &mut WorkbenchOffice,
    recipient: &Json,
    subject: FrameCell,
    body: FrameCell,
    done: &str,
) -> Result<Json, PythonException> {
    let said = post(office, recipient, subject, body)?;
    if said == SENT_MESSAGE {
        text_result(done)
    } else {
        Ok(said)
    }
}

fn forward(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    if !arguments.all_given(&["email_id", "recipient"]) {
        return text_result("Email ID or recipient not provided.");
    }
    let Some(row) = named(office, arguments) else {
        return text_result("Email not found.");
    };
    let subject = FrameCell::from(
        format!("FW: {}", row.cells[SUBJECT].text().ok_or(PythonException)?).as_str(),
    );
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

fn reply(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    if !arguments.all_given(&["email_id", "body"]) {
        return text_result("Email ID or body not provided.");
    }
    let Some(row) = named(office, arguments) else {
        return text_result("Email not found.");
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
