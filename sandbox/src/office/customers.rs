//! Customers and leads. Their last contact and notes are written last, when it is known what was said and when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, NaiveDateTime};

use super::calendar::Event;
use super::dice::{Dice, working_day};
use super::mail::Mail;
use super::people::{Staff, address, plain};
use super::phrases::{fill, people, work};
use crate::Value;
use crate::row::Row;

pub(super) struct Customer {
    pub(super) name: String,
    pub(super) company: String,
    pub(super) assignee: String,
    pub(super) email: Option<String>,
    phone: Option<String>,
    pub(super) interest: &'static str,
    status: &'static str,
    last_contact: NaiveDate,
    follow_up: Option<NaiveDate>,
    notes: String,
}

/// Draws customers; three of five share a company with another, and some share a first or last name.
pub(super) fn draw(
    dice: &mut Dice,
    staff: &Staff,
    count: usize,
    clock: NaiveDateTime,
) -> Vec<Customer> {
    let data = people();
    let mut companies: Vec<String> = data
        .company_names
        .iter()
        .flat_map(|name| {
            data.company_kinds
                .iter()
                .map(move |kind| format!("{name} {kind}"))
        })
        .collect();
    dice.shuffle(&mut companies);
    companies.truncate((count * 7 / 10).max(1));
    let sellers = staff.with(|role| role.sells);
    let mut taken = BTreeSet::new();
    (0..count)
        .map(|index| {
            let company = if index < companies.len() {
                companies[index].clone()
            } else {
                dice.pick(&companies).clone()
            };
            let domain = format!("{}.example", plain(&company));
            let (name, email) = loop {
                let (first, last) = (dice.pick(&data.first_names), dice.pick(&data.last_names));
                let (name, email) = (format!("{first} {last}"), address(first, last, &domain));
                // Names repeat only where there are more customers than names to go round.
                let key = if count < 2_000 { &name } else { &email };
                if taken.insert(key.clone()) {
                    break (name, email);
                }
            };
            Customer {
                name,
                company,
                assignee: dice.pick(&sellers).email.clone(),
                email: (!dice.percent(4)).then_some(email),
                phone: (!dice.percent(6)).then(|| format!("+44 20 7946 {:04}", dice.below(1_000))),
                interest: dice.pick::<&str>(&[
                    "Software",
                    "Hardware",
                    "Services",
                    "Consulting",
                    "Training",
                ]),
                status: dice.pick::<&str>(&[
                    "Lead",
                    "Lead",
                    "Qualified",
                    "Qualified",
                    "Proposal",
                    "Won",
                    "Won",
                    "Lost",
                ]),
                last_contact: working_day(clock.date() - Days::new(3 + dice.below(90) as u64)),
                follow_up: None,
                notes: String::new(),
            }
        })
        .collect()
}

/// Writes last contacts, follow-ups and notes so that they agree with the meetings and mails.
pub(super) fn settle(
    dice: &mut Dice,
    customers: &mut [Customer],
    events: &[Event],
    mails: &[Mail],
    clock: NaiveDateTime,
) {
    let mut latest: BTreeMap<&str, NaiveDate> = BTreeMap::new();
    let past = events
        .iter()
        .filter(|event| event.start < clock && !event.is_cancelled());
    let met = past.map(|event| (event.participant.as_str(), event.start.date()));
    let wrote = mails.iter().flat_map(|mail| {
        [
            (mail.sender.as_str(), mail.sent.date()),
            (mail.recipient.as_str(), mail.sent.date()),
        ]
    });
    for (address, day) in met.chain(wrote) {
        let known = latest.entry(address).or_insert(day);
        *known = day.max(*known);
    }
    for customer in customers {
        if let Some(day) = customer
            .email
            .as_deref()
            .and_then(|email| latest.get(email))
        {
            customer.last_contact = customer.last_contact.max(*day);
        }
        let closed = matches!(customer.status, "Won" | "Lost");
        if !closed || dice.percent(30) {
            customer.follow_up = Some(working_day(
                customer.last_contact + Days::new(dice.between(5, 60) as u64),
            ));
        }
        let notes = &work().notes;
        let mut lines = vec![notes.last[customer.status].clone()];
        for _ in 0..dice.below(3) {
            lines.push(dice.pick(&notes.later).clone());
        }
        lines.push(fill(
            dice.pick(&notes.first),
            &[("interest", &customer.interest.to_lowercase())],
        ));
        let mut day = customer.last_contact;
        let mut dated = Vec::new();
        for line in lines {
            dated.push(format!("{day}: {line}"));
            day = working_day(day - Days::new(dice.between(4, 30) as u64));
        }
        dated.reverse();
        customer.notes = dated.join("\n");
    }
}

pub(super) fn rows(customers: &[Customer]) -> Vec<Row> {
    let text = |value: &str| Value::Text(value.to_owned());
    let optional = |value: &Option<String>| value.clone().map_or(Value::Null, Value::Text);
    (1..)
        .zip(customers)
        .map(|(id, customer)| {
            vec![
                Value::Integer(id),
                text(&customer.name),
                text(&customer.company),
                text(&customer.assignee),
                optional(&customer.email),
                optional(&customer.phone),
                Value::Text(customer.last_contact.to_string()),
                text(customer.interest),
                text(customer.status),
                customer
                    .follow_up
                    .map_or(Value::Null, |day| Value::Text(day.to_string())),
                text(&customer.notes),
            ]
        })
        .collect()
}
