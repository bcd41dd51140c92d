//! Calendar tools. They allow double bookings; avoiding these is up to the agent.

use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::session::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::catalog::RunTool;
use super::error::{CallError, Refusal};
use super::table::{Filter, Pagination, ToolTable, ascending};
use super::values::{
    DateTime, DurationMinutes, MailAddress, NonEmptyText, RowId, ToSqlValue, closed_set,
};
use crate::hints::ToolHints;

static EVENTS: ToolTable = ToolTable::new(
    || {
        TableId::find("calendar", "event")
            .expect("the calendar has events, a test calls their tools")
    },
    "event",
    &["event_name", "participant_email"],
    ascending("event_start"),
);

closed_set! {
    /// The fields of an event.
    EventField { "event_id", "event_name", "participant_email", "event_start", "duration" }
}
closed_set! {
    /// The fields of an event that can be updated.
    UpdatableEventField { "event_name", "participant_email", "event_start", "duration" }
}

/// Returns an event of the calendar, or one field of it
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetEventInformationById {
    /// Id of the event, eight digits
    event_id: RowId,
    /// The one field to return; all when left out
    field: Option<EventField>,
}
impl RunTool for GetEventInformationById {
    const HINTS: ToolHints = ToolHints::READ;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        EVENTS.get(scope, self.event_id, self.field.map(|field| field.0))
    }
}

/// Searches the calendar. Every condition that is given must hold; results are ordered by start and say how many there are in all
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchEvents {
    /// Words that must all occur in the name or the participant's address, in any order and case
    query: Option<String>,
    /// Only events that start at this time or later, like 2026-06-11 09:00:00
    #[serde(default, deserialize_with = "earliest")]
    time_min: Option<DateTime>,
    /// Only events that start at this time or earlier, like 2026-06-11 17:30:00
    time_max: Option<DateTime>,
    /// Only events with this participant
    participant_email: Option<MailAddress>,
    /// Which page of the results, counted from 1
    page: Option<i64>,
    /// Results per page, 1 to 100; 20 unless told
    page_size: Option<i64>,
}
impl RunTool for SearchEvents {
    const HINTS: ToolHints = ToolHints::READ;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        let filters = [
            Filter::at_least("event_start", &self.time_min),
            Filter::at_most("event_start", &self.time_max),
            Filter::equals("participant_email", &self.participant_email),
        ];
        EVENTS.search(
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

fn earliest<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| DateTime::parse_earliest(&text).map_err(serde::de::Error::custom))
        .transpose()
}

/// Creates an event in the calendar and returns it
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateEvent {
    /// Name of the event
    event_name: NonEmptyText,
    /// Address of the other participant
    participant_email: MailAddress,
    /// When it starts, like 2026-06-11 09:00:00
    event_start: DateTime,
    /// Minutes that it lasts
    duration: DurationMinutes,
}
impl RunTool for CreateEvent {
    const HINTS: ToolHints = ToolHints::CREATE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        EVENTS.insert(
            scope,
            &[
                &self.event_name,
                &self.participant_email,
                &self.event_start,
                &self.duration,
            ],
        )
    }
}

/// Deletes an event from the calendar
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteEvent {
    /// Id of the event, eight digits
    event_id: RowId,
}
impl RunTool for DeleteEvent {
    const HINTS: ToolHints = ToolHints::OVERWRITE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        EVENTS.delete(scope, self.event_id)
    }
}

/// Changes one field of an event and returns the event
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateEvent {
    /// Id of the event, eight digits
    event_id: RowId,
    /// The field to change
    field: UpdatableEventField,
    /// Its new value, written as in create_event
    new_value: NonEmptyText,
}
impl RunTool for UpdateEvent {
    const HINTS: ToolHints = ToolHints::OVERWRITE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        let text = &self.new_value.0;
        let value = match self.field.0 {
            "participant_email" => MailAddress::parse(text).map(|it| it.to_sql_value()),
            "event_start" => DateTime::parse(text).map(|it| it.to_sql_value()),
            "duration" => DurationMinutes::parse(text).map(|it| it.to_sql_value()),
            _ => Ok(self.new_value.to_sql_value()),
        };
        EVENTS.update(scope, self.event_id, self.field.0, &value.map_err(Refusal)?)
    }
}
