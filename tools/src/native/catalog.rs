//! The list of tools, and how one is found and run.

use std::collections::HashMap;
use std::sync::LazyLock;

use breakroom_sandbox::schema::Database;
use breakroom_sandbox::session::{Scope, Session};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::error::{CallError, refuse};
use super::{
    analytics, calendar, company_directory, customer_relationship_manager as customers, email,
    project_management,
};
use crate::hints::ToolHints;

/// A tool, as its argument type implements it.
pub(super) trait RunTool: DeserializeOwned + JsonSchema {
    /// What clients may want to know before they call it.
    const HINTS: ToolHints;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError>;
}

/// One tool.
pub struct NativeTool {
    /// `database_verb_noun`.
    pub name: String,
    /// Tells the agent what it does.
    pub description: String,
    /// JSON Schema of its arguments.
    pub schema: Json,
    /// The database that it works on. The company directory has none.
    pub database: Option<Database>,
    /// What clients may want to know before they call it.
    pub hints: ToolHints,
    run: fn(&Scope<'_>, &Json) -> Result<Box<RawValue>, CallError>,
}

impl NativeTool {
    /// Whether it can change its database.
    pub fn writes(&self) -> bool {
        !self.hints.read_only
    }
}

fn tool<T: RunTool>(domain: &str, verb: &str) -> NativeTool {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    let mut description = String::new();
    if let Some(object) = schema.as_object_mut() {
        object.remove("$schema");
        object.remove("title");
        if let Some(Json::String(text)) = object.remove("description") {
            description = text;
        }
        mark_nullable(object);
    }
    NativeTool {
        name: format!("{domain}_{verb}"),
        description,
        schema,
        database: Database::ALL
            .into_iter()
            .find(|database| database.name() == domain),
        hints: T::HINTS,
        run: |scope, arguments| match T::deserialize(arguments) {
            Ok(tool) => tool.run(scope),
            Err(error) => refuse(error.to_string()),
        },
    }
}

/// Marks every optional field as nullable in OpenAPI's way, too. Some clients treat the field as required otherwise; the others ignore it.
fn mark_nullable(schema: &mut serde_json::Map<String, Json>) {
    let required = schema.get("required").cloned().unwrap_or_default();
    let is_required = |name: &str| {
        let names = required.as_array();
        names.is_some_and(|names| names.iter().any(|known| known == name))
    };
    let properties = schema.get_mut("properties").and_then(Json::as_object_mut);
    for (name, field) in properties.into_iter().flatten() {
        if let (false, Json::Object(field)) = (is_required(name), field) {
            field.insert("nullable".to_owned(), json!(true));
        }
    }
}

/// Every tool, by database.
pub fn catalog() -> &'static [NativeTool] {
    static CATALOG: LazyLock<Vec<NativeTool>> = LazyLock::new(|| {
        vec![
            tool::<calendar::GetEventInformationById>("calendar", "get_event_information_by_id"),
            tool::<calendar::SearchEvents>("calendar", "search_events"),
            tool::<calendar::CreateEvent>("calendar", "create_event"),
            tool::<calendar::DeleteEvent>("calendar", "delete_event"),
            tool::<calendar::UpdateEvent>("calendar", "update_event"),
            tool::<email::GetEmailInformationById>("email", "get_email_information_by_id"),
            tool::<email::SearchEmails>("email", "search_emails"),
            tool::<email::SendEmail>("email", "send_email"),
            tool::<email::DeleteEmail>("email", "delete_email"),
            tool::<email::ForwardEmail>("email", "forward_email"),
            tool::<email::ReplyEmail>("email", "reply_email"),
            tool::<analytics::GetVisitorInformationById>(
                "analytics",
                "get_visitor_information_by_id",
            ),
            tool::<analytics::CreatePlot>("analytics", "create_plot"),
            tool::<analytics::TotalVisitsCount>("analytics", "total_visits_count"),
            tool::<analytics::EngagedUsersCount>("analytics", "engaged_users_count"),
            tool::<analytics::TrafficSourceCount>("analytics", "traffic_source_count"),
            tool::<analytics::GetAverageSessionDuration>(
                "analytics",
                "get_average_session_duration",
            ),
            tool::<project_management::GetTaskInformationById>(
                "project_management",
                "get_task_information_by_id",
            ),
            tool::<project_management::SearchTasks>("project_management", "search_tasks"),
            tool::<project_management::CreateTask>("project_management", "create_task"),
            tool::<project_management::DeleteTask>("project_management", "delete_task"),
            tool::<project_management::UpdateTask>("project_management", "update_task"),
            tool::<customers::SearchCustomers>("customer_relationship_manager", "search_customers"),
            tool::<customers::UpdateCustomer>("customer_relationship_manager", "update_customer"),
            tool::<customers::AddCustomer>("customer_relationship_manager", "add_customer"),
            tool::<customers::DeleteCustomer>("customer_relationship_manager", "delete_customer"),
            tool::<company_directory::FindEmailAddress>("company_directory", "find_email_address"),
        ]
    });
    &CATALOG
}

