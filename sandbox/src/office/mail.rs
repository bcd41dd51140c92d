//! The owner's mailbox: conversations about meetings, tasks, customers and the rest of an office's life.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::board::Task;
use super::calendar::Event;
use super::customers::Customer;
use super::dice::{Dice, working_day};
use super::mentions::{spoken_day, spoken_time};
use super::people::{Staff, first_name};
use super::phrases::{About, Kind, fill, mails};
use super::traffic::{self, Visit};
use crate::Value;
use crate::row::Row;

/// What mails can speak of.
pub(super) struct Office<'a> {
    pub(super) staff: &'a Staff,
    pub(super) customers: &'a [Customer],
    pub(super) events: &'a [Event],
    pub(super) tasks: &'a [Task],
    pub(super) visits: &'a [Visit],
    pub(super) clock: NaiveDateTime,
}

pub(super) struct Mail {
    pub(super) sender: String,
    pub(super) recipient: String,
    subject: String,
    pub(super) sent: NaiveDateTime,
    body: String,
    /// Which mail this one answers, by its place in time.
    answers: Option<usize>,
}

/// One conversation's matter: with whom, from when on, and the words that its phrases are filled with.
struct Matter<'a> {
    kind: &'a Kind,
    with: String,
    with_name: String,
    starts: NaiveDateTime,
    owner_starts: bool,
    words: Vec<(&'static str, String)>,
}

/// Days over which the mailbox reaches back.
const DAYS: i64 = 75;

pub(super) fn draw(dice: &mut Dice, office: &Office<'_>, count: usize) -> Vec<Mail> {
    let matters = Matters::new(office);
    let mut box_ = Mailbox {
        mails: Vec::new(),
        times: BTreeSet::new(),
        count,
    };
    while box_.mails.len() < count {
        // Out of a hundred conversations.
        let about = match dice.below(100) {
            0..16 => About::ComingEvent,
            16..28 => About::PastEvent,
            28..31 => About::CancelledEvent,
            31..52 => About::Task,
            52..67 => About::Customer,
            67..80 => About::Account,
            80..86 => About::Traffic,
            86..93 => About::Office,
            93..98 => About::Outside,
            _ => About::Digest,
        };
        if let Some(matter) = matters.draw(dice, about) {
            box_.converse(dice, office, &matter);
        }
    }
    box_.in_order()
}

/// What there is to write about, looked up once.
struct Matters<'a> {
    office: &'a Office<'a>,
    visits: Vec<(NaiveDate, usize)>,
    by_address: BTreeMap<&'a str, &'a Customer>,
    reachable: Vec<&'a Customer>,
    recent: Vec<&'a Event>,
}

