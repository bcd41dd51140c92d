//! Tools of the project board.

use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::session::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::catalog::Run;
use super::failure::{Failure, Refusal};
use super::table::{Filter, Page, Target, ascending};
use super::values::{Address, Day, Id, Stored, Text, closed_set};

static TASKS: Target = Target::new(
    || {
        TableId::find("project_management", "task")
            .expect("the boards have tasks, a test calls their tools")
    },
    "task",
    &["task_name"],
    ascending("due_date"),
);

closed_set! {
    /// What can be asked of a task.
    Field { "task_id", "task_name", "assigned_to_email", "list_name", "due_date", "board" }
}
closed_set! {
    /// What can be changed of a task.
    Changeable { "task_name", "assigned_to_email", "list_name", "due_date", "board" }
}
closed_set! {
    /// How far a task is.
    List { "Backlog", "In Progress", "In Review", "Completed" }
}
closed_set! {
    /// Where a task hangs.
    Board { "Back end", "Front end", "Design" }
}

/// Returns a task of the project board, or one field of it
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetTaskInformationById {
    /// Id of the task, eight digits
    task_id: Id,
    /// The one field to return; all when left out
    field: Option<Field>,
}
impl Run for GetTaskInformationById {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        TASKS.information(scope, self.task_id, self.field.map(|field| field.0))
    }
}

/// Searches the project boards. Every condition that is given must hold; results are ordered by due date and say how many there are in all
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchTasks {
    /// Words that must all occur in the name, in any order and case
    task_name: Option<String>,
    /// Only tasks assigned to this address
    assigned_to_email: Option<Address>,
    /// Only tasks in this list
    list_name: Option<List>,
    /// Only tasks due on this day, like 2026-06-12
    due_date: Option<Day>,
    /// Only tasks due on this day or later
    due_date_min: Option<Day>,
    /// Only tasks due on this day or earlier
    due_date_max: Option<Day>,
    /// Only tasks on this board
    board: Option<Board>,
    /// Which page of the results, counted from 1
    page: Option<i64>,
    /// Results per page, 1 to 100; 20 unless told
    page_size: Option<i64>,
}
impl Run for SearchTasks {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        let filters = [
            Filter::is("assigned_to_email", &self.assigned_to_email),
            Filter::is("list_name", &self.list_name),
            Filter::is("due_date", &self.due_date),
            Filter::least("due_date", &self.due_date_min),
            Filter::most("due_date", &self.due_date_max),
            Filter::is("board", &self.board),
        ];
        TASKS.search(
            scope,
            self.task_name.as_deref(),
            &filters,
            &Page {
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
    task_name: Text,
    /// Address of who is to do it
    assigned_to_email: Address,
    /// List to put it in
    list_name: List,
    /// Day on which it is due, like 2026-06-12
    due_date: Day,
    /// Board to put it on
    board: Board,
}
impl Run for CreateTask {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
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
    task_id: Id,
}
impl Run for DeleteTask {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        TASKS.delete(scope, self.task_id)
    }
}

/// Changes one field of a task and returns the task
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateTask {
    /// Id of the task, eight digits
    task_id: Id,
    /// The field to change
    field: Changeable,
    /// Its new value, written as in create_task
    new_value: Text,
}
impl Run for UpdateTask {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        let text = &self.new_value.0;
        let value = match self.field.0 {
            "assigned_to_email" => Address::parse(text).map(|it| it.stored()),
            "list_name" => List::parse(text).map(|it| it.stored()),
            "due_date" => Day::parse(text).map(|it| it.stored()),
            "board" => Board::parse(text).map(|it| it.stored()),
            _ => Ok(self.new_value.stored()),
        };
        TASKS.update(scope, self.task_id, self.field.0, &value.map_err(Refusal)?)
    }
}
