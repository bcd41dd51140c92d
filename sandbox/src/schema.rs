//! The five databases: the tables and columns that `schema/*.sql` defines, and the comparison policy of each column from
//! `schema/columns.toml`. Rows of data do not belong here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDateTime, Timelike};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::sqlite::configure_sqlite;

/// One of the five databases. Its name is the schema name in SQL, the file name of an export and the domain of its tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Database {
    /// The owner's meetings.
    Calendar,
    /// The owner's mailbox.
    Email,
    /// Visits to the website, and plots of them.
    Analytics,
    /// Tasks on three boards.
    ProjectManagement,
    /// Customers and leads.
    CustomerRelationshipManager,
}

impl Database {
    /// All five, in the order in which sessions attach them.
    pub const ALL: [Database; 5] = [
        Database::Calendar,
        Database::Email,
        Database::Analytics,
        Database::ProjectManagement,
        Database::CustomerRelationshipManager,
    ];

    /// The name in SQL, on disk and in tool names.
    pub const fn name(self) -> &'static str {
        match self {
            Database::Calendar => "calendar",
            Database::Email => "email",
            Database::Analytics => "analytics",
            Database::ProjectManagement => "project_management",
            Database::CustomerRelationshipManager => "customer_relationship_manager",
        }
    }

    /// The SQL that creates its tables and indices.
    pub const fn definition(self) -> &'static str {
        match self {
            Database::Calendar => include_str!("../schema/calendar.sql"),
            Database::Email => include_str!("../schema/email.sql"),
            Database::Analytics => include_str!("../schema/analytics.sql"),
            Database::ProjectManagement => include_str!("../schema/project_management.sql"),
            Database::CustomerRelationshipManager => {
                include_str!("../schema/customer_relationship_manager.sql")
            }
        }
    }
}

/// How a verdict compares the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonPolicy {
    /// Equal if the stored values are equal.
    Exact,
    /// Equal if the texts are equal, ignoring case.
    Folded,
    /// Assigned by the database. Never compared; used to match up the rows that two sessions created.
    Generated,
    /// The id of a row of the same table. Equal if both ids refer to the same row once created rows are matched up.
    Reference,
}

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// A 64-bit integer.
    Integer,
    /// UTF-8 text.
    Text,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// The name in SQL, in CSV headers and in tool results.
    pub name: String,
    /// How verdicts compare its values.
    pub policy: ComparisonPolicy,
    /// The type of its values.
    pub column_type: ColumnType,
    /// Whether it may be NULL.
    pub nullable: bool,
}

impl Column {
    /// Whether the values are row ids, which are shown with eight digits.
    pub fn is_id(&self) -> bool {
        matches!(
            self.policy,
            ComparisonPolicy::Generated | ComparisonPolicy::Reference
        )
    }
}

/// A table. The first column is its integer primary key.
#[derive(Clone, Debug)]
pub struct Table {
    /// The database that holds it.
    pub database: Database,
    /// The name within that database.
    pub name: String,
    /// The columns, in the order of the SQL definition.
    pub columns: Vec<Column>,
    /// `database.table`, as used in SQL and in reports.
    pub qualified_name: String,
    pub(crate) select_sql: String,
    pub(crate) select_row_sql: String,
    pub(crate) select_all_sql: String,
    pub(crate) insert_row_sql: String,
    pub(crate) delete_row_sql: String,
}

impl PartialEq for Table {
    fn eq(&self, other: &Table) -> bool {
        self.qualified_name == other.qualified_name
    }
}

impl Table {
    /// Describes a table whose primary key is the first of `columns`.
    pub fn new(database: Database, name: String, columns: Vec<Column>) -> Self {
        let qualified_name = format!("{}.{name}", database.name());
        let names = columns
            .iter()
            .map(|column| column.name.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        let key = &columns[0].name;
        Table {
            select_row_sql: format!("SELECT {names} FROM {qualified_name} WHERE {key} = ?1"),
            select_all_sql: format!("SELECT {names} FROM {qualified_name} ORDER BY {key}"),
            select_sql: format!("SELECT {names} FROM {qualified_name}"),
            insert_row_sql: insert_statement(&qualified_name, columns.len()),
            delete_row_sql: format!("DELETE FROM {qualified_name} WHERE {key} = ?1"),
            database,
            name,
            columns,
            qualified_name,
        }
    }

    /// The statement that inserts a whole row into this table of the connection's main database.
    pub(crate) fn insert_into_main_sql(&self) -> String {
        insert_statement(&format!("main.{}", self.name), self.columns.len())
    }

    /// The index of the column with that name.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

fn insert_statement(table: &str, columns: usize) -> String {
    let parameters = (1..=columns)
        .map(|number| format!("?{number}"))
        .collect::<Vec<_>>()
        .join(", ");
    format!("INSERT INTO {table} VALUES ({parameters})")
}

/// The index of a table in [`tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub(crate) u8);

impl TableId {
    /// All tables, in order.
    pub fn all() -> impl Iterator<Item = TableId> {
        (0..tables().len()).map(TableId::from_index)
    }

    /// Finds a table by the names of its database and itself.
    pub fn find(database: &str, name: &str) -> Option<TableId> {
        TableId::all().find(|id| id.table().name == name && id.table().database.name() == database)
    }

    /// The table's definition.
    pub fn table(self) -> &'static Table {
        &tables()[self.index()]
    }

    /// The table's index in [`tables`] and in [`WorldData::tables`](crate::world::WorldData::tables).
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The table at that index of [`tables`].
    pub(crate) fn from_index(index: usize) -> TableId {
        TableId(u8::try_from(index).expect("there are fewer than 256 tables"))
    }
}

/// All tables, grouped by database in the order of [`Database::ALL`], then in the order of their definitions.
pub fn tables() -> &'static [Table] {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
        let policies: PoliciesByColumn = toml::from_str(include_str!("../schema/columns.toml"))
            .expect("columns.toml is valid: a test reads it");
        Database::ALL
            .into_iter()
            .flat_map(|database| {
                read_tables(database, &policies)
                    .expect("the definitions are valid SQL: a test runs them")
            })
            .collect()
    });
    &TABLES
}

