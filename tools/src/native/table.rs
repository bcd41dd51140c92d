//! What the tools of every table share: look-ups by id, searches page by page, updates and deletions.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use breakroom_sandbox::Value;
use breakroom_sandbox::row::{RowObject, value_to_json};
use breakroom_sandbox::schema::{Column, TableId};
use breakroom_sandbox::session::{Condition, Operator, RowRef, Scope, Search, SortBy};
use serde::Serialize;
use serde_json::value::RawValue;

use super::failure::{Failure, refuse};
use super::values::{Id, Stored};
use crate::written::write;

/// A table that tools work on.
pub(super) struct Target {
    id: LazyLock<TableId>,
    /// What one row is called.
    thing: &'static str,
    /// The columns in which words are looked for.
    words_in: &'static [&'static str],
    /// The order of search results.
    sort_by: SortBy<'static>,
}

/// An order whose smallest comes first.
pub(super) const fn ascending(column: &'static str) -> SortBy<'static> {
    SortBy {
        column,
        descending: false,
    }
}

/// An order whose greatest comes first.
pub(super) const fn descending(column: &'static str) -> SortBy<'static> {
    SortBy {
        column,
        descending: true,
    }
}

impl Target {
    pub(super) const fn new(
        find: fn() -> TableId,
        thing: &'static str,
        words_in: &'static [&'static str],
        sort_by: SortBy<'static>,
    ) -> Target {
        Target {
            id: LazyLock::new(find),
            thing,
            words_in,
            sort_by,
        }
    }

    pub(super) fn id(&self) -> TableId {
        *self.id
    }

    fn column(&self, name: &str) -> (usize, &'static Column) {
        let table = self.id().table();
        let place = table.column_index(name);
        let place = place.expect("fields of tools are columns of their tables, a test reads them");
        (place, &table.columns[place])
    }

    fn key(&self) -> &'static str {
        &self.id().table().columns[0].name
    }

    /// The whole row, or a refusal that names the id.
    pub(super) fn row<'s>(&self, scope: &'s Scope<'_>, id: Id) -> Result<RowRef<'s>, Failure> {
        match scope.row(self.id(), id.0)? {
            Some(row) => Ok(row),
            None => refuse(format!(
                "there is no {} {:08}: search for it to see its {}",
                self.thing,
                id.0,
                self.key()
            )),
        }
    }

    /// The row as an object, or only the field that was asked for.
    pub(super) fn information(
        &self,
        scope: &Scope<'_>,
        id: Id,
        field: Option<&str>,
    ) -> Result<Box<RawValue>, Failure> {
        let row = self.row(scope, id)?;
        Ok(match field {
            Some(field) => {
                let (place, column) = self.column(field);
                let value = value_to_json(column, &row[place]);
                write(&BTreeMap::from([(field, value)]))
            }
            None => write(&row),
        })
    }

    /// Whether a column may be empty.
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
        id: Id,
        column: &str,
        value: &Value,
    ) -> Result<Box<RawValue>, Failure> {
        let mut row = self.row(scope, id)?.to_vec();
        row[self.column(column).0] = value.clone();
        let row = scope.replace(self.id(), row)?;
        Ok(self.written(&row))
    }

    pub(super) fn delete(&self, scope: &Scope<'_>, id: Id) -> Result<Box<RawValue>, Failure> {
        let row = self.row(scope, id)?;
        let text = write(&Deleted { deleted: row });
        scope.delete(self.id(), id.0)?;
        Ok(text)
    }

    pub(super) fn insert(
        &self,
        scope: &Scope<'_>,
        values: &[&dyn Stored],
    ) -> Result<Box<RawValue>, Failure> {
        // The id comes first.
        let mut row = Vec::with_capacity(values.len() + 1);
        row.extend(values.iter().map(|value| value.stored()));
        let row = scope.insert(self.id(), row)?;
        Ok(self.written(&row))
    }

    fn written(&self, row: &breakroom_sandbox::row::Row) -> Box<RawValue> {
        let table = self.id().table();
        write(&RowObject { table, row })
    }

    /// The rows that hold every word and pass every filter, one page of them, and how many there are in all.
    pub(super) fn search(
        &self,
        scope: &Scope<'_>,
        words: Option<&str>,
        filters: &[Filter],
        page: &Page,
    ) -> Result<Box<RawValue>, Failure> {
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
            words_in: self.words_in,
            conditions: &conditions.collect::<Vec<_>>(),
            sort_by: self.sort_by,
        })?;
        let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
        let skipped = usize::try_from((number - 1).saturating_mul(size)).unwrap_or(usize::MAX);
        let wanted = usize::try_from(size).unwrap_or(usize::MAX);
        let page = found.page(skipped, wanted);
        Ok(write(&Results {
            total,
            page: number,
            pages: (total + size - 1) / size,
            results: page.collect(),
        }))
    }
}

/// A page of a search's results.
#[derive(Serialize)]
struct Results<'a> {
    total: i64,
    page: i64,
    pages: i64,
    results: Vec<RowRef<'a>>,
}

/// A row that is there no more.
#[derive(Serialize)]
struct Deleted<'a> {
    deleted: RowRef<'a>,
}

/// A condition on one column; without a value it asks for nothing.
pub(super) struct Filter {
    column: &'static str,
    operator: Operator,
    value: Option<Value>,
}

impl Filter {
    fn new<T: Stored>(column: &'static str, operator: Operator, value: &Option<T>) -> Filter {
        Filter {
            column,
            operator,
            value: value.as_ref().map(Stored::stored),
        }
    }

    /// Equal, whatever the case.
    pub(super) fn is<T: Stored>(column: &'static str, value: &Option<T>) -> Filter {
        Filter::new(column, Operator::Equal, value)
    }

    pub(super) fn least<T: Stored>(column: &'static str, value: &Option<T>) -> Filter {
        Filter::new(column, Operator::AtLeast, value)
    }

    pub(super) fn most<T: Stored>(column: &'static str, value: &Option<T>) -> Filter {
        Filter::new(column, Operator::AtMost, value)
    }
}

/// Which page of the results, counted from 1, and how many a page has: 1 to 100, 20 unless told.
pub(super) struct Page {
    pub(super) page: Option<i64>,
    pub(super) page_size: Option<i64>,
}
