//! Tools of the customer relationship manager.

use breakroom_sandbox::Value;
use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::session::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::catalog::Run;
use super::failure::{Failure, Refusal};
use super::table::{Filter, Page, Target, ascending};
use super::values::{Address, Day, Id, Stored, Text, closed_set};

static CUSTOMERS: Target = Target::new(
    || {
        TableId::find("customer_relationship_manager", "customer")
            .expect("there are customers, a test calls their tools")
    },
    "customer",
    &["customer_name", "company"],
    ascending("customer_name"),
);

closed_set! {
    /// What can be changed of a customer.
    Changeable {
        "customer_name", "company", "assigned_to_email", "customer_email", "customer_phone", "last_contact_date", "product_interest",
        "status", "follow_up_by", "notes"
    }
}
closed_set! {
    /// How far a sale is.
    Status { "Lead", "Qualified", "Proposal", "Won", "Lost" }
}
closed_set! {
    /// What a customer may buy.
    Interest { "Software", "Hardware", "Services", "Consulting", "Training" }
}

/// Searches customers and leads. Every condition that is given must hold; results are ordered by name and say how many there are in all
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchCustomers {
    /// Words that must all occur in the customer's name or company, in any order and case
    customer_name: Option<String>,
    /// Only customers with this address
    customer_email: Option<Address>,
    /// Only customers interested in this
    product_interest: Option<Interest>,
    /// Only customers with this status
    status: Option<Status>,
    /// Only customers looked after by this address
    assigned_to_email: Option<Address>,
    /// Only customers last contacted on this day or later, like 2026-05-01
    last_contact_date_min: Option<Day>,
    /// Only customers last contacted on this day or earlier
    last_contact_date_max: Option<Day>,
    /// Only customers to follow up on this day or later
    follow_up_by_min: Option<Day>,
    /// Only customers to follow up on this day or earlier
    follow_up_by_max: Option<Day>,
    /// Which page of the results, counted from 1
    page: Option<i64>,
    /// Results per page, 1 to 100; 20 unless told
    page_size: Option<i64>,
}
impl Run for SearchCustomers {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        let filters = [
            Filter::is("customer_email", &self.customer_email),
            Filter::is("product_interest", &self.product_interest),
            Filter::is("status", &self.status),
            Filter::is("assigned_to_email", &self.assigned_to_email),
            Filter::least("last_contact_date", &self.last_contact_date_min),
            Filter::most("last_contact_date", &self.last_contact_date_max),
            Filter::least("follow_up_by", &self.follow_up_by_min),
            Filter::most("follow_up_by", &self.follow_up_by_max),
        ];
        CUSTOMERS.search(
            scope,
            self.customer_name.as_deref(),
            &filters,
            &Page {
                page: self.page,
                page_size: self.page_size,
            },
        )
    }
}

/// Changes one field of a customer and returns the customer
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateCustomer {
    /// Id of the customer, eight digits
    customer_id: Id,
    /// The field to change
    field: Changeable,
    /// Its new value, written as in add_customer; an empty text clears a field that may be empty
    new_value: String,
}
impl Run for UpdateCustomer {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        let text = &self.new_value;
        let clears = text.trim().is_empty() && CUSTOMERS.is_nullable(self.field.0);
        let value = match self.field.0 {
            _ if clears => Ok(Value::Null),
            "assigned_to_email" | "customer_email" => Address::parse(text).map(|it| it.stored()),
            "last_contact_date" | "follow_up_by" => Day::parse(text).map(|it| it.stored()),
            "product_interest" => Interest::parse(text).map(|it| it.stored()),
            "status" => Status::parse(text).map(|it| it.stored()),
            "notes" => Ok(text.stored()),
            _ => Text::parse(text).map(|it| it.stored()),
        };
        CUSTOMERS.update(
            scope,
            self.customer_id,
            self.field.0,
            &value.map_err(Refusal)?,
        )
    }
}

/// Adds a customer or lead and returns it
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddCustomer {
    /// First and last name
    customer_name: Text,
    /// Address of the colleague who looks after the customer
    assigned_to_email: Address,
    /// How far the sale is
    status: Status,
    /// Company that the customer works for
    company: Option<Text>,
    /// The customer's address
    customer_email: Option<Address>,
    /// The customer's phone number
    customer_phone: Option<Text>,
    /// Day of the last contact, like 2026-06-01
    last_contact_date: Option<Day>,
    /// What the customer may buy
    product_interest: Option<Interest>,
    /// Day by which to follow up, like 2026-06-15
    follow_up_by: Option<Day>,
    /// Notes about the customer
    notes: Option<String>,
}
impl Run for AddCustomer {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        CUSTOMERS.insert(
            scope,
            &[
                &self.customer_name,
                &self.company,
                &self.assigned_to_email,
                &self.customer_email,
                &self.customer_phone,
                &self.last_contact_date,
                &self.product_interest,
                &self.status,
                &self.follow_up_by,
                &self.notes.unwrap_or_default(),
            ],
        )
    }
}

/// Deletes a customer or lead
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteCustomer {
    /// Id of the customer, eight digits
    customer_id: Id,
}
impl Run for DeleteCustomer {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        CUSTOMERS.delete(scope, self.customer_id)
    }
}
