//! Tools of the calendar. Double bookings are allowed: they are the agent's to avoid.

use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::session::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::catalog::Run;
use super::failure::{Failure, Refusal};
use super::table::{Filter, Page, Target, ascending};
use super::values::{Address, Id, Minutes, Moment, Stored, Text, closed_set};

static EVENTS: Target = Target::new(
    || {
        TableId::find("calendar", "event")
            .expect("the calendar has events, a test calls their tools")
    },
    "event",
    &["event_name", "participant_email"],
    ascending("event_start"),
);

closed_set! {
    /// What can be asked of an event.
    Field { "event_id", "event_name", "participant_email", "event_start", "duration" }
}
closed_set! {
    /// What can be changed of an event.
    Changeable { "event_name", "participant_email", "event_start", "duration" }
}

/// Returns an event of the calendar, or one field of it
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetEventInformationById {
    /// Id of the event, eight digits
    event_id: Id,
    /// The one field to return; all when left out
    field: Option<Field>,
}
impl Run for GetEventInformationById {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        EVENTS.information(scope, self.event_id, self.field.map(|field| field.0))
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
    time_min: Option<Moment>,
    /// Only events that start at this time or earlier, like 2026-06-11 17:30:00
    time_max: Option<Moment>,
    /// Only events with this participant
    participant_email: Option<Address>,
    /// Which page of the results, counted from 1
    page: Option<i64>,
    /// Results per page, 1 to 100; 20 unless told
    page_size: Option<i64>,
}
impl Run for SearchEvents {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        let filters = [
            Filter::least("event_start", &self.time_min),
            Filter::most("event_start", &self.time_max),
            Filter::is("participant_email", &self.participant_email),
        ];
        EVENTS.search(
            scope,
            self.query.as_deref(),
            &filters,
            &Page {
                page: self.page,
                page_size: self.page_size,
            },
        )
    }
}

fn earliest<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Moment>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| Moment::parse_earliest(&text).map_err(serde::de::Error::custom))
        .transpose()
}

/// Creates an event in the calendar and returns it
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateEvent {
    /// Name of the event
    event_name: Text,
    /// Address of the other participant
    participant_email: Address,
    /// When it starts, like 2026-06-11 09:00:00
    event_start: Moment,
    /// Minutes that it lasts
    duration: Minutes,
}
impl Run for CreateEvent {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
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
    event_id: Id,
}
impl Run for DeleteEvent {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        EVENTS.delete(scope, self.event_id)
    }
}

/// Changes one field of an event and returns the event
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateEvent {
    /// Id of the event, eight digits
    event_id: Id,
    /// The field to change
    field: Changeable,
    /// Its new value, written as in create_event
    new_value: Text,
}
impl Run for UpdateEvent {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        let text = &self.new_value.0;
        let value = match self.field.0 {
            "participant_email" => Address::parse(text).map(|it| it.stored()),
            "event_start" => Moment::parse(text).map(|it| it.stored()),
            "duration" => Minutes::parse(text).map(|it| it.stored()),
            _ => Ok(self.new_value.stored()),
        };
        EVENTS.update(scope, self.event_id, self.field.0, &value.map_err(Refusal)?)
    }
}