/// Finds a tool by name, with a dot or an underscore after the domain.
///
/// # Errors
/// No tool has that name. The message suggests similar ones.
pub fn find(name: &str) -> Result<&'static NativeTool, CallError> {
    static BY_NAME: LazyLock<HashMap<&str, &NativeTool>> = LazyLock::new(|| {
        let tools = catalog().iter();
        tools.map(|tool| (tool.name.as_str(), tool)).collect()
    });
    if let Some(tool) = BY_NAME.get(name) {
        return Ok(tool);
    }
    let wanted = name.trim().replacen('.', "_", 1);
    if let Some(tool) = BY_NAME.get(wanted.as_str()) {
        return Ok(tool);
    }
    let mut near: Vec<(f64, &str)> = catalog()
        .iter()
        .map(|tool| {
            (
                strsim::jaro_winkler(&wanted, &tool.name),
                tool.name.as_str(),
            )
        })
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let near = near
        .iter()
        .take(3)
        .map(|(_, name)| *name)
        .collect::<Vec<_>>()
        .join(", ");
    Err(CallError::UnknownTool(format!(
        "there is no tool {name:?}: the nearest are {near}"
    )))
}

/// Finds the tool and checks that its arguments are an object.
fn callable(name: &str, arguments: &Json) -> Result<&'static NativeTool, CallError> {
    let tool = find(name)?;
    if arguments.is_object() {
        return Ok(tool);
    }
    refuse(format!(
        "the arguments of {} are {arguments}: write an object, like {{\"name\": \"value\"}}",
        tool.name
    ))
}

/// Runs one call on a session and returns its result as raw JSON. A refused call changes nothing.
///
/// # Errors
/// A refusal or an unknown tool, which the agent can fix, or a fault, which it cannot.
pub fn call(
    session: &mut Session,
    name: &str,
    arguments: &Json,
) -> Result<Box<RawValue>, CallError> {
    session.begin_call();
    let tool = match callable(name, arguments) {
        Ok(tool) => tool,
        Err(failure) => {
            // A refused call counts too, also after a restart.
            session.save()?;
            return Err(failure);
        }
    };
    let run = |scope: &Scope<'_>| (tool.run)(scope, arguments);
    match tool.database {
        Some(database) if tool.writes() => session.write(database, run),
        // The directory belongs to the world, so any read scope will do.
        database => session.read(database.unwrap_or(Database::Calendar), run),
    }
}

/// SHA-256, in hexadecimal, of everything that an agent is told about the tools: names, descriptions, schemas, and whether they write.
pub fn hash() -> String {
    let tools = catalog()
        .iter()
        .map(|tool| json!([tool.name, tool.description, tool.schema, tool.writes()]));
    let text = Json::Array(tools.collect()).to_string();
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
