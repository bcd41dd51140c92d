//! Rules for prompts: their text, and whether the tools find what they name.

use breakroom_sandbox::Fault;
use breakroom_tools::native;
use breakroom_tools::session::{InitialState, ToolOutcome};
use breakroom_tools::workbench::office::WorkbenchOffice;
use serde_json::{Value as Json, json};

use super::replay::LintContext;
use crate::task::Call;
use crate::template::Referent;

pub(super) fn prompt(
    context: &mut LintContext<'_>,
    messages: &mut Vec<String>,
) -> Result<(), Fault> {
    let prompt = &context.task.prompt;
    for sign in ["{{", "}}", "{%", "  ", "undefined"] {
        if prompt.contains(sign) {
            messages.push(format!("the prompt contains {sign:?}: {prompt}"));
        }
    }
    // minijinja renders NULL as "none".
    let words = prompt.split(|letter: char| !letter.is_alphanumeric());
    if context.task.parameters.values().any(Json::is_null)
        && words.into_iter().any(|word| word == "none")
    {
        messages.push(format!("the prompt contains a missing value: {prompt}"));
    }
    if prompt.trim() != prompt || prompt.is_empty() {
        messages.push(format!(
            "the prompt is empty or begins or ends with white space: {prompt:?}"
        ));
    }
    Ok(())
}

pub(super) fn referents(
    context: &mut LintContext<'_>,
    messages: &mut Vec<String>,
) -> Result<(), Fault> {
    context.session.reset()?;
    for (name, kind) in &context.task.refers {
        let Some(value) = context.task.parameters.get(name).and_then(Json::as_str) else {
            messages.push(format!(
                "refers names {name}, which is not a text parameter"
            ));
            continue;
        };
        if !context.task.prompt.contains(value) {
            continue;
        }
        let kind: Referent = match serde_json::from_value(kind.clone()) {
            Ok(kind) => kind,
            Err(_) => {
                messages.push(format!("refers has an invalid kind {kind} for {name}: it must be colleague, customer, event, mail or task"));
                continue;
            }
        };
        let (found, alone) = match kind {
            Referent::Colleague => (
                count(
                    context,
                    "company_directory.find_email_address",
                    json!({ "name": value }),
                )?,
                true,
            ),
            Referent::Customer => (
                count(
                    context,
                    "customer_relationship_manager.search_customers",
                    json!({ "customer_name": value }),
                )?,
                true,
            ),
            Referent::Event => (
                count(context, "calendar.search_events", json!({ "query": value }))?,
                false,
            ),
            Referent::Mail => (
                count(context, "email.search_emails", json!({ "query": value }))?,
                false,
            ),
            Referent::Task => (
                count(
                    context,
                    "project_management.search_tasks",
                    json!({ "task_name": value }),
                )?,
                false,
            ),
        };
        if found == 0 || (alone && found > 1) {
            messages.push(format!("searching for {name} {value:?} finds {found}"));
        }
    }
    Ok(())
}

/// The number of rows or people that a look-up finds.
fn count(context: &mut LintContext<'_>, tool: &str, arguments: Json) -> Result<u64, Fault> {
    Ok(match context.session.call(tool, &arguments)? {
        // The original's tools return a list, or a text if they find nothing.
        ToolOutcome::Done(Json::Array(found)) => found.len() as u64,
        ToolOutcome::Done(result) => match &result["matches"] {
            Json::Array(people) => people.len() as u64,
            _ => result["total"].as_u64().unwrap_or_default(),
        },
        _ => 0,
    })
}

pub(super) fn reachable(
    context: &mut LintContext<'_>,
    messages: &mut Vec<String>,
) -> Result<(), Fault> {
    context.session.reset()?;
    for call in context.calls() {
        for (name, value) in call.arguments.as_object().into_iter().flatten() {
            let Some(text) = value.as_str() else { continue };
            let found = match context.start {
                _ if !name.ends_with("_id") => true,
                InitialState::Native(_) => is_found_by_search(context, call, name, text)?,
                InitialState::Workbench(office) => {
                    is_found_by_narrow_search(context, office, name, text)?
                }
            };
            if !found {
                messages.push(format!("no search for the words of {name} {text} finds it"));
            }
            if text.contains('@') && name != "body" && !is_known_address(context, text)? {
                messages.push(format!(
                    "the address {text} is neither in the directory nor in any row that a search finds"
                ));
            }
        }
    }
    Ok(())
}

