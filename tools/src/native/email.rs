//! Mailbox tools.

use breakroom_sandbox::Value;
use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::session::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::catalog::RunTool;
use super::error::CallError;
use super::table::{Filter, Pagination, ToolTable, descending};
use super::values::{Date, MailAddress, RowId, ToSqlValue, closed_set};
use crate::hints::ToolHints;

static MAILS: ToolTable = ToolTable::new(
    || TableId::find("email", "email").expect("the mailbox has mails, a test calls their tools"),
    "email",
    &["subject", "body", "sender", "recipient"],
    descending("sent_datetime"),
);

closed_set! {
    /// The fields of an email.
    EmailField { "email_id", "folder", "sender", "recipient", "subject", "sent_datetime", "body", "in_reply_to" }
}
closed_set! {
    /// The folders of the mailbox.
    MailFolder { "inbox", "outbox" }
}

/// Returns an email, or one field of it
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetEmailInformationById {
    /// Id of the email, eight digits
    email_id: RowId,
    /// The one field to return; all when left out
    field: Option<EmailField>,
}
impl RunTool for GetEmailInformationById {
    const HINTS: ToolHints = ToolHints::READ;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        MAILS.get(scope, self.email_id, self.field.map(|field| field.0))
    }
}

/// Searches the inbox and the outbox. Every condition that is given must hold; the newest come first, and the result says how many there are in all
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchEmails {
    /// Words that must all occur in subject, body, sender or recipient, in any order and case
    query: Option<String>,
    /// Only emails sent on this day or later, like 2026-06-01
    date_min: Option<Date>,
    /// Only emails sent on this day or earlier, like 2026-06-10
    date_max: Option<Date>,
    /// Only emails from this address
    sender: Option<MailAddress>,
    /// Only emails to this address
    recipient: Option<MailAddress>,
    /// Only emails in this folder
    folder: Option<MailFolder>,
    /// Which page of the results, counted from 1
    page: Option<i64>,
    /// Results per page, 1 to 100; 20 unless told
    page_size: Option<i64>,
}
impl RunTool for SearchEmails {
    const HINTS: ToolHints = ToolHints::READ;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        let end = self.date_max.map(EndOfDay);
        let filters = [
            Filter::at_least("sent_datetime", &self.date_min),
            Filter::at_most("sent_datetime", &end),
            Filter::equals("sender", &self.sender),
            Filter::equals("recipient", &self.recipient),
            Filter::equals("folder", &self.folder),
        ];
        MAILS.search(
            scope,
            self.query.as_deref(),
            &filters,
            &Pagination {
                page: self.page,
                page_size: self.page_size,
            },
        )
    }
}

/// The last second of a day.
struct EndOfDay(Date);
impl ToSqlValue for EndOfDay {
    fn to_sql_value(&self) -> Value {
        Value::Text(format!("{} 23:59:59", self.0.0))
    }
}

fn send(
    scope: &Scope<'_>,
    recipient: MailAddress,
    subject: String,
    body: String,
    answers: Option<RowId>,
) -> Result<Box<RawValue>, CallError> {
    let sent = scope.now().to_string();
    let sender = scope.world().owner().to_owned();
    MAILS.insert(
        scope,
        &[
            &MailFolder("outbox"),
            &sender,
            &recipient,
            &subject,
            &sent,
            &body,
            &answers,
        ],
    )
}

/// Sends an email and returns it
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendEmail {
    /// Address of the recipient
    recipient: MailAddress,
    /// Subject line
    subject: String,
    /// What the email says
    body: String,
}
impl RunTool for SendEmail {
    const HINTS: ToolHints = ToolHints::CREATE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        send(scope, self.recipient, self.subject, self.body, None)
    }
}

/// Deletes an email from the mailbox
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteEmail {
    /// Id of the email, eight digits
    email_id: RowId,
}
impl RunTool for DeleteEmail {
    const HINTS: ToolHints = ToolHints::OVERWRITE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        MAILS.delete(scope, self.email_id)
    }
}

/// What replies and forwards need of an email. `other` is the sender, or the recipient if it is in the outbox.
struct OriginalEmail {
    subject: String,
    body: String,
    other: String,
}

fn original(scope: &Scope<'_>, id: RowId) -> Result<OriginalEmail, CallError> {
    let mail = MAILS.row(scope, id)?;
    let text = |field: &str| {
        let place = MAILS.id().table().column_index(field);
        match place.map(|place| &mail[place]) {
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        }
    };
    let other = if text("folder") == "outbox" {
        "recipient"
    } else {
        "sender"
    };
    Ok(OriginalEmail {
        subject: text("subject"),
        body: text("body"),
        other: text(other),
    })
}

/// Adds a prefix to the subject unless it already has it.
fn prefixed(prefix: &str, subject: &str) -> String {
    let start = subject.get(..prefix.len());
    if start.is_some_and(|start| start.eq_ignore_ascii_case(prefix)) {
        subject.to_owned()
    } else {
        format!("{prefix}{subject}")
    }
}

/// Forwards an email, with its text, and returns the one that was sent
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ForwardEmail {
    /// Id of the email, eight digits
    email_id: RowId,
    /// Address of the recipient
    recipient: MailAddress,
}
impl RunTool for ForwardEmail {
    const HINTS: ToolHints = ToolHints::CREATE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        let mail = original(scope, self.email_id)?;
        send(
            scope,
            self.recipient,
            prefixed("FW: ", &mail.subject),
            mail.body,
            Some(self.email_id),
        )
    }
}

/// Replies to an email and returns the reply. It goes to who sent the email; for one of the outbox, to whom it was sent
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyEmail {
    /// Id of the email, eight digits
    email_id: RowId,
    /// What the reply says
    body: String,
}
impl RunTool for ReplyEmail {
    const HINTS: ToolHints = ToolHints::CREATE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        let mail = original(scope, self.email_id)?;
        send(
            scope,
            MailAddress(mail.other),
            prefixed("Re: ", &mail.subject),
            self.body,
            Some(self.email_id),
        )
    }
}