impl<'a> Matters<'a> {
    fn new(office: &'a Office<'a>) -> Self {
        let since = office.clock - TimeDelta::days(DAYS - 15);
        let reachable: Vec<&Customer> = office
            .customers
            .iter()
            .filter(|customer| customer.email.is_some())
            .collect();
        Matters {
            office,
            visits: traffic::per_day(office.visits).into_iter().collect(),
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

    fn draw(&self, dice: &mut Dice, about: About) -> Option<Matter<'a>> {
        let office = self.office;
        let kind = mails().kinds.iter().find(|kind| kind.about == about)?;
        let today = office.clock.date();
        let some_day = |dice: &mut Dice| {
            morning(working_day(today - TimeDelta::days(dice.between(1, DAYS))))
                + TimeDelta::minutes(dice.between(0, 560))
        };
        let colleague = dice.pick(office.staff.colleagues());
        let mut with = (colleague.email.clone(), colleague.name.clone());
        let mut starts = some_day(dice);
        let mut owner_starts = dice.percent(35);
        let words = match about {
            About::ComingEvent | About::PastEvent | About::CancelledEvent => {
                let event = *dice.pick(&self.recent);
                let coming = about != About::PastEvent;
                if event.is_cancelled() != (about == About::CancelledEvent)
                    || (!coming && event.start >= office.clock)
                {
                    return None;
                }
                let days =
                    TimeDelta::days(dice.between(1, 6)) + TimeDelta::minutes(dice.between(0, 300));
                starts = working_hours(if coming {
                    event.start - days
                } else {
                    event.start + days / 3 + TimeDelta::minutes(event.minutes)
                });
                if coming && starts >= event.start {
                    return None;
                }
                with = (event.participant.clone(), self.name_of(&event.participant)?);
                owner_starts &= about != About::CancelledEvent;
                vec![
                    ("event", event.name.clone()),
                    ("when", spoken_time(event.start)),
                    ("day", spoken_day(event.start.date())),
                ]
            }
            About::Task => {
                let task = dice.pick(office.tasks);
                with = (task.assignee.clone(), self.name_of(&task.assignee)?);
                vec![
                    ("task", task.name.clone()),
                    ("board", task.board.to_owned()),
                    ("due", spoken_day(task.due)),
                ]
            }
            About::Customer | About::Account => {
                let customer = *dice.pick(&self.reachable);
                if about == About::Customer {
                    with = (customer.email.clone()?, customer.name.clone());
                    owner_starts = false;
                } else {
                    with = (customer.assignee.clone(), self.name_of(&customer.assignee)?);
                }
                let interest = customer.interest.to_lowercase();
                vec![
                    ("customer", customer.name.clone()),
                    ("company", customer.company.clone()),
                    ("interest", interest),
                ]
            }
            About::Traffic => {
                let analysts = office.staff.with(|role| role.title == "Web analyst");
                let analyst = dice.pick(&analysts);
                with = (analyst.email.clone(), analyst.name.clone());
                let (day, visits) = *dice.pick(&self.visits);
                starts = morning(working_day(day + TimeDelta::days(1)))
                    + TimeDelta::minutes(dice.between(0, 240));
                if starts < office.clock - TimeDelta::days(DAYS) {
                    return None;
                }
                owner_starts = false;
                vec![("visits", visits.to_string()), ("day", spoken_day(day))]
            }
            About::Office => vec![(
                "day",
                spoken_day(working_day(
                    starts.date() + TimeDelta::days(dice.between(1, 9)),
                )),
            )],
            About::Outside => {
                let sender = dice.pick(&mails().outside.senders);
                with = (sender.clone(), String::new());
                owner_starts = false;
                vec![(
                    "day",
                    spoken_day(working_day(
                        starts.date() + TimeDelta::days(dice.between(2, 20)),
                    )),
                )]
            }
            About::Digest => {
                let board = office.tasks[dice.below(office.tasks.len())].board;
                starts = some_day(dice).max(morning(working_day(today - TimeDelta::days(12))));
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
        let (with, with_name) = with;
        Some(Matter {
            kind,
            with,
            with_name,
            starts,
            owner_starts,
            words,
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

struct Mailbox {
    mails: Vec<Mail>,
    times: BTreeSet<NaiveDateTime>,
    count: usize,
}

impl Mailbox {
    /// Writes a conversation of one to four mails, as far as the clock and the count allow.
    fn converse(&mut self, dice: &mut Dice, office: &Office<'_>, matter: &Matter<'_>) {
        let owner = office.staff.owner();
        let words: Vec<(&str, &str)> = matter
            .words
            .iter()
            .map(|(slot, word)| (*slot, word.as_str()))
            .collect();
        let first = dice.below(matter.kind.bodies.len());
        let subject = if matter.kind.paired {
            &matter.kind.subjects[first]
        } else {
            dice.pick(&matter.kind.subjects)
        };
        let subject = capitalised(fill(subject, &words));
        let length = if matter.kind.replies.is_empty() {
            1
        } else {
            *dice.pick(&[1, 1, 2, 2, 3, 4])
        };
        let mut sent = matter.starts;
        let mut from_owner = matter.owner_starts;
        let mut answers = None;
        for turn in 0..length {
            while self.times.contains(&sent) {
                sent += TimeDelta::seconds(1);
            }
            if sent >= office.clock || self.mails.len() >= self.count {
                return;
            }
            self.times.insert(sent);
            let phrase = match turn {
                0 => &matter.kind.bodies[first],
                1 => dice.pick(&matter.kind.replies),
                _ => dice.pick(&mails().acknowledgements),
            };
            let text = fill(phrase, &words);
            let (me, them) = (owner.first_name(), first_name(&matter.with_name));
            let (writer, reader) = if from_owner { (me, them) } else { (them, me) };
            let opening = fill(dice.pick(&mails().openings), &[("to", reader)]);
            let closing = dice.pick(&mails().closings);
            let signature = if writer.is_empty() {
                String::new()
            } else {
                format!("\n\n{closing}\n{writer}")
            };
            let (sender, recipient) = if from_owner {
                (&owner.email, &matter.with)
            } else {
                (&matter.with, &owner.email)
            };
            self.mails.push(Mail {
                sender: sender.clone(),
                recipient: recipient.clone(),
                subject: if turn == 0 {
                    subject.clone()
                } else {
                    format!("Re: {subject}")
                },
                sent,
                body: format!("{opening}\n\n{text}{signature}"),
                answers,
            });
            answers = Some(self.mails.len() - 1);
            from_owner = !from_owner;
            sent = working_hours(sent + TimeDelta::seconds(dice.between(600, 90_000)));
        }
    }

    /// The mails in the order in which they were sent.
    fn in_order(self) -> Vec<Mail> {
        let mut order: Vec<usize> = (0..self.mails.len()).collect();
        order.sort_by_key(|&index| self.mails[index].sent);
        let mut place = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old] = new;
        }
        let mut mails: Vec<Mail> = self
            .mails
            .into_iter()
            .map(|mail| Mail {
                answers: mail.answers.map(|index| place[index]),
                ..mail
            })
            .collect();
        mails.sort_by_key(|mail| mail.sent);
        mails
    }
}

fn capitalised(text: String) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn morning(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN) + TimeDelta::hours(8)
}

/// The time itself where somebody is at work, else the next time somebody is.
fn working_hours(time: NaiveDateTime) -> NaiveDateTime {
    let minutes = time.time() - NaiveTime::MIN;
    let time = if minutes < TimeDelta::hours(8) {
        time + TimeDelta::hours(8)
    } else if minutes >= TimeDelta::hours(19) {
        time + TimeDelta::hours(13)
    } else {
        time
    };
    working_day(time.date()).and_time(time.time())
}

pub(super) fn rows(mails: &[Mail], owner: &str) -> Vec<Row> {
    let text = |value: &str| Value::Text(value.to_owned());
    (1..)
        .zip(mails)
        .map(|(id, mail)| {
            vec![
                Value::Integer(id),
                text(if mail.sender == owner {
                    "outbox"
                } else {
                    "inbox"
                }),
                text(&mail.sender),
                text(&mail.recipient),
                text(&mail.subject),
                Value::Text(mail.sent.to_string()),
                text(&mail.body),
                mail.answers
                    .map_or(Value::Null, |index| Value::Integer(index as i64 + 1)),
            ]
        })
        .collect()
}
