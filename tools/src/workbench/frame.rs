//! Tables that behave like the original's data frames: rows have labels, columns can be added, values can have any type.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

/// One value of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameCell {
    /// NaN or None.
    Missing,
    /// Text.
    Text(Arc<str>),
    /// The current time as a timestamp rather than text: the sending time of a mail that was sent by a tool.
    Clock,
    /// A value of another type, as the agent passed it.
    Other(Json),
}

/// The current time, as the original writes it.
pub const CLOCK: &str = "2023-11-30 00:00:00";

impl FrameCell {
    /// The text, if the value is text.
    pub fn text(&self) -> Option<&str> {
        match self {
            FrameCell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value, as tools return it.
    pub fn to_json(&self) -> Json {
        match self {
            FrameCell::Missing => Json::Null,
            FrameCell::Text(text) => json!(text.as_ref()),
            FrameCell::Clock => json!(CLOCK),
            FrameCell::Other(value) => value.clone(),
        }
    }
}

impl From<&Json> for FrameCell {
    fn from(value: &Json) -> FrameCell {
        match value {
            Json::Null => FrameCell::Missing,
            Json::String(text) => FrameCell::Text(text.as_str().into()),
            other => FrameCell::Other(other.clone()),
        }
    }
}

impl From<&str> for FrameCell {
    fn from(text: &str) -> FrameCell {
        FrameCell::Text(text.into())
    }
}

/// A row and its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameRow {
    /// The label. The original does not always keep labels unique.
    pub label: usize,
    /// Values by column.
    pub cells: Vec<FrameCell>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows in order.
    pub rows: Vec<FrameRow>,
}

impl Frame {
    /// Creates a frame with rows labelled from zero.
    pub fn new(columns: Vec<String>, rows: impl IntoIterator<Item = Vec<FrameCell>>) -> Frame {
        Frame {
            columns,
            rows: rows
                .into_iter()
                .enumerate()
                .map(|(label, cells)| FrameRow { label, cells })
                .collect(),
        }
    }

    /// The index of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The rows whose value in `column` is the text `id`.
    pub fn find(&self, column: usize, id: &str) -> impl Iterator<Item = &FrameRow> {
        self.rows
            .iter()
            .filter(move |row| row.cells[column].text() == Some(id))
    }

    /// The largest id, compared as text, plus one. None if it is not a whole number.
    pub fn next_id(&self, column: usize) -> Option<u64> {
        let largest = self
            .rows
            .iter()
            .filter_map(|row| row.cells[column].text())
            .max()?;
        largest.trim().parse::<u64>().ok()?.checked_add(1)
    }

    /// Replaces the row with that label, or appends a new one.
    pub fn put(&mut self, label: usize, cells: Vec<FrameCell>) {
        match self.rows.iter_mut().find(|row| row.label == label) {
            Some(row) => row.cells = cells,
            None => self.rows.push(FrameRow { label, cells }),
        }
    }

    /// Sets a value in every row with that id, and adds the column if it does not exist.
    pub fn set(&mut self, key: usize, id: &str, field: &str, value: &FrameCell) {
        let column = self.column(field).unwrap_or_else(|| {
            self.columns.push(field.to_owned());
            self.rows
                .iter_mut()
                .for_each(|row| row.cells.push(FrameCell::Missing));
            self.columns.len() - 1
        });
        for row in self
            .rows
            .iter_mut()
            .filter(|row| row.cells[key].text() == Some(id))
        {
            row.cells[column] = value.clone();
        }
    }

    /// A row, as tools return it.
    pub fn record(&self, row: &FrameRow) -> Json {
        let fields = self
            .columns
            .iter()
            .zip(&row.cells)
            .map(|(column, cell)| (column.clone(), cell.to_json()));
        Json::Object(fields.collect::<Map<_, _>>())
    }
}
