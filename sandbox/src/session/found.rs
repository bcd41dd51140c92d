//! A row that a tool asked for.

use std::borrow::Cow;
use std::ops::Deref;

use serde::{Serialize, Serializer};

use crate::changes::RowObject;
use crate::schema::TableId;
use crate::world::{Row, World, WrittenRow};

/// A row that was found. It is written as an object of its columns, and if it is the world's, then once for all sessions.
#[derive(Debug)]
pub struct Found<'w> {
    table: TableId,
    row: Cow<'w, Row>,
    text: Option<&'w WrittenRow>,
}

impl<'w> Found<'w> {
    /// The row at that place of the world's table.
    pub(super) fn of_world(world: &'w World, table: TableId, place: usize) -> Found<'w> {
        Found {
            table,
            row: Cow::Borrowed(&world.rows(table)[place]),
            text: Some(&world.written(table)[place]),
        }
    }

    /// A row that calls have touched.
    pub(super) fn touched(table: TableId, row: Row) -> Found<'w> {
        Found {
            table,
            row: Cow::Owned(row),
            text: None,
        }
    }
}

impl Deref for Found<'_> {
    type Target = Row;

    fn deref(&self) -> &Row {
        &self.row
    }
}

impl Serialize for Found<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = RowObject {
            table: self.table.table(),
            row: &self.row,
        };
        match self.text {
            Some(text) => text.of(&row).serialize(serializer),
            None => row.serialize(serializer),
        }
    }
}