/// Policies by the names of database, table and column.
type PoliciesByColumn = BTreeMap<String, BTreeMap<String, BTreeMap<String, ComparisonPolicy>>>;

/// Reads a database's tables back from SQLite, so that the SQL is their only definition.
fn read_tables(database: Database, policies: &PoliciesByColumn) -> rusqlite::Result<Vec<Table>> {
    configure_sqlite();
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(database.definition())?;
    let mut statement = connection.prepare(
        "SELECT m.name, c.name, c.type, c.\"notnull\" OR c.pk FROM sqlite_schema m, pragma_table_info(m.name) c
         WHERE m.type = 'table' ORDER BY m.rowid, c.cid",
    )?;
    let mut rows = statement.query([])?;
    let mut tables: Vec<(String, Vec<Column>)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (table, name, declared_type, required): (String, String, String, bool) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let policy = policies
            .get(database.name())
            .and_then(|it| it.get(&table))
            .and_then(|it| it.get(&name));
        let column = Column {
            policy: *policy.unwrap_or_else(|| panic_missing_policy(database, &table, &name)),
            column_type: if declared_type == "INTEGER" {
                ColumnType::Integer
            } else {
                ColumnType::Text
            },
            nullable: !required,
            name,
        };
        match tables.last_mut() {
            Some((last, columns)) if *last == table => columns.push(column),
            _ => tables.push((table, vec![column])),
        }
    }
    Ok(tables
        .into_iter()
        .map(|(name, columns)| Table::new(database, name, columns))
        .collect())
}

/// Whether a row can store a time. SQLite's date functions accept only years of four digits and no leap seconds.
pub fn is_storable_time(time: NaiveDateTime) -> bool {
    (0..=9_999).contains(&time.year()) && time.nanosecond() < 1_000_000_000
}

#[allow(
    clippy::panic,
    reason = "a build whose schema and policies disagree must not run; a test reads every column"
)]
fn panic_missing_policy(database: Database, table: &str, column: &str) -> ! {
    panic!(
        "schema/columns.toml has no policy for {}.{table}.{column}: add one",
        database.name()
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_policy_and_every_policy_a_column() {
        let policies: PoliciesByColumn =
            toml::from_str(include_str!("../schema/columns.toml")).unwrap();
        let mut listed: Vec<String> = Vec::new();
        for (database, tables) in &policies {
            for (table, columns) in tables {
                listed.extend(
                    columns
                        .keys()
                        .map(|column| format!("{database}.{table}.{column}")),
                );
            }
        }
        let mut defined: Vec<String> = tables()
            .iter()
            .flat_map(|table| {
                table
                    .columns
                    .iter()
                    .map(|column| format!("{}.{}", table.qualified_name, column.name))
            })
            .collect();
        listed.sort();
        defined.sort();
        assert_eq!(listed, defined);
    }

    #[test]
    fn the_first_column_is_the_generated_key() {
        for table in tables() {
            assert_eq!(
                table.columns[0].policy,
                ComparisonPolicy::Generated,
                "{}",
                table.qualified_name
            );
            assert!(
                table.columns[1..]
                    .iter()
                    .all(|column| column.policy != ComparisonPolicy::Generated)
            );
        }
    }

    #[test]
    fn schemas_avoid_what_the_update_hook_does_not_report() {
        for database in Database::ALL {
            let definition = database.definition().to_uppercase();
            for clause in [
                "WITHOUT ROWID",
                "ON CONFLICT REPLACE",
                "CREATE TRIGGER",
                "ON DELETE",
            ] {
                assert!(
                    !definition.contains(clause),
                    "{} uses {clause}",
                    database.name()
                );
            }
        }
    }
}
