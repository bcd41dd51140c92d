//! Project board tools.

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

static TASKS: ToolTable = ToolTable::new(
    || {
        TableId::find("project_management", "task")
            .expect("the boards have tasks, a test calls their tools")
    },
    "task",
    &["task_name"],
    ascending("due_date"),
);

closed_set! {
    /// The fields of a task.
    TaskField { "task_id", "task_name", "assigned_to_email", "list_name", "due_date", "board" }
}
closed_set! {
    /// The fields of a task that can be updated.
    UpdatableTaskField { "task_name", "assigned_to_email", "list_name", "due_date", "board" }
}
closed_set! {
    /// The lists of a board, in order of progress.
    TaskListName { "Backlog", "In Progress", "In Review", "Completed" }
}
closed_set! {
    /// The boards.
    BoardName { "Back end", "Front end", "Design" }
}

/// Returns a task of the project board, or one field of it
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetTaskInformationById {
    /// Id of the task, eight digits
    task_id: RowId,
    /// The one field to return; all when left out
    field: Option<TaskField>,
}
impl RunTool for GetTaskInformationById {
    const HINTS: ToolHints = ToolHints::READ;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        TASKS.get(scope, self.task_id, self.field.map(|field| field.0))
    }
}

/// Searches the project boards. Every condition that is given must hold; results are ordered by due date and say how many there are in all
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchTasks {
    /// Words that must all occur in the name, in any order and case
    task_name: Option<String>,
    /// Only tasks assigned to this address
    assigned_to_email: Option<MailAddress>,
    /// Only tasks in this list
    list_name: Option<TaskListName>,
    /// Only tasks due on this day, like 2026-06-12
    due_date: Option<Date>,
    /// Only tasks due on this day or later
    due_date_min: Option<Date>,
    /// Only tasks due on this day or earlier
    due_date_max: Option<Date>,
    /// Only tasks on this board
    board: Option<BoardName>,
    /// Which page of the results, counted from 1
    page: Option<i64>,
    /// Results per page, 1 to 100; 20 unless told
    page_size: Option<i64>,
}
impl RunTool for SearchTasks {
    const HINTS: ToolHints = ToolHints::READ;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        let filters = [
            Filter::equals("assigned_to_email", &self.assigned_to_email),
            Filter::equals("list_name", &self.list_name),
            Filter::equals("due_date", &self.due_date),
            Filter::at_least("due_date", &self.due_date_min),
            Filter::at_most("due_date", &self.due_date_max),
            Filter::equals("board", &self.board),
        ];
        TASKS.search(
            scope,
            self.task_name.as_deref(),
            &filters,
            &Pagination {
                page: self.page,
                page_size: self.page_size,
            },
        )
    }
}

/// Creates a task on a board and returns it
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateTask {
    /// Name of the task
    task_name: NonEmptyText,
    /// Address of who is to do it
    assigned_to_email: MailAddress,
    /// List to put it in
    list_name: TaskListName,
    /// Day on which it is due, like 2026-06-12
    due_date: Date,
    /// Board to put it on
    board: BoardName,
}
impl RunTool for CreateTask {
    const HINTS: ToolHints = ToolHints::CREATE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        TASKS.insert(
            scope,
            &[
                &self.task_name,
                &self.assigned_to_email,
                &self.list_name,
                &self.due_date,
                &self.board,
            ],
        )
    }
}

/// Deletes a task
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteTask {
    /// Id of the task, eight digits
    task_id: RowId,
}
impl RunTool for DeleteTask {
    const HINTS: ToolHints = ToolHints::OVERWRITE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        TASKS.delete(scope, self.task_id)
    }
}

/// Changes one field of a task and returns the task
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateTask {
    /// Id of the task, eight digits
    task_id: RowId,
    /// The field to change
    field: UpdatableTaskField,
    /// Its new value, written as in create_task
    new_value: NonEmptyText,
}
impl RunTool for UpdateTask {
    const HINTS: ToolHints = ToolHints::OVERWRITE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        let text = &self.new_value.0;
        let value = match self.field.0 {
            "assigned_to_email" => MailAddress::parse(text).map(|it| it.to_sql_value()),
            "list_name" => TaskListName::parse(text).map(|it| it.to_sql_value()),
            "due_date" => Date::parse(text).map(|it| it.to_sql_value()),
            "board" => BoardName::parse(text).map(|it| it.to_sql_value()),
            _ => Ok(self.new_value.to_sql_value()),
        };
        TASKS.update(scope, self.task_id, self.field.0, &value.map_err(Refusal)?)
    }
}
