//! What the rules look up: the tables by name, their rows by column.

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use crate::Value;
use crate::row::Row;
use crate::schema::TableId;
use crate::world::World;

/// The tables by name, and what rules look up.
pub(super) struct Facts<'a> {
    pub(super) world: &'a World,
    pub(super) events: Rows<'a>,
    pub(super) mails: Rows<'a>,
    pub(super) visits: Rows<'a>,
    pub(super) tasks: Rows<'a>,
    pub(super) customers: Rows<'a>,
    pub(super) colleagues: HashSet<&'a str>,
    pub(super) clients: HashSet<&'a str>,
}

/// A table's rows, read by column name.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) table: TableId,
    pub(super) rows: &'a [Row],
}

impl<'a> Rows<'a> {
    pub(super) fn new(world: &'a World, database: &str, table: &str) -> Self {
        let table = TableId::find(database, table)
            .expect("the tables named here are those of the schema, a test reads them");
        Rows {
            table,
            rows: world.rows(table),
        }
    }

    /// The text in a column; empty where it is NULL.
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
            .expect("the columns named here are those of the schema, a test reads them")
    }
}

impl<'a> Facts<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        let customers = Rows::new(world, "customer_relationship_manager", "customer");
        Facts {
            world,
            events: Rows::new(world, "calendar", "event"),
            mails: Rows::new(world, "email", "email"),
            visits: Rows::new(world, "analytics", "visit"),
            tasks: Rows::new(world, "project_management", "task"),
            clients: customers.texts("customer_email"),
            customers,
            colleagues: world
                .directory()
                .iter()
                .map(|colleague| colleague.email.as_str())
                .collect(),
        }
    }

    /// The start and end of an event.
    pub(super) fn span(&self, row: &'a Row) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let start = self.events.time(row, "event_start")?;
        Some((
            start,
            start + TimeDelta::minutes(self.events.number(row, "duration")?),
        ))
    }
}
