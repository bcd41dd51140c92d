//! The five databases: their tables and columns as `schema/*.sql` defines them, and the comparison policy that
//! `schema/columns.toml` gives each column. Rows of data do not belong here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDateTime, Timelike};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::world::configure_sqlite;

/// One of the five databases. Its name is the schema name in SQL, the file name of an export, and the domain of its tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Database {
    /// Meetings of the owner.
    Calendar,
    /// The owner's mailbox.
    Email,
    /// Visits to the web site, and plots of them.
    Analytics,
    /// Tasks on three boards.
    ProjectManagement,
    /// Customers and leads.
    CustomerRelationshipManager,
}

impl Database {
    /// All five, in the order in which they are attached.
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

    /// The statements that create its tables and indices.
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
pub enum Policy {
    /// Equal as stored.
    Exact,
    /// Equal as text, whatever the case.
    Folded,
    /// Handed out by the database: never compared, and what created rows are renamed by.
    Generated,
    /// The id of a row of the same table: equal once created rows are renamed.
    Reference,
}

/// What a column stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// A 64-bit whole number.
    Integer,
    /// Text in UTF-8.
    Text,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name in SQL, in CSV headers and in tool results.
    pub name: String,
    /// How verdicts compare it.
    pub policy: Policy,
    /// What it stores.
    pub storage: Storage,
    /// Whether it may be NULL.
    pub nullable: bool,
}

impl Column {
    /// Whether the values are row ids, which people and agents read as eight digits.
    pub fn is_id(&self) -> bool {
        matches!(self.policy, Policy::Generated | Policy::Reference)
    }
}

/// A table; the first column is its integer primary key.
#[derive(Clone, Debug)]
pub struct Table {
    /// The database that holds it.
    pub database: Database,
    /// Its name within that database.
    pub name: String,
    /// Its columns in the order of the definition.
    pub columns: Vec<Column>,
    /// `database.table`, as SQL and reports write it.
    pub qualified_name: String,
    pub(crate) select: String,
    pub(crate) select_row: String,
    pub(crate) select_all: String,
    pub(crate) insert_row: String,
    pub(crate) delete_row: String,
}

impl PartialEq for Table {
    fn eq(&self, other: &Table) -> bool {
        self.qualified_name == other.qualified_name
    }
}

impl Table {
    /// A table of these columns, of which the first is the key.
    pub fn new(database: Database, name: String, columns: Vec<Column>) -> Self {
        let qualified_name = format!("{}.{name}", database.name());
        let names = columns
            .iter()
            .map(|column| column.name.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        let key = &columns[0].name;
        Table {
            select_row: format!("SELECT {names} FROM {qualified_name} WHERE {key} = ?1"),
            select_all: format!("SELECT {names} FROM {qualified_name} ORDER BY {key}"),
            select: format!("SELECT {names} FROM {qualified_name}"),
            insert_row: insert(&qualified_name, columns.len()),
            delete_row: format!("DELETE FROM {qualified_name} WHERE {key} = ?1"),
            database,
            name,
            columns,
            qualified_name,
        }
    }

    /// The statement that inserts a whole row where this table is one of the connection's main database.
    pub(crate) fn insert_into_main(&self) -> String {
        insert(&format!("main.{}", self.name), self.columns.len())
    }

    /// The position of a column by name.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

fn insert(table: &str, columns: usize) -> String {
    let slots = (1..=columns)
        .map(|slot| format!("?{slot}"))
        .collect::<Vec<_>>()
        .join(", ");
    format!("INSERT INTO {table} VALUES ({slots})")
}

/// The place of a table in [`tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub(crate) u8);

impl TableId {
    /// All tables, in order.
    pub fn all() -> impl Iterator<Item = TableId> {
        (0..tables().len()).map(TableId::at)
    }

    /// Finds a table of a database by name.
    pub fn find(database: &str, name: &str) -> Option<TableId> {
        TableId::all().find(|id| id.table().name == name && id.table().database.name() == database)
    }

    /// Its definition.
    pub fn table(self) -> &'static Table {
        &tables()[self.index()]
    }

    /// Its place in [`tables`] and in [`WorldData::tables`](crate::world::WorldData::tables).
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The table in that place.
    pub(crate) fn at(index: usize) -> TableId {
        TableId(u8::try_from(index).expect("there are fewer than 256 tables"))
    }
}

/// All tables, by database in the order of [`Database::ALL`] and then as defined.
pub fn tables() -> &'static [Table] {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
        let policies: Policies = toml::from_str(include_str!("../schema/columns.toml"))
            .expect("columns.toml is valid, a test reads it");
        Database::ALL
            .into_iter()
            .flat_map(|database| {
                read_tables(database, &policies)
                    .expect("the definitions are valid SQL, a test runs them")
            })
            .collect()
    });
    &TABLES
}

/// Policies by database, table and column.
type Policies = BTreeMap<String, BTreeMap<String, BTreeMap<String, Policy>>>;

/// Reads the tables of a database back from SQLite itself, so that the definitions are written once.
fn read_tables(database: Database, policies: &Policies) -> rusqlite::Result<Vec<Table>> {
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
        let (table, name, kind, required): (String, String, String, bool) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let policy = policies
            .get(database.name())
            .and_then(|it| it.get(&table))
            .and_then(|it| it.get(&name));
        let column = Column {
            policy: *policy.unwrap_or_else(|| unlisted(database, &table, &name)),
            storage: if kind == "INTEGER" {
                Storage::Integer
            } else {
                Storage::Text
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

/// Whether a time can be written into a row: SQLite knows years of four digits, and sixty seconds in a minute.
pub fn takes_time(time: NaiveDateTime) -> bool {
    (0..=9_999).contains(&time.year()) && time.nanosecond() < 1_000_000_000
}

#[allow(
    clippy::panic,
    reason = "a build whose schema and policies disagree must not run; the tests read every column"
)]
fn unlisted(database: Database, table: &str, column: &str) -> ! {
    panic!(
        "schema/columns.toml gives no policy for {}.{table}.{column}: add one",
        database.name()
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_policy_and_every_policy_a_column() {
        let policies: Policies = toml::from_str(include_str!("../schema/columns.toml")).unwrap();
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
                Policy::Generated,
                "{}",
                table.qualified_name
            );
            assert!(
                table.columns[1..]
                    .iter()
                    .all(|column| column.policy != Policy::Generated)
            );
        }
    }

    #[test]
    fn schemas_use_nothing_that_the_update_hook_misses() {
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
