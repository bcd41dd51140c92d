//! A generated customer or lead.

use chrono::NaiveDate;

use crate::Value;
use crate::row::Row;

/// A customer or lead.
pub(super) struct Customer {
    pub(super) name: String,
    pub(super) company: String,
    pub(super) assignee: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) interest: &'static str,
    pub(super) status: &'static str,
    pub(super) last_contact: NaiveDate,
    pub(super) follow_up: Option<NaiveDate>,
    pub(super) notes: String,
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
