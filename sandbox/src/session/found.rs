//! Rows that a tool asked for.

use std::borrow::Cow;
use std::cmp::Ordering;
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
    pub(super) fn touched(table: TableId, row: Cow<'w, Row>) -> Found<'w> {
        Found {
            table,
            row,
            text: None,
        }
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
    Touched(Row),
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
    pub(super) fn insert(&mut self, row: Row, order: impl Fn(&Row, &Row) -> Ordering) {
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
            Hit::Touched(row) => Found::touched(self.table, Cow::Borrowed(row)),
        })
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
