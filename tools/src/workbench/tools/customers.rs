//! The original's CRM.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{
    PythonArguments, PythonException, WorkbenchOffice, WorkbenchTool, append, exists,
    keep_matching, padded_id, records, text_result,
};
use crate::hints::ToolHints;
use crate::workbench::frame::{FrameCell, FrameRow};

pub(super) const TOOLS: &[WorkbenchTool] = &[
    WorkbenchTool {
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
        hints: ToolHints::READ,
        run: search,
    },
    WorkbenchTool {
        name: "customer_relationship_manager.update_customer",
        parameters: &["customer_id", "field", "new_value"],
        hints: ToolHints::OVERWRITE,
        run: update,
    },
    WorkbenchTool {
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
        hints: ToolHints::CREATE,
        run: add,
    },
    WorkbenchTool {
        name: "customer_relationship_manager.delete_customer",
        parameters: &["customer_id"],
        hints: ToolHints::OVERWRITE,
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

fn search(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    let frame = &office.customers;
    if !MATCHED
        .into_iter()
        .chain(DATED.map(|it| it.0))
        .any(|name| arguments.given(name))
    {
        return text_result(
            "No search parameters provided. Please provide at least one parameter.",
        );
    }
    let mut rows: Vec<&FrameRow> = frame.rows.iter().collect();
    for field in MATCHED {
        if arguments.given(field) {
            rows = keep_matching(frame, rows, field, arguments.get(field))?;
        }
    }
    for (name, field, earliest) in DATED {
        if arguments.given(name) {
            let (limit, column) = (
                arguments.text(name)?,
                frame.column(field).ok_or(PythonException)?,
            );
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

fn update(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    if !arguments.all_given(&["customer_id", "field", "new_value"]) {
        return text_result("Customer ID, field, or new value not provided.");
    }
    let (field, value) = (
        arguments.get("field").as_str().unwrap_or_default(),
        arguments.cell("new_value"),
    );
    let among = |choices: &[&str]| value.text().is_some_and(|text| choices.contains(&text));
    if field == "status" && !among(&STATUSES) {
        return text_result(
            "Status not valid. Please choose from: 'Qualified', 'Won', 'Lost', 'Lead', 'Proposal'",
        );
    }
    if field == "product_interest" && !among(&PRODUCTS) {
        return text_result(
            "Product interest not valid. Please choose from: 'Software', 'Hardware', 'Services', 'Consulting', 'Training'",
        );
    }
    let value = if ["customer_email", "assigned_to_email"].contains(&field) {
        arguments.lower("new_value")?
    } else {
        value
    };
    if !exists(&office.customers, arguments.get("customer_id")) {
        return text_result("Customer not found.");
    }
    if field == "customer_id" || office.customers.column(field).is_none() {
        return text_result(
            "Field not valid. Please choose from: 'customer_name', 'assigned_to_email', 'customer_email', 'customer_phone', \
             'last_contact_date', 'product_interest', 'status', 'notes', 'follow_up_by'",
        );
    }
    Arc::make_mut(&mut office.customers).set(0, arguments.text("customer_id")?, field, &value);
    text_result("Customer updated successfully.")
}

fn add(office: &mut WorkbenchOffice, arguments: &PythonArguments) -> Result<Json, PythonException> {
    if !arguments.all_given(&["customer_name", "assigned_to_email", "status"]) {
        return text_result(
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
        "customer_id" => FrameCell::from(id.as_str()),
        "assigned_to_email" => assignee.clone(),
        "customer_email" => mail.clone(),
        "notes" if !arguments.0.contains_key("notes") => FrameCell::from(""),
        other => arguments.cell(other),
    });
    let cells = cells.collect();
    append(frame, cells);
    text_result(&id)
}

fn delete(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    super::delete(
        &mut office.customers,
        "Customer",
        arguments.get("customer_id"),
    )
}
