//! Customer relationship manager tools.

use breakroom_sandbox::Value;
use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::session::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::catalog::RunTool;
use super::error::{CallError, Refusal};
use super::table::{Filter, Pagination, ToolTable, ascending};
use super::values::{Date, MailAddress, NonEmptyText, RowId, ToSqlValue, closed_set};
use crate::hints::ToolHints;

static CUSTOMERS: ToolTable = ToolTable::new(
    || {
        TableId::find("customer_relationship_manager", "customer")
            .expect("there are customers, a test calls their tools")
    },
    "customer",
    &["customer_name", "company"],
    ascending("customer_name"),
);

closed_set! {
    /// The fields of a customer that can be updated.
    UpdatableCustomerField {
        "customer_name", "company", "assigned_to_email", "customer_email", "customer_phone", "last_contact_date", "product_interest",
        "status", "follow_up_by", "notes"
    }
}
closed_set! {
    /// The stages of a sale.
    CustomerStatus { "Lead", "Qualified", "Proposal", "Won", "Lost" }
}
closed_set! {
    /// What customers are interested in.
    ProductInterest { "Software", "Hardware", "Services", "Consulting", "Training" }
}

/// Searches customers and leads. Every condition that is given must hold; results are ordered by name and say how many there are in all
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchCustomers {
    /// Words that must all occur in the customer's name or company, in any order and case
    customer_name: Option<String>,
    /// Only customers with this address
    customer_email: Option<MailAddress>,
    /// Only customers interested in this
    product_interest: Option<ProductInterest>,
    /// Only customers with this status
    status: Option<CustomerStatus>,
    /// Only customers looked after by this address
    assigned_to_email: Option<MailAddress>,
    /// Only customers last contacted on this day or later, like 2026-05-01
    last_contact_date_min: Option<Date>,
    /// Only customers last contacted on this day or earlier
    last_contact_date_max: Option<Date>,
    /// Only customers to follow up on this day or later
    follow_up_by_min: Option<Date>,
    /// Only customers to follow up on this day or earlier
    follow_up_by_max: Option<Date>,
    /// Which page of the results, counted from 1
    page: Option<i64>,
    /// Results per page, 1 to 100; 20 unless told
    page_size: Option<i64>,
}
impl RunTool for SearchCustomers {
    const HINTS: ToolHints = ToolHints::READ;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        let filters = [
            Filter::equals("customer_email", &self.customer_email),
            Filter::equals("product_interest", &self.product_interest),
            Filter::equals("status", &self.status),
            Filter::equals("assigned_to_email", &self.assigned_to_email),
            Filter::at_least("last_contact_date", &self.last_contact_date_min),
            Filter::at_most("last_contact_date", &self.last_contact_date_max),
            Filter::at_least("follow_up_by", &self.follow_up_by_min),
            Filter::at_most("follow_up_by", &self.follow_up_by_max),
        ];
        CUSTOMERS.search(
            scope,
            self.customer_name.as_deref(),
            &filters,
            &Pagination {
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
    customer_id: RowId,
    /// The field to change
    field: UpdatableCustomerField,
    /// Its new value, written as in add_customer; an empty text clears a field that may be empty
    new_value: String,
}
impl RunTool for UpdateCustomer {
    const HINTS: ToolHints = ToolHints::OVERWRITE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        let text = &self.new_value;
        let clears = text.trim().is_empty() && CUSTOMERS.is_nullable(self.field.0);
        let value = match self.field.0 {
            _ if clears => Ok(Value::Null),
            "assigned_to_email" | "customer_email" => {
                MailAddress::parse(text).map(|it| it.to_sql_value())
            }
            "last_contact_date" | "follow_up_by" => Date::parse(text).map(|it| it.to_sql_value()),
            "product_interest" => ProductInterest::parse(text).map(|it| it.to_sql_value()),
            "status" => CustomerStatus::parse(text).map(|it| it.to_sql_value()),
            "notes" => Ok(text.to_sql_value()),
            _ => NonEmptyText::parse(text).map(|it| it.to_sql_value()),
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
    customer_name: NonEmptyText,
    /// Address of the colleague who looks after the customer
    assigned_to_email: MailAddress,
    /// How far the sale is
    status: CustomerStatus,
    /// Company that the customer works for
    company: Option<NonEmptyText>,
    /// The customer's address
    customer_email: Option<MailAddress>,
    /// The customer's phone number
    customer_phone: Option<NonEmptyText>,
    /// Day of the last contact, like 2026-06-01
    last_contact_date: Option<Date>,
    /// What the customer may buy
    product_interest: Option<ProductInterest>,
    /// Day by which to follow up, like 2026-06-15
    follow_up_by: Option<Date>,
    /// Notes about the customer
    notes: Option<String>,
}
impl RunTool for AddCustomer {
    const HINTS: ToolHints = ToolHints::CREATE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
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
    customer_id: RowId,
}
impl RunTool for DeleteCustomer {
    const HINTS: ToolHints = ToolHints::OVERWRITE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        CUSTOMERS.delete(scope, self.customer_id)
    }
}
