//! What a tool sees of a session: one database, for reading or for writing.

use std::sync::Arc;

use chrono::NaiveDateTime;
use rusqlite::ToSql;

use super::databases::Databases;
use super::found::{Found, Hits};
use super::guard::Access;
use super::search::Search;
use super::watch::Watch;
use crate::row::{Row, row_id};
use crate::schema::{Database, Table, TableId};
use crate::world::World;
use crate::{Fault, Value};

/// One call's view of one database. Statements name tables as `database.table` and take named parameters.
pub struct Scope<'a> {
    pub(super) databases: &'a Databases,
    pub(super) world: &'a World,
    pub(super) database: Database,
    pub(super) access: Access,
    pub(super) watch: &'a Watch,
}

impl Scope<'_> {
    /// The world that the session started from.
    pub fn world(&self) -> &World {
        self.world
    }

    /// What time it is in the office.
    pub fn now(&self) -> NaiveDateTime {
        self.world.clock()
    }

    /// Runs a statement that changes rows, and returns how many it changed.
    ///
    /// # Errors
    /// A fault, also where the statement leaves the scope's database or access.
    pub fn execute(&self, sql: &str, parameters: &[(&str, &dyn ToSql)]) -> Result<usize, Fault> {
        Ok(self.prepare(sql)?.execute(parameters)?)
    }

    /// Runs a query and maps each of its rows.
    ///
    /// # Errors
    /// A fault, also where the query leaves the scope's database.
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

    /// Runs a query and maps its first row, or returns none where it has no row.
    ///
    /// # Errors
    /// A fault, also where the query leaves the scope's database.
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

    /// Inserts a row under the next id of its table, and returns it with that id. Ids are never used twice in a session, not even
    /// after the row that had one was deleted.
    ///
    /// `row` has the values of the columns after the id, in the order of the definition. They have to be what the schema takes: SQLite reads the
    /// row once a statement is run, which fails then.
    ///
    /// # Errors
    /// A fault, also where the table is not in the scope's database or no id is left.
    ///
    /// # Panics
    /// The row has not one value for each column.
    pub fn insert(&self, table: TableId, mut row: Row) -> Result<Arc<Row>, Fault> {
        self.may(Access::Write, table)?;
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
        Ok(self.write(table, row))
    }

    /// Puts a row in the place of the one with its id, which comes first and has to be there; the rest as for [`insert`](Scope::insert).
    ///
    /// # Errors
    /// A fault where the table is not in the scope's database.
    ///
    /// # Panics
    /// The row has not one value for each column.
    pub fn replace(&self, table: TableId, row: Row) -> Result<Arc<Row>, Fault> {
        self.may(Access::Write, table)?;
        Ok(self.write(table, row))
    }

    fn write(&self, table: TableId, row: Row) -> Arc<Row> {
        let Table {
            columns,
            qualified_name,
            ..
        } = table.table();
        let (given, wanted) = (row.len(), columns.len());
        assert_eq!(given, wanted, "values of a row of {qualified_name}");
        let (id, row) = (row_id(&row), Arc::new(row));
        self.databases.log.write(table, id, Some(Arc::clone(&row)));
        row
    }

    /// Deletes the row with that id, which has to be there.
    ///
    /// # Errors
    /// A fault where the table is not in the scope's database.
    pub fn delete(&self, table: TableId, id: i64) -> Result<(), Fault> {
        self.may(Access::Write, table)?;
        self.databases.log.write(table, id, None);
        Ok(())
    }

    /// The whole row with that id, in the order of the table's columns.
    ///
    /// # Errors
    /// A fault, also where the table is not in the scope's database.
    pub fn row(&self, table: TableId, id: i64) -> Result<Option<Found<'_>>, Fault> {
        self.may(Access::Read, table)?;
        if !self.databases.log.has(table, id) {
            let place = self.world.row_index(table, id);
            return Ok(place.map(|place| Found::of_world(self.world, table, place)));
        }
        let row = self.touched_row(table, id)?;
        Ok(row.map(|row| Found::touched(table, row)))
    }

    /// The rows that a search finds, in its order.
    ///
    /// # Errors
    /// A fault, also where the table is not in the scope's database or the call's time is up.
    pub fn search(&self, search: &Search<'_>) -> Result<Hits<'_>, Fault> {
        self.may(Access::Read, search.table)?;
        let touched = self.databases.log.ids(search.table);
        let own = touched
            .iter()
            .map(|id| self.touched_row(search.table, *id))
            .filter_map(Result::transpose);
        search.find(self.world, &touched, own, self.watch)
    }

    /// A row that a call has touched. All others are the world's.
    fn touched_row(&self, table: TableId, id: i64) -> Result<Option<Arc<Row>>, Fault> {
        if let Some(row) = self.databases.log.row(table, id) {
            return Ok(row);
        }
        let mut statement = self.prepare(&table.table().select_row_sql)?;
        Ok(read_row(&mut statement, id, table)?.map(Arc::new))
    }

    /// Fails where the table is not in the scope's database, or may not be changed.
    fn may(&self, access: Access, table: TableId) -> Result<(), Fault> {
        let own = table.table().database == self.database;
        if !own || (access == Access::Write && self.access == Access::Read) {
            // In the words of the guard, which refuses the statement.
            self.prepare(match access {
                Access::Read => &table.table().select_row_sql,
                Access::Write => &table.table().insert_row_sql,
            })?;
        }
        Ok(())
    }

    /// Whole rows of a table, in the order of its columns; `clauses` follow the table's name (`WHERE …`, `ORDER BY …`).
    ///
    /// # Errors
    /// A fault, also where the table is not in the scope's database.
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
        self.watch.paused(|| self.databases.ready(self.access))?;
        self.databases.statement(self.database, self.access, sql)
    }
}

/// Reads the row with that id by a table's `select_row_sql`.
pub(crate) fn read_row(
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
