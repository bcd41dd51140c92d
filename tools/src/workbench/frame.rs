//! Tables as the original's data frames behave: labelled rows, columns that may be added, values of any type.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

/// One value of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameCell {
    /// Not a number, or None.
    Missing,
    /// Text.
    Text(Arc<str>),
    /// The clock as a time rather than text: when a sent mail was sent.
    Clock,
    /// A value of another type, as an agent passed it.
    Other(Json),
}

/// The clock as the original writes it.
pub const CLOCK: &str = "2023-11-30 00:00:00";

impl FrameCell {
    /// The text, where it is text.
    pub fn text(&self) -> Option<&str> {
        match self {
            FrameCell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as a tool returns it.
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

/// A row with the label that it was given when it was read or added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameRow {
    /// The label; unique within a frame only where the original kept it so.
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
    /// A frame of the given rows, labelled from zero.
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

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The rows whose id, which is the first or the named column, equals `id`.
    pub fn find(&self, column: usize, id: &str) -> impl Iterator<Item = &FrameRow> {
        self.rows
            .iter()
            .filter(move |row| row.cells[column].text() == Some(id))
    }

    /// The largest id, compared as text, plus one; none where it is no whole number.
    pub fn next_id(&self, column: usize) -> Option<u64> {
        let largest = self
            .rows
            .iter()
            .filter_map(|row| row.cells[column].text())
            .max()?;
        largest.trim().parse::<u64>().ok()?.checked_add(1)
    }

    /// Writes the row with that label, or appends it.
    pub fn put(&mut self, label: usize, cells: Vec<FrameCell>) {
        match self.rows.iter_mut().find(|row| row.label == label) {
            Some(row) => row.cells = cells,
            None => self.rows.push(FrameRow { label, cells }),
        }
    }

    /// Writes a value into every row with that id, adding the column where there is none.
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

    /// A row as a tool returns it.
    pub fn record(&self, row: &FrameRow) -> Json {
        let fields = self
            .columns
            .iter()
            .zip(&row.cells)
            .map(|(column, cell)| (column.clone(), cell.to_json()));
        Json::Object(fields.collect::<Map<_, _>>())
    }
}
