//! A row that a tool read from a session.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::row::{Row, RowObject};
use crate::schema::TableId;
use crate::world::{CachedRowJson, World};

/// A row of a session. It serializes as an object of its columns; the JSON of a world's row is computed once for all sessions.
#[derive(Debug)]
pub struct RowRef<'w> {
    table: TableId,
    source: RowSource<'w>,
}

#[derive(Debug)]
enum RowSource<'w> {
    World(&'w Row, &'w CachedRowJson),
    Session(Arc<Row>),
}

impl<'w> RowRef<'w> {
    /// The row at that index of the world's table.
    pub(super) fn of_world(world: &'w World, table: TableId, index: usize) -> RowRef<'w> {
        let source = RowSource::World(&world.rows(table)[index], &world.row_json(table)[index]);
        RowRef { table, source }
    }

    /// A row that calls have touched.
    pub(super) fn of_session(table: TableId, row: Arc<Row>) -> RowRef<'w> {
        let source = RowSource::Session(row);
        RowRef { table, source }
    }
}

impl Deref for RowRef<'_> {
    type Target = Row;

    fn deref(&self) -> &Row {
        match &self.source {
            RowSource::World(row, _) => row,
            RowSource::Session(row) => row,
        }
    }
}

impl Serialize for RowRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = RowObject {
            table: self.table.table(),
            row: self,
        };
        match &self.source {
            RowSource::World(_, json) => json.get_or_serialize(&row).serialize(serializer),
            RowSource::Session(_) => row.serialize(serializer),
        }
    }
}
