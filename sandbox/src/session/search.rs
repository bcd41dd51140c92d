//! Searches: the rows of a table that contain some words and meet some conditions, in an order.
//!
//! Rows that no call has touched are the world's, which has an index of their words and their orders. The few other rows come
//! from the session.

use std::sync::Arc;

use super::deadline::Deadline;
use super::search_results::SearchResults;
use crate::row::{Row, row_id};
use crate::schema::TableId;
use crate::world::{World, compare_rows, compare_values};
use crate::{Fault, Value, WordMatcher};

/// The number of rows between two checks of the deadline.
const ROWS_PER_CHECK: usize = 1_024;

/// A search in one table.
pub struct Search<'a> {
    /// The table.
    pub table: TableId,
    /// Words, separated by white space. A row must contain all of them, in any order and any case. An empty text matches every row.
    pub words: &'a str,
    /// The columns that are searched for the words. Different words may occur in different columns.
    pub words_in: &'a [&'a str],
    /// Conditions that a row must meet besides.
    pub conditions: &'a [Condition<'a>],
    /// The order of the rows. Equal rows are ordered by id.
    pub sort_by: SortBy<'a>,
}

/// A condition on one column. NULL never meets it.
pub struct Condition<'a> {
    /// The column's name.
    pub column: &'a str,
    /// How the column is compared with the value.
    pub operator: Operator,
    /// The value.
    pub value: &'a Value,
}

/// How a column is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal, ignoring the case of ASCII letters.
    Equal,
    /// Greater or equal.
    AtLeast,
    /// Smaller or equal.
    AtMost,
}

/// The order of a search's rows.
#[derive(Clone, Copy, Debug)]
pub struct SortBy<'a> {
    /// The column's name.
    pub column: &'a str,
    /// Whether the greatest value comes first.
    pub descending: bool,
}

impl Search<'_> {
    /// Searches the world's rows except those with a touched id, and `touched_rows`, which are the session's versions of those.
    pub(super) fn run<'w>(
        &self,
        world: &'w World,
        touched_ids: &[i64],
        touched_rows: impl Iterator<Item = Result<Arc<Row>, Fault>>,
        deadline: &Deadline,
    ) -> Result<SearchResults<'w>, Fault> {
        let search = PreparedSearch::new(self);
        let rows = world.rows(self.table);
        let (column, descending) = (search.sort_column, self.sort_by.descending);
        let sorted = world.sorted_rows(self.table, column, descending);
        let words = WordMatcher::new(self.words);
        let matching;
        let candidates = if words.is_empty() {
            search.range(rows, &sorted.indexes, descending)
        } else {
            let word_index = world.word_index(self.table, &search.word_columns);
            matching = word_index.matching_rows(&words, &sorted.positions);
            &matching
        };
        let mut results = SearchResults::new(world, self.table);
        for chunk in candidates.chunks(ROWS_PER_CHECK) {
            results.extend(chunk.iter().copied().filter(|index| {
                let row = &rows[*index as usize];
                touched_ids.binary_search(&row_id(row)).is_err() && search.meets_conditions(row)
            }));
            deadline.check()?;
        }
        for row in touched_rows {
            let row = row?;
            if search.meets_conditions(&row) && search.contains_words(&words, &row) {
                results.insert(row, |a, b| compare_rows(a, b, column, descending));
            }
        }
        Ok(results)
    }
}

/// A search whose column names have been resolved to indexes.
struct PreparedSearch<'a> {
    sort_column: usize,
    conditions: Vec<(usize, Operator, &'a Value)>,
    word_columns: Vec<usize>,
}

impl<'a> PreparedSearch<'a> {
    fn new(search: &Search<'a>) -> PreparedSearch<'a> {
        let table = search.table.table();
        let column = |name: &str| {
            let index = table.column_index(name);
            index.expect("a search names columns of its table: a test runs every search")
        };
        PreparedSearch {
            sort_column: column(search.sort_by.column),
            conditions: search
                .conditions
                .iter()
                .map(|it| (column(it.column), it.operator, it.value))
                .collect(),
            word_columns: search.words_in.iter().map(|name| column(name)).collect(),
        }
    }

    fn meets_conditions(&self, row: &Row) -> bool {
        let mut conditions = self.conditions.iter();
        conditions.all(|(column, operator, value)| operator.holds(&row[*column], value))
    }

    fn contains_words(&self, words: &WordMatcher, row: &Row) -> bool {
        let texts = self
            .word_columns
            .iter()
            .filter_map(|column| match &row[*column] {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            });
        words.matches(texts)
    }

    /// Narrows the sorted rows to the range outside of which no row meets the conditions on the sort column.
    fn range<'s>(&self, rows: &[Row], sorted: &'s [u32], descending: bool) -> &'s [u32] {
        let mut range = sorted;
        let value = |index: &u32| &rows[*index as usize][self.sort_column];
        for (column, operator, bound) in &self.conditions {
            if *column != self.sort_column {
                continue;
            }
            range = match (operator, descending) {
                (Operator::Equal, _) => range,
                (Operator::AtLeast, false) => {
                    let is_before = |index: &u32| compare_values(value(index), bound).is_lt();
                    &range[range.partition_point(is_before)..]
                }
                (Operator::AtMost, false) => {
                    let is_within = |index: &u32| compare_values(value(index), bound).is_le();
                    &range[..range.partition_point(is_within)]
                }
                (Operator::AtLeast, true) => {
                    let is_within = |index: &u32| compare_values(value(index), bound).is_ge();
                    &range[..range.partition_point(is_within)]
                }
                (Operator::AtMost, true) => {
                    let is_before = |index: &u32| compare_values(value(index), bound).is_gt();
                    &range[range.partition_point(is_before)..]
                }
            };
        }
        range
    }
}

impl Operator {
    fn holds(self, value: &Value, bound: &Value) -> bool {
        match (self, value, bound) {
            (_, Value::Null, _) | (_, _, Value::Null) => false,
            (Operator::Equal, Value::Text(value), Value::Text(bound)) => {
                value.eq_ignore_ascii_case(bound)
            }
            (Operator::Equal, _, _) => compare_values(value, bound).is_eq(),
            (Operator::AtLeast, _, _) => compare_values(value, bound).is_ge(),
            (Operator::AtMost, _, _) => compare_values(value, bound).is_le(),
        }
    }
}
