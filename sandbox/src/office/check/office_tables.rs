//! What the rules read: the tables of an office by name, and their rows by column.

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use crate::Value;
use crate::row::Row;
use crate::schema::TableId;
use crate::world::World;

/// The tables of an office by name, and the addresses of its people.
pub(super) struct OfficeTables<'a> {
    pub(super) world: &'a World,
    pub(super) events: TableRows<'a>,
    pub(super) mails: TableRows<'a>,
    pub(super) visits: TableRows<'a>,
    pub(super) tasks: TableRows<'a>,
    pub(super) customers: TableRows<'a>,
    pub(super) colleague_addresses: HashSet<&'a str>,
    pub(super) customer_addresses: HashSet<&'a str>,
}

/// A table's rows, whose values are read by column name.
#[derive(Clone, Copy)]
pub(super) struct TableRows<'a> {
    pub(super) table: TableId,
    pub(super) rows: &'a [Row],
}

impl<'a> TableRows<'a> {
    pub(super) fn new(world: &'a World, database: &str, table: &str) -> Self {
        let table = TableId::find(database, table)
            .expect("the schema has the tables named here: a test reads them");
        TableRows {
            table,
            rows: world.rows(table),
        }
    }

    /// The text in a column, or an empty text if it is NULL.
    pub(super) fn text(&self, row: &'a Row, column: &str) -> &'a str {
        match &row[self.column(column)] {
            Value::Text(text) => text,
            _ => "",
        }
    }

    pub(super) fn number(&self, row: &Row, column: &str) -> Option<i64> {
        match row[self.column(column)] {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }

    pub(super) fn day(&self, row: &'a Row, column: &str) -> Option<NaiveDate> {
        self.text(row, column).parse().ok()
    }

    pub(super) fn time(&self, row: &'a Row, column: &str) -> Option<NaiveDateTime> {
        NaiveDateTime::parse_from_str(self.text(row, column), "%Y-%m-%d %H:%M:%S").ok()
    }

    pub(super) fn texts(&self, column: &str) -> HashSet<&'a str> {
        let column = self.column(column);
        let texts = self.rows.iter().filter_map(|row| match &row[column] {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    fn column(&self, name: &str) -> usize {
        self.table
            .table()
            .column_index(name)
            .expect("the schema has the columns named here: a test reads them")
    }
}

impl<'a> OfficeTables<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        let customers = TableRows::new(world, "customer_relationship_manager", "customer");
        OfficeTables {
            world,
            events: TableRows::new(world, "calendar", "event"),
            mails: TableRows::new(world, "email", "email"),
            visits: TableRows::new(world, "analytics", "visit"),
            tasks: TableRows::new(world, "project_management", "task"),
            customer_addresses: customers.texts("customer_email"),
            customers,
            colleague_addresses: world
                .directory()
                .iter()
                .map(|colleague| colleague.email.as_str())
                .collect(),
        }
    }

    /// The start and end of a meeting.
    pub(super) fn span(&self, row: &'a Row) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let start = self.events.time(row, "event_start")?;
        Some((
            start,
            start + TimeDelta::minutes(self.events.number(row, "duration")?),
        ))
    }
}
