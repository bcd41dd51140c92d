//! The original's boards. Columns: id, name, assignee, list, due date, board.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{
    PythonArguments, PythonException, WorkbenchOffice, WorkbenchTool, append, exists,
    keep_matching, look_up, padded_id, records, text_result,
};
use crate::hints::ToolHints;
use crate::workbench::frame::{FrameCell, FrameRow};

pub(super) const TOOLS: &[WorkbenchTool] = &[
    WorkbenchTool {
        name: "project_management.get_task_information_by_id",
        parameters: &["task_id", "field"],
        hints: ToolHints::READ,
        run: get,
    },
    WorkbenchTool {
        name: "project_management.search_tasks",
        parameters: &FIELDS,
        hints: ToolHints::READ,
        run: search,
    },
    WorkbenchTool {
        name: "project_management.create_task",
        parameters: &FIELDS,
        hints: ToolHints::CREATE,
        run: create,
    },
    WorkbenchTool {
        name: "project_management.delete_task",
        parameters: &["task_id"],
        hints: ToolHints::OVERWRITE,
        run: delete,
    },
    WorkbenchTool {
        name: "project_management.update_task",
        parameters: &["task_id", "field", "new_value"],
        hints: ToolHints::OVERWRITE,
        run: update,
    },
];

const FIELDS: [&str; 5] = [
    "task_name",
    "assigned_to_email",
    "list_name",
    "due_date",
    "board",
];
const LISTS: [&str; 4] = ["Backlog", "In Progress", "In Review", "Completed"];
const BOARDS: [&str; 3] = ["Back end", "Front end", "Design"];

fn get(office: &mut WorkbenchOffice, arguments: &PythonArguments) -> Result<Json, PythonException> {
    look_up(
        &office.project_management,
        "Task",
        arguments.get("task_id"),
        arguments.get("field"),
    )
}

fn search(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    let frame = &office.project_management;
    if !FIELDS.iter().any(|field| arguments.given(field)) {
        return text_result("No search parameters provided.");
    }
    let mut rows: Vec<&FrameRow> = frame.rows.iter().collect();
    for field in FIELDS {
        if arguments.given(field) {
            rows = keep_matching(frame, rows, field, arguments.get(field))?;
        }
    }
    Ok(records(frame, &rows))
}

/// The message for a value that a field does not take.
fn complaint(office: &WorkbenchOffice, field: &str, value: &FrameCell) -> Option<&'static str> {
    let among = |choices: &[&str]| value.text().is_some_and(|text| choices.contains(&text));
    match field {
        "assigned_to_email" if !assignable(office, value) => {
            Some("Assignee email not valid. Please choose from the list of team members.")
        }
        "list_name" if !among(&LISTS) => Some(
            "List not valid. Please choose from: 'Backlog', 'In Progress', 'In Review', 'Completed'.",
        ),
        "board" if !among(&BOARDS) => {
            Some("Board not valid. Please choose from: 'Back end', 'Front end', 'Design'.")
        }
        _ => None,
    }
}

fn assignable(office: &WorkbenchOffice, value: &FrameCell) -> bool {
    office
        .project_management
        .rows
        .iter()
        .any(|row| row.cells[2] == *value)
}

fn create(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    if !arguments.all_given(&FIELDS) {
        return text_result("Missing task details.");
    }
    let mut cells: Vec<FrameCell> = FIELDS.iter().map(|field| arguments.cell(field)).collect();
    cells[1] = arguments.lower("assigned_to_email")?;
    for (field, value) in FIELDS.iter().zip(&cells) {
        if let Some(message) = complaint(office, field, value) {
            return text_result(message);
        }
    }
    let id = padded_id(&office.project_management)?;
    cells.insert(0, FrameCell::from(id.as_str()));
    append(Arc::make_mut(&mut office.project_management), cells);
    text_result(&id)
}

fn delete(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    super::delete(
        &mut office.project_management,
        "Task",
        arguments.get("task_id"),
    )
}

fn update(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    if !arguments.all_given(&["task_id", "field", "new_value"]) {
        return text_result("Task ID, field, or new value not provided.");
    }
    let field = arguments.get("field").as_str().unwrap_or_default();
    let value = if field == "assigned_to_email" {
        arguments.lower("new_value")?
    } else {
        arguments.cell("new_value")
    };
    if let Some(message) = complaint(office, field, &value) {
        return text_result(message);
    }
    if !exists(&office.project_management, arguments.get("task_id")) {
        return text_result("Task not found.");
    }
    if office.project_management.column(field).is_none() {
        return text_result("Field not valid.");
    }
    Arc::make_mut(&mut office.project_management).set(0, arguments.text("task_id")?, field, &value);
    text_result("Task updated successfully.")
}
