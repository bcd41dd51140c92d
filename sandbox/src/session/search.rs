//! Searches: which rows of a table hold some words and pass some conditions, and in which order they come.
//!
//! Rows that no call has touched are the world's, which has their text and orders laid out; the few others come from the session.

use std::cell::LazyCell;
use std::sync::Arc;

use super::found::Hits;
use super::watch::Watch;
use crate::row::{Row, row_id};
use crate::schema::TableId;
use crate::world::{World, compare_rows, compare_values};
use crate::{Fault, Value, WordMatcher};

/// Rows looked at between two questions whether the call has time left.
const ROWS: usize = 1_024;

/// What a search asks of the rows of a table.
pub struct Search<'a> {
    /// The table.
    pub table: TableId,
    /// Words, parted by white space, which must all occur, in any order and case of any alphabet; none ask for nothing.
    pub words: &'a str,
    /// The columns in which words are looked for: one row's words may occur in several.
    pub words_in: &'a [&'a str],
    /// What must hold besides.
    pub conditions: &'a [Condition<'a>],
    /// How the rows are ordered; equal ones by id.
    pub order: Order<'a>,
}

/// A condition on one column. NULL passes none.
pub struct Condition<'a> {
    /// The column's name.
    pub column: &'a str,
    /// How it is compared.
    pub test: Test,
    /// With what.
    pub value: &'a Value,
}

/// How a column is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// Equal; text in any case of ASCII.
    Is,
    /// Equal or greater.
    Least,
    /// Equal or smaller.
    Most,
}

/// The order of a search's rows.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// By which column.
    pub column: &'a str,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl Search<'_> {
    /// Looks through the world's rows, without those that were touched, and through those as they are now.
    pub(super) fn find<'w>(
        &self,
        world: &'w World,
        touched: &[i64],
        own: impl Iterator<Item = Result<Arc<Row>, Fault>>,
        watch: &Watch,
    ) -> Result<Hits<'w>, Fault> {
        let sieve = Sieve::new(self);
        let rows = world.rows(self.table);
        let (column, descending) = (sieve.order, self.order.descending);
        let order = world.sorted_rows(self.table, column, descending);
        let holding;
        let places = if self.words.trim().is_empty() {
            sieve.span(rows, &order.indexes, descending)
        } else {
            let text = world.word_index(self.table, &sieve.words_in);
            holding = text.matching_rows(self.words, (column, descending), &order.positions);
            &*holding
        };
        let mut hits = Hits::new(world, self.table);
        for some in places.chunks(ROWS) {
            hits.extend(some.iter().copied().filter(|place| {
                let row = &rows[*place as usize];
                touched.binary_search(&row_id(row)).is_err() && sieve.passes(row)
            }));
            watch.check()?;
        }
        let words = LazyCell::new(|| WordMatcher::new(self.words));
        for row in own {
            let row = row?;
            if sieve.passes(&row) && sieve.holds(&words, &row) {
                hits.insert(row, |one, other| {
                    compare_rows(one, other, column, descending)
                });
            }
        }
        Ok(hits)
    }
}

/// A search, prepared once for all rows.
struct Sieve<'a> {
    /// By which column rows are ordered.
    order: usize,
    conditions: Vec<(usize, Test, &'a Value)>,
    words_in: Vec<usize>,
}

impl<'a> Sieve<'a> {
    fn new(search: &Search<'a>) -> Sieve<'a> {
        let table = search.table.table();
        let column = |name: &str| {
            let index = table.column_index(name);
            index.expect("searches name columns of their tables, a test runs them all")
        };
        Sieve {
            order: column(search.order.column),
            conditions: search
                .conditions
                .iter()
                .map(|it| (column(it.column), it.test, it.value))
                .collect(),
            words_in: search.words_in.iter().map(|name| column(name)).collect(),
        }
    }

    fn passes(&self, row: &Row) -> bool {
        let mut conditions = self.conditions.iter();
        conditions.all(|(column, test, value)| test.passes(&row[*column], value))
    }

    fn holds(&self, words: &WordMatcher, row: &Row) -> bool {
        let texts = self
            .words_in
            .iter()
            .filter_map(|column| match &row[*column] {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            });
        words.matches(texts)
    }

    /// The part of an order in which the conditions on its column may hold.
    fn span<'p>(&self, rows: &[Row], places: &'p [u32], descending: bool) -> &'p [u32] {
        let mut span = places;
        let value = |place: &u32| &rows[*place as usize][self.order];
        for (column, test, bound) in &self.conditions {
            if *column != self.order {
                continue;
            }
            // The column itself never decreases, or never increases: what is too small lies at one end, what is too great at the other.
            span = match (test, descending) {
                (Test::Is, _) => span,
                (Test::Least, false) => {
                    &span[span
                        .partition_point(|place| compare_values(value(place), bound).is_lt())..]
                }
                (Test::Most, false) => {
                    &span[..span
                        .partition_point(|place| compare_values(value(place), bound).is_le())]
                }
                (Test::Least, true) => {
                    &span[..span
                        .partition_point(|place| compare_values(value(place), bound).is_ge())]
                }
                (Test::Most, true) => {
                    &span[span
                        .partition_point(|place| compare_values(value(place), bound).is_gt())..]
                }
            };
        }
        span
    }
}

impl Test {
    fn passes(self, value: &Value, bound: &Value) -> bool {
        match (self, value, bound) {
            (_, Value::Null, _) | (_, _, Value::Null) => false,
            (Test::Is, Value::Text(value), Value::Text(bound)) => value.eq_ignore_ascii_case(bound),
            (Test::Is, _, _) => compare_values(value, bound).is_eq(),
            (Test::Least, _, _) => compare_values(value, bound).is_ge(),
            (Test::Most, _, _) => compare_values(value, bound).is_le(),
        }
    }
}
