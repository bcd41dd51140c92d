//! The 26 tools and the directory of the original, one file per database.

mod analytics;
mod calendar;
mod customers;
mod directory;
mod email;
mod project_management;

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::frame::{Frame, FrameCell, FrameRow};
use super::office::{PythonException, WorkbenchOffice};
use super::pattern::{self, CaseSensitivity};
use super::python;
use crate::hints::ToolHints;

/// A tool of the original.
pub struct WorkbenchTool {
    /// `domain.verb_noun`.
    pub name: &'static str,
    /// Names of the parameters, in the order of positional arguments.
    pub parameters: &'static [&'static str],
    /// What clients may want to know before they call it.
    pub hints: ToolHints,
    pub(super) run: fn(&mut WorkbenchOffice, &PythonArguments) -> Result<Json, PythonException>,
}

impl WorkbenchTool {
    /// Whether it can change a database.
    pub fn writes(&self) -> bool {
        !self.hints.read_only
    }
}

/// All tools.
pub fn all() -> impl Iterator<Item = &'static WorkbenchTool> {
    let domains: [&'static [WorkbenchTool]; 6] = [
        calendar::TOOLS,
        email::TOOLS,
        analytics::TOOLS,
        project_management::TOOLS,
        customers::TOOLS,
        directory::TOOLS,
    ];
    domains.into_iter().flatten()
}

/// The tool of that name.
pub fn find(name: &str) -> Option<&'static WorkbenchTool> {
    all().find(|tool| tool.name == name)
}

/// The arguments of a call by name. A missing argument is None.
pub struct PythonArguments(pub Map<String, Json>);

impl PythonArguments {
    fn get(&self, name: &str) -> &Json {
        self.0.get(name).unwrap_or(&Json::Null)
    }

    fn given(&self, name: &str) -> bool {
        python::is_true(self.get(name))
    }

    fn all_given(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.given(name))
    }

    /// The text of an argument on which the original calls a string method, which raises for other types.
    fn text(&self, name: &str) -> Result<&str, PythonException> {
        self.get(name).as_str().ok_or(PythonException)
    }

    fn cell(&self, name: &str) -> FrameCell {
        FrameCell::from(self.get(name))
    }

    fn lower(&self, name: &str) -> Result<FrameCell, PythonException> {
        Ok(FrameCell::from(self.text(name)?.to_lowercase().as_str()))
    }
}

fn text_result(message: &str) -> Result<Json, PythonException> {
    Ok(json!(message))
}

/// The next row's id, padded to eight digits.
fn padded_id(frame: &Frame) -> Result<String, PythonException> {
    Ok(format!("{:08}", frame.next_id(0).ok_or(PythonException)?))
}

/// Appends a row and relabels all rows.
fn append(frame: &mut Frame, mut cells: Vec<FrameCell>) {
    cells.resize(frame.columns.len(), FrameCell::Missing);
    frame.rows.push(FrameRow { label: 0, cells });
    frame
        .rows
        .iter_mut()
        .enumerate()
        .for_each(|(label, row)| row.label = label);
}

fn exists(frame: &Frame, id: &Json) -> bool {
    id.as_str()
        .is_some_and(|id| frame.find(0, id).next().is_some())
}

/// Deletes the row with that id, or returns the original's message.
fn delete(frame: &mut Arc<Frame>, what: &str, id: &Json) -> Result<Json, PythonException> {
    if !python::is_true(id) {
        return text_result(&format!("{what} ID not provided."));
    }
    if !exists(frame, id) {
        return text_result(&format!("{what} not found."));
    }
    Arc::make_mut(frame)
        .rows
        .retain(|row| row.cells[0].text() != id.as_str());
    text_result(&format!("{what} deleted successfully."))
}

/// Keeps the rows between the bounds that are given. Like the original, it parses a bound only if there are rows, so an invalid
/// bound does not raise otherwise.
fn keep_between<'a, T: PartialOrd>(
    arguments: &PythonArguments,
    [earliest, latest]: [&str; 2],
    mut rows: Vec<&'a FrameRow>,
    read: impl Fn(&str) -> Option<T>,
    time_of: impl Fn(&FrameRow) -> Option<T>,
) -> Result<Vec<&'a FrameRow>, PythonException> {
    for (bound, excluded) in [(earliest, Ordering::Less), (latest, Ordering::Greater)] {
        if !arguments.given(bound) || rows.is_empty() {
            continue;
        }
        let limit = read(arguments.text(bound)?).ok_or(PythonException)?;
        let mut kept = Vec::new();
        for row in rows {
            if time_of(row).ok_or(PythonException)?.partial_cmp(&limit) != Some(excluded) {
                kept.push(row);
            }
        }
        rows = kept;
    }
    Ok(rows)
}

/// Returns `{field: value}` of the row with that id, or the original's message.
fn look_up(frame: &Frame, what: &str, id: &Json, field: &Json) -> Result<Json, PythonException> {
    if !python::is_true(id) {
        return text_result(&format!("{what} ID not provided."));
    }
    if !python::is_true(field) {
        return text_result("Field not provided.");
    }
    let Some(row) = id.as_str().and_then(|id| frame.find(0, id).next()) else {
        return text_result(&format!("{what} not found."));
    };
    match field
        .as_str()
        .and_then(|field| Some((field, frame.column(field)?)))
    {
        Some((field, column)) => Ok(json!({ field: row.cells[column].to_json() })),
        None => text_result("Field not found."),
    }
}

/// Keeps the rows whose column matches the pattern, ignoring case. Missing values raise.
fn keep_matching<'a>(
    frame: &Frame,
    rows: Vec<&'a FrameRow>,
    column: &str,
    wanted: &Json,
) -> Result<Vec<&'a FrameRow>, PythonException> {
    let column = frame.column(column).ok_or(PythonException)?;
    let pattern = pattern::compile(
        wanted.as_str().ok_or(PythonException)?,
        CaseSensitivity::Insensitive,
    )
    .ok_or(PythonException)?;
    if rows.iter().any(|row| row.cells[column].text().is_none()) {
        return Err(PythonException);
    }
    Ok(rows
        .into_iter()
        .filter(|row| {
            row.cells[column]
                .text()
                .is_some_and(|text| pattern.occurs_in(text, CaseSensitivity::Insensitive))
        })
        .collect())
}

fn records(frame: &Frame, rows: &[&FrameRow]) -> Json {
    rows.iter().map(|row| frame.record(row)).collect()
}
