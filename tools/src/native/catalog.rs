//! The list of tools, and how one is found and run.

use std::sync::LazyLock;

use breakroom_sandbox::schema::Database;
use breakroom_sandbox::session::{Scope, Session};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::failure::{Failure, refuse};
use super::{
    analytics, calendar, company_directory, customer_relationship_manager as customers, email,
    project_management,
};

/// What a tool's argument type does.
pub(super) trait Run: DeserializeOwned + JsonSchema {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure>;
}

/// One tool.
pub struct Tool {
    /// `database_verb_noun`.
    pub name: String,
    /// What it does, for the agent.
    pub description: String,
    /// JSON Schema of its arguments.
    pub schema: Json,
    /// The database that it works on; none for the directory.
    pub database: Option<Database>,
    /// Whether it changes that database.
    pub writes: bool,
    run: fn(&Scope<'_>, &Json) -> Result<Box<RawValue>, Failure>,
}

fn tool<T: Run>(domain: &str, verb: &str, writes: bool) -> Tool {
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
    Tool {
        name: format!("{domain}_{verb}"),
        description,
        schema,
        database: Database::ALL
            .into_iter()
            .find(|database| database.name() == domain),
        writes,
        run: |scope, arguments| match T::deserialize(arguments) {
            Ok(tool) => tool.run(scope),
            Err(error) => refuse(error.to_string()),
        },
    }
}

/// Says of every optional field that it may be null in the words of OpenAPI too: some clients take a field for required otherwise, and none
/// minds.
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
pub fn catalog() -> &'static [Tool] {
    static CATALOG: LazyLock<Vec<Tool>> = LazyLock::new(|| {
        let (read, write) = (false, true);
        vec![
            tool::<calendar::GetEventInformationById>(
                "calendar",
                "get_event_information_by_id",
                read,
            ),
            tool::<calendar::SearchEvents>("calendar", "search_events", read),
            tool::<calendar::CreateEvent>("calendar", "create_event", write),
            tool::<calendar::DeleteEvent>("calendar", "delete_event", write),
            tool::<calendar::UpdateEvent>("calendar", "update_event", write),
            tool::<email::GetEmailInformationById>("email", "get_email_information_by_id", read),
            tool::<email::SearchEmails>("email", "search_emails", read),
            tool::<email::SendEmail>("email", "send_email", write),
            tool::<email::DeleteEmail>("email", "delete_email", write),
            tool::<email::ForwardEmail>("email", "forward_email", write),
            tool::<email::ReplyEmail>("email", "reply_email", write),
            tool::<analytics::GetVisitorInformationById>(
                "analytics",
                "get_visitor_information_by_id",
                read,
            ),
            tool::<analytics::CreatePlot>("analytics", "create_plot", write),
            tool::<analytics::TotalVisitsCount>("analytics", "total_visits_count", read),
            tool::<analytics::EngagedUsersCount>("analytics", "engaged_users_count", read),
            tool::<analytics::TrafficSourceCount>("analytics", "traffic_source_count", read),
            tool::<analytics::GetAverageSessionDuration>(
                "analytics",
                "get_average_session_duration",
                read,
            ),
            tool::<project_management::GetTaskInformationById>(
                "project_management",
                "get_task_information_by_id",
                read,
            ),
            tool::<project_management::SearchTasks>("project_management", "search_tasks", read),
            tool::<project_management::CreateTask>("project_management", "create_task", write),
            tool::<project_management::DeleteTask>("project_management", "delete_task", write),
            tool::<project_management::UpdateTask>("project_management", "update_task", write),
            tool::<customers::SearchCustomers>(
                "customer_relationship_manager",
                "search_customers",
                read,
            ),
            tool::<customers::UpdateCustomer>(
                "customer_relationship_manager",
                "update_customer",
                write,
            ),
            tool::<customers::AddCustomer>("customer_relationship_manager", "add_customer", write),
            tool::<customers::DeleteCustomer>(
                "customer_relationship_manager",
                "delete_customer",
                write,
            ),
            tool::<company_directory::FindEmailAddress>(
                "company_directory",
                "find_email_address",
                read,
            ),
        ]
    });
    &CATALOG
}

/// Finds a tool; the domain may be followed by a dot or an underscore.
///
/// # Errors
/// There is none of that name; the message names those that are near.
pub fn find(name: &str) -> Result<&'static Tool, Failure> {
    // Few names are as long as another: comparing those takes less than hashing one.
    static BY_LENGTH: LazyLock<Vec<Vec<&Tool>>> = LazyLock::new(|| {
        let longest = catalog().iter().map(|tool| tool.name.len()).max();
        let mut tools = vec![Vec::new(); longest.unwrap_or_default() + 1];
        for tool in catalog() {
            tools[tool.name.len()].push(tool);
        }
        tools
    });
    let named = |name: &str| {
        let mut tools = BY_LENGTH.get(name.len())?.iter();
        tools.find(|tool| tool.name == name)
    };
    if let Some(tool) = named(name) {
        return Ok(tool);
    }
    let wanted = name.trim().replacen('.', "_", 1);
    if let Some(tool) = named(&wanted) {
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
    Err(Failure::UnknownTool(format!(
        "there is no tool {name:?}: the nearest are {near}"
    )))
}

/// The tool of that name, where these can be its arguments.
fn callable(name: &str, arguments: &Json) -> Result<&'static Tool, Failure> {
    let tool = find(name)?;
    if arguments.is_object() {
        return Ok(tool);
    }
    refuse(format!(
        "the arguments of {} are {arguments}: write an object, like {{\"name\": \"value\"}}",
        tool.name
    ))
}

/// Runs one call on a session, and returns its result as it is sent. A refused call changes nothing.
///
/// # Errors
/// A refusal or an unknown tool, for the agent; a fault, which is ours.
pub fn call(session: &mut Session, name: &str, arguments: &Json) -> Result<Box<RawValue>, Failure> {
    session.begin_call();
    let tool = match callable(name, arguments) {
        Ok(tool) => tool,
        Err(failure) => {
            // It counts as a call, for the next process too.
            session.save()?;
            return Err(failure);
        }
    };
    let run = |scope: &Scope<'_>| (tool.run)(scope, arguments);
    match tool.database {
        Some(database) if tool.writes => session.write(database, run),
        // The directory belongs to the world; its look-up reads no table.
        database => session.read(database.unwrap_or(Database::Calendar), run),
    }
}

/// SHA-256, in hexadecimal, over every name, description and schema: what an agent is told.
pub fn hash() -> String {
    let tools = catalog()
        .iter()
        .map(|tool| json!([tool.name, tool.description, tool.schema, tool.writes]));
    let text = Json::Array(tools.collect()).to_string();
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
