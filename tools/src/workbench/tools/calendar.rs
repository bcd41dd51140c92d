//! The original's calendar.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{
    PythonArguments, PythonException, WorkbenchOffice, WorkbenchTool, append, exists, keep_between,
    look_up, padded_id, records, text_result,
};
use crate::hints::ToolHints;
use crate::workbench::frame::{FrameCell, FrameRow};
use crate::workbench::pattern::{self, CaseSensitivity};
use crate::workbench::time;

pub(super) const TOOLS: &[WorkbenchTool] = &[
    WorkbenchTool {
        name: "calendar.get_event_information_by_id",
        parameters: &["event_id", "field"],
        hints: ToolHints::READ,
        run: get,
    },
    WorkbenchTool {
        name: "calendar.search_events",
        parameters: &["query", "time_min", "time_max"],
        hints: ToolHints::READ,
        run: search,
    },
    WorkbenchTool {
        name: "calendar.create_event",
        parameters: &["event_name", "participant_email", "event_start", "duration"],
        hints: ToolHints::CREATE,
        run: create,
    },
    WorkbenchTool {
        name: "calendar.delete_event",
        parameters: &["event_id"],
        hints: ToolHints::OVERWRITE,
        run: delete,
    },
    WorkbenchTool {
        name: "calendar.update_event",
        parameters: &["event_id", "field", "new_value"],
        hints: ToolHints::OVERWRITE,
        run: update,
    },
];

fn get(office: &mut WorkbenchOffice, arguments: &PythonArguments) -> Result<Json, PythonException> {
    look_up(
        &office.calendar,
        "Event",
        arguments.get("event_id"),
        arguments.get("field"),
    )
}

fn search(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    let frame = &office.calendar;
    let query = if arguments.0.contains_key("query") {
        arguments.text("query")?
    } else {
        ""
    };
    let pattern = pattern::compile(query, CaseSensitivity::Insensitive).ok_or(PythonException)?;
    let matches = |row: &&FrameRow| {
        row.cells[1..3].iter().any(|cell| {
            cell.text()
                .is_some_and(|text| pattern.occurs_in(text, CaseSensitivity::Insensitive))
        })
    };
    let rows: Vec<&FrameRow> = frame.rows.iter().filter(matches).collect();
    let start = |row: &FrameRow| row.cells[3].text().and_then(time::parse);
    let mut rows = keep_between(
        arguments,
        ["time_min", "time_max"],
        rows,
        time::parse,
        start,
    )?;
    rows.truncate(5);
    if rows.is_empty() {
        text_result("No events found.")
    } else {
        Ok(records(frame, &rows))
    }
}

fn create(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    for (name, message) in [
        ("event_name", "Event name not provided."),
        ("participant_email", "Participant email not provided."),
        ("event_start", "Event start not provided."),
        ("duration", "Event duration not provided."),
    ] {
        if !arguments.given(name) {
            return text_result(message);
        }
    }
    let participant = arguments.lower("participant_email")?;
    let id = padded_id(&office.calendar)?;
    let cells = vec![
        FrameCell::from(id.as_str()),
        arguments.cell("event_name"),
        participant,
        arguments.cell("event_start"),
        arguments.cell("duration"),
    ];
    append(Arc::make_mut(&mut office.calendar), cells);
    text_result(&id)
}

fn delete(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    super::delete(&mut office.calendar, "Event", arguments.get("event_id"))
}

fn update(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    if !arguments.all_given(&["event_id", "field", "new_value"]) {
        return text_result("Event ID, field, or new value not provided.");
    }
    if !exists(&office.calendar, arguments.get("event_id")) {
        return text_result("Event not found.");
    }
    let field = arguments.text("field")?;
    let value = if field == "participant_email" {
        arguments.lower("new_value")?
    } else {
        arguments.cell("new_value")
    };
    Arc::make_mut(&mut office.calendar).set(0, arguments.text("event_id")?, field, &value);
    text_result("Event updated successfully.")
}