/// Whether a search for a row's own words finds it on one of the pages.
fn is_found_by_search(
    context: &mut LintContext<'_>,
    call: &Call,
    name: &str,
    id: &str,
) -> Result<bool, Fault> {
    let Ok(tool) = native::find(&call.tool) else {
        return Ok(false);
    };
    let Some(database) = tool.database else {
        return Ok(false);
    };
    let (search, words, column) = match database.name() {
        "calendar" => ("calendar.search_events", "query", "event_name"),
        "email" => ("email.search_emails", "query", "subject"),
        "project_management" => ("project_management.search_tasks", "task_name", "task_name"),
        "customer_relationship_manager" => (
            "customer_relationship_manager.search_customers",
            "customer_name",
            "customer_name",
        ),
        _ => return Ok(false),
    };
    let InitialState::Native(world) = context.start else {
        return Ok(false);
    };
    let table = breakroom_sandbox::schema::TableId::all()
        .find(|table| table.table().columns[0].name == name);
    let row = table.and_then(|table| Some((table.table(), world.row(table, id.parse().ok()?)?)));
    // The id of a row that the oracle itself creates is in the result of the creating call.
    let Some((table, row)) = row else {
        return Ok(true);
    };
    let text = table.column_index(column).map(|place| row[place].clone());
    let Some(breakroom_sandbox::Value::Text(text)) = text else {
        return Ok(false);
    };
    for page in 1.. {
        let arguments = json!({ words: text, "page": page, "page_size": 100 });
        let ToolOutcome::Done(result) = context.session.call(search, &arguments)? else {
            return Ok(false);
        };
        let rows = result["results"].as_array().cloned().unwrap_or_default();
        if rows.iter().any(|row| row[name] == id) {
            return Ok(true);
        }
        if rows.is_empty() {
            return Ok(false);
        }
    }
    Ok(false)
}

/// Whether the original's search, which returns at most five rows, finds a row if it is as narrow as possible.
fn is_found_by_narrow_search(
    context: &mut LintContext<'_>,
    office: &WorkbenchOffice,
    name: &str,
    id: &str,
) -> Result<bool, Fault> {
    let (frame, search, arguments): (_, _, &[(&str, &str)]) = match name {
        "event_id" => (
            &office.calendar,
            "calendar.search_events",
            &[
                ("query", "event_name"),
                ("time_min", "event_start"),
                ("time_max", "event_start"),
            ],
        ),
        "email_id" => (
            &office.email,
            "email.search_emails",
            &[
                ("query", "subject"),
                ("date_min", "sent_datetime"),
                ("date_max", "sent_datetime"),
            ],
        ),
        "task_id" => (
            &office.project_management,
            "project_management.search_tasks",
            &[
                ("task_name", "task_name"),
                ("board", "board"),
                ("list_name", "list_name"),
            ],
        ),
        "customer_id" => (
            &office.customers,
            "customer_relationship_manager.search_customers",
            &[
                ("customer_name", "customer_name"),
                ("status", "status"),
                ("product_interest", "product_interest"),
            ],
        ),
        _ => return Ok(false),
    };
    let Some(row) = frame.find(0, id).next() else {
        return Ok(false);
    };
    let fill = |(argument, column): &(&str, &str)| {
        let text = row.cells[frame.column(column)?].text()?;
        // Searches take patterns, except that mails are searched for words.
        let pattern = name != "email_id" && !argument.starts_with("time");
        let text = if pattern {
            escape(text)
        } else {
            text.to_owned()
        };
        Some(((*argument).to_owned(), Json::String(text)))
    };
    let arguments = Json::Object(arguments.iter().filter_map(fill).collect());
    let ToolOutcome::Done(Json::Array(found)) = context.session.call(search, &arguments)? else {
        return Ok(false);
    };
    Ok(found.iter().any(|row| row[name] == id))
}

/// Escapes a text so that the pattern matches it literally.
fn escape(text: &str) -> String {
    let special = |letter: char| "\\.+*?()|[]{}^$".contains(letter);
    let escaped = text.chars().map(|letter| match special(letter) {
        true => format!("\\{letter}"),
        false => letter.to_string(),
    });
    escaped.collect()
}

/// Whether an address is a colleague's, in a row that a search for it finds, or in the prompt.
fn is_known_address(context: &mut LintContext<'_>, address: &str) -> Result<bool, Fault> {
    if context.task.prompt.contains(address) {
        return Ok(true);
    }
    for (tool, argument) in [
        ("company_directory.find_email_address", "name"),
        (
            "customer_relationship_manager.search_customers",
            "customer_email",
        ),
        ("calendar.search_events", "participant_email"),
        ("email.search_emails", "query"),
    ] {
        let handle = address.split('@').next().unwrap_or(address);
        // The original's searches take patterns, and its customers' addresses have no top-level domain.
        let wanted = match context.start {
            _ if tool.starts_with("company") => handle.to_owned(),
            InitialState::Workbench(_) if !tool.starts_with("email") => escape(address),
            _ => address.to_owned(),
        };
        if count(context, tool, json!({ argument: wanted }))? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
