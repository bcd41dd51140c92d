//! Generates the owner's mailbox from conversations about meetings, tasks, customers and other things.

use std::collections::BTreeSet;

use chrono::{NaiveDateTime, TimeDelta};

use super::conversation::{Conversation, ConversationSource};
use super::mail::Mail;
use super::office_records::OfficeRecords;
use super::phrases::{MailTopic, fill_placeholders, mails};
use super::seeded_rng::SeededRng;
use super::staff::first_name;
use super::working_time::working_time_from;

pub(super) fn generate(rng: &mut SeededRng, office: &OfficeRecords<'_>, count: usize) -> Vec<Mail> {
    let source = ConversationSource::new(office);
    let mut mailbox = Mailbox {
        mails: Vec::new(),
        times: BTreeSet::new(),
        count,
    };
    while mailbox.mails.len() < count {
        // The shares of the topics, in percent.
        let about = match rng.below(100) {
            0..16 => MailTopic::ComingEvent,
            16..28 => MailTopic::PastEvent,
            28..31 => MailTopic::CancelledEvent,
            31..52 => MailTopic::Task,
            52..67 => MailTopic::Customer,
            67..80 => MailTopic::Account,
            80..86 => MailTopic::Traffic,
            86..93 => MailTopic::Office,
            93..98 => MailTopic::Outside,
            _ => MailTopic::Digest,
        };
        if let Some(conversation) = source.draw(rng, about) {
            mailbox.add_conversation(rng, office, &conversation);
        }
    }
    mailbox.into_sorted()
}

struct Mailbox {
    mails: Vec<Mail>,
    times: BTreeSet<NaiveDateTime>,
    count: usize,
}

impl Mailbox {
    /// Writes a conversation of one to four mails. It ends early at the clock, or when there are enough mails.
    fn add_conversation(
        &mut self,
        rng: &mut SeededRng,
        office: &OfficeRecords<'_>,
        conversation: &Conversation<'_>,
    ) {
        let owner = office.staff.owner();
        let values: Vec<(&str, &str)> = conversation
            .values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let first = rng.below(conversation.kind.bodies.len());
        let subject = if conversation.kind.paired {
            &conversation.kind.subjects[first]
        } else {
            rng.choose(&conversation.kind.subjects)
        };
        let subject = capitalised(fill_placeholders(subject, &values));
        let length = if conversation.kind.replies.is_empty() {
            1
        } else {
            *rng.choose(&[1, 1, 2, 2, 3, 4])
        };
        let mut sent = conversation.start;
        let mut from_owner = conversation.owner_starts;
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
                0 => &conversation.kind.bodies[first],
                1 => rng.choose(&conversation.kind.replies),
                _ => rng.choose(&mails().acknowledgements),
            };
            let text = fill_placeholders(phrase, &values);
            let (me, them) = (owner.first_name(), first_name(&conversation.other_name));
            let (writer, reader) = if from_owner { (me, them) } else { (them, me) };
            let opening = fill_placeholders(rng.choose(&mails().openings), &[("to", reader)]);
            let closing = rng.choose(&mails().closings);
            let signature = if writer.is_empty() {
                String::new()
            } else {
                format!("\n\n{closing}\n{writer}")
            };
            let (sender, recipient) = if from_owner {
                (&owner.email, &conversation.other_address)
            } else {
                (&conversation.other_address, &owner.email)
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
            sent = working_time_from(sent + TimeDelta::seconds(rng.in_range(600, 90_000)));
        }
    }

    /// The mails in the order in which they were sent.
    fn into_sorted(self) -> Vec<Mail> {
        let mut order: Vec<usize> = (0..self.mails.len()).collect();
        order.sort_by_key(|&index| self.mails[index].sent);
        let mut new_index = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            new_index[old] = new;
        }
        let mut mails: Vec<Mail> = self
            .mails
            .into_iter()
            .map(|mail| Mail {
                answers: mail.answers.map(|index| new_index[index]),
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
