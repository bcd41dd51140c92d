//! Generates customers and leads. Their last contacts and notes are written last, since they depend on the meetings and mails.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, NaiveDateTime};

use super::calendar_event::CalendarEvent;
use super::customer::Customer;
use super::mail::Mail;
use super::phrases::{fill_placeholders, people, work};
use super::seeded_rng::SeededRng;
use super::staff::{Staff, address, to_address_letters};
use super::working_time::working_day_from;

/// Generates customers. Three of five share a company with another, and some share a first or last name.
pub(super) fn generate(
    rng: &mut SeededRng,
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
    rng.shuffle(&mut companies);
    companies.truncate((count * 7 / 10).max(1));
    let sellers = staff.with(|role| role.sells);
    let mut taken = BTreeSet::new();
    (0..count)
        .map(|index| {
            let company = if index < companies.len() {
                companies[index].clone()
            } else {
                rng.choose(&companies).clone()
            };
            let domain = format!("{}.example", to_address_letters(&company));
            let (name, email) = loop {
                let (first, last) = (rng.choose(&data.first_names), rng.choose(&data.last_names));
                let (name, email) = (format!("{first} {last}"), address(first, last, &domain));
                // A name is used twice only if there are not enough names for all customers.
                let key = if count < 2_000 { &name } else { &email };
                if taken.insert(key.clone()) {
                    break (name, email);
                }
            };
            Customer {
                name,
                company,
                assignee: rng.choose(&sellers).email.clone(),
                email: (!rng.percent_chance(4)).then_some(email),
                phone: (!rng.percent_chance(6))
                    .then(|| format!("+44 20 7946 {:04}", rng.below(1_000))),
                interest: rng.choose::<&str>(&[
                    "Software",
                    "Hardware",
                    "Services",
                    "Consulting",
                    "Training",
                ]),
                status: rng.choose::<&str>(&[
                    "Lead",
                    "Lead",
                    "Qualified",
                    "Qualified",
                    "Proposal",
                    "Won",
                    "Won",
                    "Lost",
                ]),
                last_contact: working_day_from(clock.date() - Days::new(3 + rng.below(90) as u64)),
                follow_up: None,
                notes: String::new(),
            }
        })
        .collect()
}

/// Writes last contacts, follow-ups and notes that agree with the meetings and mails.
pub(super) fn write_history(
    rng: &mut SeededRng,
    customers: &mut [Customer],
    events: &[CalendarEvent],
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
        if !closed || rng.percent_chance(30) {
            customer.follow_up = Some(working_day_from(
                customer.last_contact + Days::new(rng.in_range(5, 60) as u64),
            ));
        }
        let notes = &work().notes;
        let mut lines = vec![notes.last[customer.status].clone()];
        for _ in 0..rng.below(3) {
            lines.push(rng.choose(&notes.later).clone());
        }
        lines.push(fill_placeholders(
            rng.choose(&notes.first),
            &[("interest", &customer.interest.to_lowercase())],
        ));
        let mut day = customer.last_contact;
        let mut dated = Vec::new();
        for line in lines {
            dated.push(format!("{day}: {line}"));
            day = working_day_from(day - Days::new(rng.in_range(4, 30) as u64));
        }
        dated.reverse();
        customer.notes = dated.join("\n");
    }
}
