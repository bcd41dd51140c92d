//! The rows that a search found.

use std::cmp::Ordering;
use std::sync::Arc;

use super::row_ref::RowRef;
use crate::row::Row;
use crate::schema::TableId;
use crate::world::World;

/// The rows that a search found, in its order.
#[derive(Debug)]
pub struct SearchResults<'w> {
    world: &'w World,
    table: TableId,
    results: Vec<SearchResult>,
}

#[derive(Debug)]
enum SearchResult {
    /// A row of the world, by its index.
    World(u32),
    /// A row that calls have touched.
    Session(Arc<Row>),
}

impl<'w> SearchResults<'w> {
    pub(super) fn new(world: &'w World, table: TableId) -> SearchResults<'w> {
        SearchResults {
            world,
            table,
            results: Vec::new(),
        }
    }

    /// Appends rows of the world, which must come in order.
    pub(super) fn extend(&mut self, indexes: impl Iterator<Item = u32>) {
        self.results.extend(indexes.map(SearchResult::World));
    }

    /// Inserts a row that calls have touched at its position in the order.
    pub(super) fn insert(&mut self, row: Arc<Row>, compare: impl Fn(&Row, &Row) -> Ordering) {
        let rows = self.world.rows(self.table);
        let position = self.results.partition_point(|result| {
            let other = match result {
                SearchResult::World(index) => &rows[*index as usize],
                SearchResult::Session(row) => row,
            };
            compare(other, &row).is_lt()
        });
        self.results.insert(position, SearchResult::Session(row));
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.results.len()
    }

    /// Whether the search found no row.
    pub fn is_empty(&self) -> bool {
        self.results.is_empty()
    }

    /// At most `limit` rows, after skipping the first `offset`.
    pub fn page(&self, offset: usize, limit: usize) -> impl Iterator<Item = RowRef<'_>> {
        let results = self.results.iter().skip(offset).take(limit);
        results.map(|result| match result {
            SearchResult::World(index) => RowRef::of_world(self.world, self.table, *index as usize),
            SearchResult::Session(row) => RowRef::of_session(self.table, Arc::clone(row)),
        })
    }
}
