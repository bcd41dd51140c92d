//! What a conversation by mail is about: a meeting, a task, a customer or something else in the office.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::calendar_event::CalendarEvent;
use super::customer::Customer;
use super::mentions::{spoken_day, spoken_time};
use super::office_records::OfficeRecords;
use super::phrases::{MailKind, MailTopic, mails};
use super::seeded_rng::SeededRng;
use super::visit_generator;
use super::working_time::{start_of_work, working_day_from, working_time_from};

/// The number of past days that the mailbox covers.
const MAILBOX_DAYS: i64 = 75;

/// The subject matter of one conversation.
pub(super) struct Conversation<'a> {
    pub(super) kind: &'a MailKind,
    /// The address and name of the other person.
    pub(super) other_address: String,
    pub(super) other_name: String,
    pub(super) start: NaiveDateTime,
    pub(super) owner_starts: bool,
    /// The values of the placeholders in its phrases.
    pub(super) values: Vec<(&'static str, String)>,
}

/// The records that conversations are drawn from, looked up once.
pub(super) struct ConversationSource<'a> {
    office: &'a OfficeRecords<'a>,
    visits: Vec<(NaiveDate, usize)>,
    by_address: BTreeMap<&'a str, &'a Customer>,
    reachable: Vec<&'a Customer>,
    recent: Vec<&'a CalendarEvent>,
}

impl<'a> ConversationSource<'a> {
    pub(super) fn new(office: &'a OfficeRecords<'a>) -> Self {
        let since = office.clock - TimeDelta::days(MAILBOX_DAYS - 15);
        let reachable: Vec<&Customer> = office
            .customers
            .iter()
            .filter(|customer| customer.email.is_some())
            .collect();
        ConversationSource {
            office,
            visits: visit_generator::visits_per_day(office.visits)
                .into_iter()
                .collect(),
            by_address: reachable
                .iter()
                .filter_map(|customer| Some((customer.email.as_deref()?, *customer)))
                .collect(),
            reachable,
            recent: office
                .events
                .iter()
                .filter(|event| event.start > since)
                .collect(),
        }
    }

    /// Draws a conversation about a topic, or `None` if the drawn record does not suit it.
    pub(super) fn draw(&self, rng: &mut SeededRng, about: MailTopic) -> Option<Conversation<'a>> {
        let office = self.office;
        let kind = mails().kinds.iter().find(|kind| kind.about == about)?;
        let today = office.clock.date();
        let some_day = |rng: &mut SeededRng| {
            start_of_work(working_day_from(
                today - TimeDelta::days(rng.in_range(1, MAILBOX_DAYS)),
            )) + TimeDelta::minutes(rng.in_range(0, 560))
        };
        let colleague = rng.choose(office.staff.colleagues());
        let mut other = (colleague.email.clone(), colleague.name.clone());
        let mut start = some_day(rng);
        let mut owner_starts = rng.percent_chance(35);
        let values = match about {
            MailTopic::ComingEvent | MailTopic::PastEvent | MailTopic::CancelledEvent => {
                let event = *rng.choose(&self.recent);
                let coming = about != MailTopic::PastEvent;
                if event.is_cancelled() != (about == MailTopic::CancelledEvent)
                    || (!coming && event.start >= office.clock)
                {
                    return None;
                }
                let days =
                    TimeDelta::days(rng.in_range(1, 6)) + TimeDelta::minutes(rng.in_range(0, 300));
                start = working_time_from(if coming {
                    event.start - days
                } else {
                    event.start + days / 3 + TimeDelta::minutes(event.minutes)
                });
                if coming && start >= event.start {
                    return None;
                }
                other = (event.participant.clone(), self.name_of(&event.participant)?);
                owner_starts &= about != MailTopic::CancelledEvent;
                vec![
                    ("event", event.name.clone()),
                    ("when", spoken_time(event.start)),
                    ("day", spoken_day(event.start.date())),
                ]
            }
            MailTopic::Task => {
                let task = rng.choose(office.tasks);
                other = (task.assignee.clone(), self.name_of(&task.assignee)?);
                vec![
                    ("task", task.name.clone()),
                    ("board", task.board.to_owned()),
                    ("due", spoken_day(task.due)),
                ]
            }
            MailTopic::Customer | MailTopic::Account => {
                let customer = *rng.choose(&self.reachable);
                if about == MailTopic::Customer {
                    other = (customer.email.clone()?, customer.name.clone());
                    owner_starts = false;
                } else {
                    other = (customer.assignee.clone(), self.name_of(&customer.assignee)?);
                }
                let interest = customer.interest.to_lowercase();
                vec![
                    ("customer", customer.name.clone()),
                    ("company", customer.company.clone()),
                    ("interest", interest),
                ]
            }
            MailTopic::Traffic => {
                let analysts = office.staff.with(|role| role.title == "Web analyst");
                let analyst = rng.choose(&analysts);
                other = (analyst.email.clone(), analyst.name.clone());
                let (day, visits) = *rng.choose(&self.visits);
                start = start_of_work(working_day_from(day + TimeDelta::days(1)))
                    + TimeDelta::minutes(rng.in_range(0, 240));
                if start < office.clock - TimeDelta::days(MAILBOX_DAYS) {
                    return None;
                }
                owner_starts = false;
                vec![("visits", visits.to_string()), ("day", spoken_day(day))]
            }
            MailTopic::Office => vec![(
                "day",
                spoken_day(working_day_from(
                    start.date() + TimeDelta::days(rng.in_range(1, 9)),
                )),
            )],
            MailTopic::Outside => {
                let sender = rng.choose(&mails().outside.senders);
                other = (sender.clone(), String::new());
                owner_starts = false;
                vec![(
                    "day",
                    spoken_day(working_day_from(
                        start.date() + TimeDelta::days(rng.in_range(2, 20)),
                    )),
                )]
            }
            MailTopic::Digest => {
                let board = office.tasks[rng.below(office.tasks.len())].board;
                start =
                    some_day(rng).max(start_of_work(working_day_from(today - TimeDelta::days(12))));
                owner_starts = false;
                let open = office
                    .tasks
                    .iter()
                    .filter(|task| task.board == board && task.list != "Completed")
                    .take(40);
                let lines = open.map(|task| {
                    let name = self.name_of(&task.assignee).unwrap_or_default();
                    format!(
                        "- “{}”, due {}, with {name}",
                        task.name,
                        spoken_day(task.due)
                    )
                });
                vec![
                    ("board", board.to_owned()),
                    ("list", lines.collect::<Vec<_>>().join("\n")),
                ]
            }
        };
        let (other_address, other_name) = other;
        Some(Conversation {
            kind,
            other_address,
            other_name,
            start,
            owner_starts,
            values,
        })
    }

    fn name_of(&self, address: &str) -> Option<String> {
        let member = self
            .office
            .staff
            .find(address)
            .map(|member| member.name.clone());
        member.or_else(|| {
            self.by_address
                .get(address)
                .map(|customer| customer.name.clone())
        })
    }
}
