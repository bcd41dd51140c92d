//! The original's CRM.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{
    Arguments, Office, Raised, Tool, append, exists, keep_matching, padded_id, records, says,
};
use crate::workbench::frame::{Cell, Row};

pub(super) const TOOLS: &[Tool] = &[
    Tool {
        name: "customer_relationship_manager.search_customers",
        parameters: &[
            "customer_name",
            "customer_email",
            "product_interest",
            "status",
            "assigned_to_email",
            "last_contact_date_min",
            "last_contact_date_max",
            "follow_up_by_min",
            "follow_up_by_max",
        ],
        writes: false,
        run: search,
    },
    Tool {
        name: "customer_relationship_manager.update_customer",
        parameters: &["customer_id", "field", "new_value"],
        writes: true,
        run: update,
    },
    Tool {
        name: "customer_relationship_manager.add_customer",
        parameters: &[
            "customer_name",
            "assigned_to_email",
            "status",
            "customer_email",
            "customer_phone",
            "last_contact_date",
            "product_interest",
            "notes",
            "follow_up_by",
        ],
        writes: true,
        run: add,
    },
    Tool {
        name: "customer_relationship_manager.delete_customer",
        parameters: &["customer_id"],
        writes: true,
        run: delete,
    },
];

const STATUSES: [&str; 5] = ["Qualified", "Won", "Lost", "Lead", "Proposal"];
const PRODUCTS: [&str; 5] = ["Software", "Hardware", "Services", "Consulting", "Training"];
const MATCHED: [&str; 5] = [
    "customer_name",
    "customer_email",
    "product_interest",
    "status",
    "assigned_to_email",
];
const DATED: [(&str, &str, bool); 4] = [
    ("last_contact_date_min", "last_contact_date", true),
    ("last_contact_date_max", "last_contact_date", false),
    ("follow_up_by_min", "follow_up_by", true),
    ("follow_up_by_max", "follow_up_by", false),
];

fn search(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    let frame = &office.customers;
    if !MATCHED
        .into_iter()
        .chain(DATED.map(|it| it.0))
        .any(|name| arguments.given(name))
    {
        return says("No search parameters provided. Please provide at least one parameter.");
    }
    let mut rows: Vec<&Row> = frame.rows.iter().collect();
    for field in MATCHED {
        if arguments.given(field) {
            rows = keep_matching(frame, rows, field, arguments.get(field))?;
        }
    }
    for (name, field, earliest) in DATED {
        if arguments.given(name) {
            let (limit, column) = (arguments.text(name)?, frame.column(field).ok_or(Raised)?);
            rows.retain(|row| {
                row.cells[column].text().is_some_and(|text| {
                    if earliest {
                        text >= limit
                    } else {
                        text <= limit
                    }
                })
            });
        }
    }
    rows.truncate(5);
    Ok(records(frame, &rows))
}

fn update(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    if !arguments.all_given(&["customer_id", "field", "new_value"]) {
        return says("Customer ID, field, or new value not provided.");
    }
    let (field, value) = (
        arguments.get("field").as_str().unwrap_or_default(),
        arguments.cell("new_value"),
    );
    let among = |choices: &[&str]| value.text().is_some_and(|text| choices.contains(&text));
    if field == "status" && !among(&STATUSES) {
        return says(
            "Status not valid. Please choose from: 'Qualified', 'Won', 'Lost', 'Lead', 'Proposal'",
        );
    }
    if field == "product_interest" && !among(&PRODUCTS) {
        return says(
            "Product interest not valid. Please choose from: 'Software', 'Hardware', 'Services', 'Consulting', 'Training'",
        );
    }
    let value = if ["customer_email", "assigned_to_email"].contains(&field) {
        arguments.lower("new_value")?
    } else {
        value
    };
    if !exists(&office.customers, arguments.get("customer_id")) {
        return says("Customer not found.");
    }
    if field == "customer_id" || office.customers.column(field).is_none() {
        return says(
            "Field not valid. Please choose from: 'customer_name', 'assigned_to_email', 'customer_email', 'customer_phone', \
             'last_contact_date', 'product_interest', 'status', 'notes', 'follow_up_by'",
        );
    }
    Arc::make_mut(&mut office.customers).set(0, arguments.text("customer_id")?, field, &value);
    says("Customer updated successfully.")
}

fn add(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    if !arguments.all_given(&["customer_name", "assigned_to_email", "status"]) {
        return says(
            "Please provide all required fields: customer_name, assigned_to_email, status.",
        );
    }
    let assignee = arguments.lower("assigned_to_email")?;
    let mail = if arguments.given("customer_email") {
        arguments.lower("customer_email")?
    } else {
        arguments.cell("customer_email")
    };
    let id = padded_id(&office.customers)?;
    let frame = Arc::make_mut(&mut office.customers);
    let cells = frame.columns.iter().map(|column| match column.as_str() {
        "customer_id" => Cell::from(id.as_str()),
        "assigned_to_email" => assignee.clone(),
        "customer_email" => mail.clone(),
        "notes" if !arguments.0.contains_key("notes") => Cell::from(""),
        other => arguments.cell(other),
    });
    let cells = cells.collect();
    append(frame, cells);
    says(&id)
}

fn delete(office: &mut Office, arguments: &Arguments) -> Result<Json, Raised> {
    super::delete(
        &mut office.customers,
        "Customer",
        arguments.get("customer_id"),
    )
}
