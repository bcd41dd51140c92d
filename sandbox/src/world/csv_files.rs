//! Rows and colleagues as CSV text.
//!
//! Ids have eight digits, and an empty cell of a nullable column is NULL.

use rusqlite::types::Value;

use super::error::WorldError;
use crate::row::Row;
use crate::schema::{Column, ColumnType, TableId};
use crate::world::{Colleague, WorldData};

/// The file of the company directory.
pub(super) const DIRECTORY_FILE: &str = "directory.csv";

/// Every CSV file of a world, by name. A table without rows has no file.
pub(super) fn files(data: &WorldData) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![(DIRECTORY_FILE.to_owned(), write_directory(&data.directory))];
    for id in TableId::all() {
        let rows = &data.tables[id.index()];
        if !rows.is_empty() {
            files.push((table_file(id), write_table(id, rows)));
        }
    }
    files
}

/// The file of a table.
pub(super) fn table_file(id: TableId) -> String {
    format!("{}.csv", id.table().qualified_name)
}

pub(super) fn read_directory(text: &str) -> Result<Vec<Colleague>, WorldError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| WorldError::malformed(DIRECTORY_FILE, error.to_string()))
}

fn write_directory(directory: &[Colleague]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for colleague in directory {
        writer
            .serialize(colleague)
            .expect("writing to memory cannot fail");
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

pub(super) fn read_table(id: TableId, text: &str) -> Result<Vec<Row>, WorldError> {
    let file = table_file(id);
    let columns = &id.table().columns;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| WorldError::malformed(&file, error.to_string()))?;
    if !header
        .iter()
        .eq(columns.iter().map(|column| column.name.as_str()))
    {
        let expected = columns
            .iter()
            .map(|column| column.name.as_str())
            .collect::<Vec<_>>()
            .join(",");
        return Err(WorldError::malformed(
            &file,
            format!("invalid header: write {expected}"),
        ));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| WorldError::malformed(&file, error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = columns
            .iter()
            .zip(&record)
            .map(|(column, cell)| read_cell(column, cell))
            .collect::<Result<Row, _>>();
        rows.push(row.map_err(|reason| WorldError::malformed(&format!("{file}:{line}"), reason))?);
    }
    Ok(rows)
}

fn read_cell(column: &Column, cell: &str) -> Result<Value, String> {
    match column.column_type {
        _ if cell.is_empty() && column.nullable => Ok(Value::Null),
        ColumnType::Text => Ok(Value::Text(cell.to_owned())),
        ColumnType::Integer => cell
            .parse()
            .map(Value::Integer)
            .map_err(|_| format!("{} {cell:?} is not an integer", column.name)),
    }
}

fn write_table(id: TableId, rows: &[Row]) -> Vec<u8> {
    let columns = &id.table().columns;
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(columns.iter().map(|column| &column.name))
        .expect("writing to memory cannot fail");
    for row in rows {
        let cells = columns
            .iter()
            .zip(row)
            .map(|(column, value)| write_cell(column, value));
        writer
            .write_record(cells)
            .expect("writing to memory cannot fail");
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

fn write_cell(column: &Column, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(id) if column.is_id() => format!("{id:08}"),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Real(_) | Value::Blob(_) => {
            unreachable!("strict tables of integers and text hold neither reals nor blobs")
        }
    }
}
