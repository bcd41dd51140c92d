//! Operations that the tools of all tables share: look-ups by id, paged searches, inserts, updates and deletions.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use breakroom_sandbox::Value;
use breakroom_sandbox::row::{RowObject, value_to_json};
use breakroom_sandbox::schema::{Column, TableId};
use breakroom_sandbox::session::{Condition, Operator, RowRef, Scope, Search, SortBy};
use serde::Serialize;
use serde_json::value::RawValue;

use super::error::{CallError, refuse};
use super::values::{RowId, ToSqlValue};
use crate::raw_json::to_raw_json;

/// A table, and what the tools on it need to know.
pub(super) struct ToolTable {
    id: LazyLock<TableId>,
    /// What messages call one row.
    row_name: &'static str,
    /// The columns that a search for words looks at.
    searched_columns: &'static [&'static str],
    /// The order of search results.
    sort_by: SortBy<'static>,
}

/// Smallest first.
pub(super) const fn ascending(column: &'static str) -> SortBy<'static> {
    SortBy {
        column,
        descending: false,
    }
}

/// Greatest first.
pub(super) const fn descending(column: &'static str) -> SortBy<'static> {
    SortBy {
        column,
        descending: true,
    }
}

impl ToolTable {
    pub(super) const fn new(
        find: fn() -> TableId,
        row_name: &'static str,
        searched_columns: &'static [&'static str],
        sort_by: SortBy<'static>,
    ) -> ToolTable {
        ToolTable {
            id: LazyLock::new(find),
            row_name,
            searched_columns,
            sort_by,
        }
    }

    pub(super) fn id(&self) -> TableId {
        *self.id
    }

    fn column(&self, name: &str) -> (usize, &'static Column) {
        let table = self.id().table();
        let index = table.column_index(name);
        let index =
            index.expect("every field of a tool is a column of its table; a test reads them all");
        (index, &table.columns[index])
    }

    fn key(&self) -> &'static str {
        &self.id().table().columns[0].name
    }

    /// The row with that id. If it does not exist, the call is refused.
    pub(super) fn row<'s>(&self, scope: &'s Scope<'_>, id: RowId) -> Result<RowRef<'s>, CallError> {
        match scope.row(self.id(), id.0)? {
            Some(row) => Ok(row),
            None => refuse(format!(
                "there is no {} {:08}: search for it to see its {}",
                self.row_name,
                id.0,
                self.key()
            )),
        }
    }

    /// The row as an object, or a single field of it.
    pub(super) fn get(
        &self,
        scope: &Scope<'_>,
        id: RowId,
        field: Option<&str>,
    ) -> Result<Box<RawValue>, CallError> {
        let row = self.row(scope, id)?;
        Ok(match field {
            Some(field) => {
                let (index, column) = self.column(field);
                let value = value_to_json(column, &row[index]);
                to_raw_json(&BTreeMap::from([(field, value)]))
            }
            None => to_raw_json(&row),
        })
    }

    /// Whether a column may be NULL.
    pub(super) fn is_nullable(&self, column: &str) -> bool {
        self.id()
            .table()
            .columns
            .iter()
            .any(|known| known.name == column && known.nullable)
    }

    /// Writes one column.
    pub(super) fn update(
        &self,
        scope: &Scope<'_>,
        id: RowId,
        column: &str,
        value: &Value,
    ) -> Result<Box<RawValue>, CallError> {
        let mut row = self.row(scope, id)?.to_vec();
        row[self.column(column).0] = value.clone();
        let row = scope.replace(self.id(), row)?;
        Ok(self.row_json(&row))
    }

    pub(super) fn delete(&self, scope: &Scope<'_>, id: RowId) -> Result<Box<RawValue>, CallError> {
        let row = self.row(scope, id)?;
        let text = to_raw_json(&DeletedRow { deleted: row });
        scope.delete(self.id(), id.0)?;
        Ok(text)
    }

    pub(super) fn insert(
        &self,
        scope: &Scope<'_>,
        values: &[&dyn ToSqlValue],
    ) -> Result<Box<RawValue>, CallError> {
        // Leave room for the id, which the session puts first.
        let mut row = Vec::with_capacity(values.len() + 1);
        row.extend(values.iter().map(|value| value.to_sql_value()));
        let row = scope.insert(self.id(), row)?;
        Ok(self.row_json(&row))
    }

    fn row_json(&self, row: &breakroom_sandbox::row::Row) -> Box<RawValue> {
        let table = self.id().table();
        to_raw_json(&RowObject { table, row })
    }

    /// One page of the rows that contain every word and pass every filter, and the total number of such rows.
    pub(super) fn search(
        &self,
        scope: &Scope<'_>,
        words: Option<&str>,
        filters: &[Filter],
        page: &Pagination,
    ) -> Result<Box<RawValue>, CallError> {
        let (number, size) = (page.page.unwrap_or(1), page.page_size.unwrap_or(20));
        if number < 1 {
            return refuse(format!(
                "page {number} does not exist: pages are counted from 1"
            ));
        }
        if !(1..=100).contains(&size) {
            return refuse(format!(
                "page_size {size} is out of range: ask for 1 to 100"
            ));
        }
        let conditions = filters.iter().filter_map(|filter| {
            filter.value.as_ref().map(|value| Condition {
                column: filter.column,
                operator: filter.operator,
                value,
            })
        });
        let found = scope.search(&Search {
            table: self.id(),
            words: words.unwrap_or_default(),
            words_in: self.searched_columns,
            conditions: &conditions.collect::<Vec<_>>(),
            sort_by: self.sort_by,
        })?;
        let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
        let skipped = usize::try_from((number - 1).saturating_mul(size)).unwrap_or(usize::MAX);
        let wanted = usize::try_from(size).unwrap_or(usize::MAX);
        let page = found.page(skipped, wanted);
        Ok(to_raw_json(&SearchPage {
            total,
            page: number,
            pages: (total + size - 1) / size,
            results: page.collect(),
        }))
    }
}

/// A page of a search's results.
#[derive(Serialize)]
struct SearchPage<'a> {
    total: i64,
    page: i64,
    pages: i64,
    results: Vec<RowRef<'a>>,
}

/// A row that was deleted.
#[derive(Serialize)]
struct DeletedRow<'a> {
    deleted: RowRef<'a>,
}

/// A condition on one column. Without a value every row passes.
pub(super) struct Filter {
    column: &'static str,
    operator: Operator,
    value: Option<Value>,
}

impl Filter {
    fn new<T: ToSqlValue>(column: &'static str, operator: Operator, value: &Option<T>) -> Filter {
        Filter {
            column,
            operator,
            value: value.as_ref().map(ToSqlValue::to_sql_value),
        }
    }

    /// Equal, ignoring case.
    pub(super) fn equals<T: ToSqlValue>(column: &'static str, value: &Option<T>) -> Filter {
        Filter::new(column, Operator::Equal, value)
    }

    pub(super) fn at_least<T: ToSqlValue>(column: &'static str, value: &Option<T>) -> Filter {
        Filter::new(column, Operator::AtLeast, value)
    }

    pub(super) fn at_most<T: ToSqlValue>(column: &'static str, value: &Option<T>) -> Filter {
        Filter::new(column, Operator::AtMost, value)
    }
}

/// Which page of the results to return, counted from 1, and its size: 1 to 100, by default 20.
pub(super) struct Pagination {
    pub(super) page: Option<i64>,
    pub(super) page_size: Option<i64>,
}
