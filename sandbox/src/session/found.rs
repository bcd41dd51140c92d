//! Rows that a tool asked for.

use std::cmp::Ordering;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::row::{Row, RowObject};
use crate::schema::TableId;
use crate::world::{CachedRowJson, World};

/// A row that was found. It is written as an object of its columns, and if it is the world's, then once for all sessions.
#[derive(Debug)]
pub struct Found<'w> {
    table: TableId,
    row: FoundRow<'w>,
}

#[derive(Debug)]
enum FoundRow<'w> {
    World(&'w Row, &'w CachedRowJson),
    Touched(Arc<Row>),
}

impl<'w> Found<'w> {
    /// The row at that place of the world's table.
    pub(super) fn of_world(world: &'w World, table: TableId, place: usize) -> Found<'w> {
        let row = FoundRow::World(&world.rows(table)[place], &world.row_json(table)[place]);
        Found { table, row }
    }

    /// A row that calls have touched.
    pub(super) fn touched(table: TableId, row: Arc<Row>) -> Found<'w> {
        let row = FoundRow::Touched(row);
        Found { table, row }
    }
}

/// What a search found, in its order.
#[derive(Debug)]
pub struct Hits<'w> {
    world: &'w World,
    table: TableId,
    hits: Vec<Hit>,
}

#[derive(Debug)]
enum Hit {
    /// A row of the world, by its place.
    World(u32),
    /// A row that calls have touched.
    Touched(Arc<Row>),
}

impl<'w> Hits<'w> {
    pub(super) fn new(world: &'w World, table: TableId) -> Hits<'w> {
        Hits {
            world,
            table,
            hits: Vec::new(),
        }
    }

    /// Adds rows of the world, which are in order.
    pub(super) fn extend(&mut self, places: impl Iterator<Item = u32>) {
        self.hits.extend(places.map(Hit::World));
    }

    /// Puts a row that calls have touched where it belongs by an order.
    pub(super) fn insert(&mut self, row: Arc<Row>, order: impl Fn(&Row, &Row) -> Ordering) {
        let rows = self.world.rows(self.table);
        let place = self.hits.partition_point(|hit| {
            let other = match hit {
                Hit::World(place) => &rows[*place as usize],
                Hit::Touched(row) => row,
            };
            order(other, &row).is_lt()
        });
        self.hits.insert(place, Hit::Touched(row));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.hits.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// Some of the rows: so many after so many that are passed over.
    pub fn page(&self, skipped: usize, wanted: usize) -> impl Iterator<Item = Found<'_>> {
        let hits = self.hits.iter().skip(skipped).take(wanted);
        hits.map(|hit| match hit {
            Hit::World(place) => Found::of_world(self.world, self.table, *place as usize),
            Hit::Touched(row) => Found::touched(self.table, Arc::clone(row)),
        })
    }
}

impl Deref for Found<'_> {
    type Target = Row;

    fn deref(&self) -> &Row {
        match &self.row {
            FoundRow::World(row, _) => row,
            FoundRow::Touched(row) => row,
        }
    }
}

impl Serialize for Found<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = RowObject {
            table: self.table.table(),
            row: self,
        };
        match &self.row {
            FoundRow::World(_, text) => text.get_or_serialize(&row).serialize(serializer),
            FoundRow::Touched(_) => row.serialize(serializer),
        }
    }
}
