//! What a tool sees of a session: one database, for reading or for writing.

use std::sync::Arc;

use chrono::NaiveDateTime;
use rusqlite::ToSql;

use super::change_log::RowState;
use super::deadline::Deadline;
use super::row_ref::RowRef;
use super::scope_authorizer::Access;
use super::search::Search;
use super::search_results::SearchResults;
use super::session_databases::SessionDatabases;
use super::write_through::is_write_through;
use crate::row::{Row, row_id};
use crate::schema::{Database, Table, TableId};
use crate::world::World;
use crate::{Fault, Value};

/// One call's view of one database. Statements name tables as `database.table` and take named parameters.
pub struct Scope<'a> {
    pub(super) databases: &'a SessionDatabases,
    pub(super) world: &'a World,
    pub(super) database: Database,
    pub(super) access: Access,
    pub(super) deadline: &'a Deadline,
}

impl Scope<'_> {
    /// The world that the session started from.
    pub fn world(&self) -> &World {
        self.world
    }

    /// The current time in the office.
    pub fn now(&self) -> NaiveDateTime {
        self.world.clock()
    }

    /// Runs a statement that changes rows, and returns the number of changed rows.
    ///
    /// # Errors
    /// Fails if SQLite does, or if the statement exceeds the scope's database or access.
    pub fn execute(&self, sql: &str, parameters: &[(&str, &dyn ToSql)]) -> Result<usize, Fault> {
        Ok(self.prepare(sql)?.execute(parameters)?)
    }

    /// Runs a query and maps each row.
    ///
    /// # Errors
    /// Fails if SQLite does, or if the query reads another database.
    pub fn query<T>(
        &self,
        sql: &str,
        parameters: &[(&str, &dyn ToSql)],
        map: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Fault> {
        Ok(self
            .prepare(sql)?
            .query_map(parameters, map)?
            .collect::<Result<_, _>>()?)
    }

    /// Runs a query and maps its first row. Returns `None` if there is no row.
    ///
    /// # Errors
    /// Fails if SQLite does, or if the query reads another database.
    pub fn first<T>(
        &self,
        sql: &str,
        parameters: &[(&str, &dyn ToSql)],
        map: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Fault> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(parameters)?;
        Ok(rows.next()?.map(map).transpose()?)
    }

    /// Inserts a row under the next id of its table, and returns it with that id. A session never uses an id twice, not even after
    /// the row with that id was deleted.
    ///
    /// `row` holds the values of the columns after the id, in the order of the definition. The schema must accept them: SQLite
    /// checks the row only when the next statement runs, and a violation makes that statement fail.
    ///
    /// # Errors
    /// Fails if the table is not in the scope's database, the scope is read-only, or no id is left.
    ///
    /// # Panics
    /// Panics if the row does not have one value for each column.
    pub fn insert(&self, table: TableId, mut row: Row) -> Result<Arc<Row>, Fault> {
        self.check_access(Access::Write, table)?;
        let largest = self
            .world
            .largest_id(table)
            .max(self.databases.log.largest_id(table))
            .unwrap_or(-1);
        let id = largest + 1;
        if id > 99_999_999 {
            return Err(Fault::IdsExhausted {
                table: table.table().qualified_name.clone(),
            });
        }
        row.insert(0, Value::Integer(id));
        self.write(table, row)
    }

    /// Replaces the row whose id is the first value of `row`. That row must exist. Otherwise like [`insert`](Scope::insert).
    ///
    /// # Errors
    /// Fails if the table is not in the scope's database, or the scope is read-only.
    ///
    /// # Panics
    /// Panics if the row does not have one value for each column.
    pub fn replace(&self, table: TableId, row: Row) -> Result<Arc<Row>, Fault> {
        self.check_access(Access::Write, table)?;
        self.write(table, row)
    }

    fn write(&self, table: TableId, row: Row) -> Result<Arc<Row>, Fault> {
        let Table {
            columns,
            qualified_name,
            ..
        } = table.table();
        let (actual, expected) = (row.len(), columns.len());
        assert_eq!(
            actual, expected,
            "number of values of a row of {qualified_name}"
        );
        let (id, row) = (row_id(&row), Arc::new(row));
        self.record_write(table, id, Some(Arc::clone(&row)))?;
        Ok(row)
    }

    /// Deletes the row with that id. It must exist.
    ///
    /// # Errors
    /// Fails if the table is not in the scope's database, or the scope is read-only.
    pub fn delete(&self, table: TableId, id: i64) -> Result<(), Fault> {
        self.check_access(Access::Write, table)?;
        self.record_write(table, id, None)
    }

    fn record_write(&self, table: TableId, id: i64, row: Option<Arc<Row>>) -> Result<(), Fault> {
        self.databases.log.record_write(table, id, row);
        if is_write_through() {
            self.deadline
                .suspend(|| self.databases.write_through(self.access))?;
        }
        Ok(())
    }

    /// The row with that id, in the order of the table's columns.
    ///
    /// # Errors
    /// Fails if SQLite does, or if the table is not in the scope's database.
    pub fn row(&self, table: TableId, id: i64) -> Result<Option<RowRef<'_>>, Fault> {
        self.check_access(Access::Read, table)?;
        match self.databases.log.row_state(table, id) {
            None => {
                let index = self.world.row_index(table, id);
                Ok(index.map(|index| RowRef::of_world(self.world, table, index)))
            }
            Some(state) => {
                let row = self.touched_row(table, id, state)?;
                Ok(row.map(|row| RowRef::of_session(table, row)))
            }
        }
    }

    /// The rows that a search finds, in its order.
    ///
    /// # Errors
    /// Fails if SQLite does, if the table is not in the scope's database, or if the call has used up its time.
    pub fn search(&self, search: &Search<'_>) -> Result<SearchResults<'_>, Fault> {
        self.check_access(Access::Read, search.table)?;
        let log = &self.databases.log;
        let touched_ids = log.touched_ids(search.table);
        let touched_rows = touched_ids
            .iter()
            .filter_map(|id| Some((*id, log.row_state(search.table, *id)?)))
            .map(|(id, state)| self.touched_row(search.table, id, state))
            .filter_map(Result::transpose);
        search.run(self.world, &touched_ids, touched_rows, self.deadline)
    }

    /// A row that a call has touched, or `None` if it was deleted.
    fn touched_row(
        &self,
        table: TableId,
        id: i64,
        state: RowState,
    ) -> Result<Option<Arc<Row>>, Fault> {
        match state {
            RowState::InLog { row, .. } => Ok(row),
            RowState::InDatabase => {
                let mut statement = self.prepare(&table.table().select_row_sql)?;
                Ok(read_row(&mut statement, id, table)?.map(Arc::new))
            }
        }
    }

    /// Fails if the table is not in the scope's database, or if the scope may not write it.
    fn check_access(&self, access: Access, table: TableId) -> Result<(), Fault> {
        let is_own = table.table().database == self.database;
        if !is_own || (access == Access::Write && self.access == Access::Read) {
            // The authorizer refuses this statement, so the error is the same as for a statement of the tool's own.
            self.prepare(match access {
                Access::Read => &table.table().select_row_sql,
                Access::Write => &table.table().insert_row_sql,
            })?;
        }
        Ok(())
    }

    /// Whole rows of a table, in the order of its columns. `clauses` follow the table's name (`WHERE …`, `ORDER BY …`).
    ///
    /// # Errors
    /// Fails if SQLite does, or if the table is not in the scope's database.
    pub fn rows(
        &self,
        table: TableId,
        clauses: &str,
        parameters: &[(&str, &dyn ToSql)],
    ) -> Result<Vec<Row>, Fault> {
        let columns = table.table().columns.len();
        let select = format!("{} {clauses}", table.table().select_sql);
        self.query(&select, parameters, |row| {
            (0..columns).map(|column| row.get(column)).collect()
        })
    }

    fn prepare(&self, sql: &str) -> Result<rusqlite::CachedStatement<'_>, Fault> {
        self.deadline
            .suspend(|| self.databases.prepare_for_statement(self.access))?;
        self.databases.statement(self.database, self.access, sql)
    }
}

/// Reads the row with that id. `statement` is the table's `select_row_sql`.
pub(super) fn read_row(
    statement: &mut rusqlite::Statement<'_>,
    id: i64,
    table: TableId,
) -> Result<Option<Row>, Fault> {
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(
        (0..table.table().columns.len())
            .map(|column| row.get(column))
            .collect::<Result<_, _>>()?,
    ))
}
