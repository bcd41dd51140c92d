//! The records of an office that its mails refer to.

use chrono::NaiveDateTime;

use super::calendar_event::CalendarEvent;
use super::customer::Customer;
use super::staff::Staff;
use super::task_generator::BoardTask;
use super::visit_generator::Visit;

/// Everything in an office that its mails can refer to.
pub(super) struct OfficeRecords<'a> {
    pub(super) staff: &'a Staff,
    pub(super) customers: &'a [Customer],
    pub(super) events: &'a [CalendarEvent],
    pub(super) tasks: &'a [BoardTask],
    pub(super) visits: &'a [Visit],
    pub(super) clock: NaiveDateTime,
}
