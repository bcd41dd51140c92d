//! A world as plain rows: what generators make, folders hold and images are built from.

use chrono::NaiveDateTime;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

/// The values of one row, in the order of its table's columns.
pub type Row = Vec<Value>;

/// Someone in the company directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// First and last name.
    pub name: String,
    /// The address by which every database knows them.
    pub email: String,
    /// What they do.
    pub role: String,
}

/// A world as plain rows.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldData {
    /// What the world is called.
    pub name: String,
    /// What time it is in the office.
    pub clock: NaiveDateTime,
    /// The address of the person whose office it is.
    pub owner: String,
    /// Everyone in the company, the owner included.
    pub directory: Vec<Colleague>,
    /// Rows by table, in the order of [`schema::tables`](crate::schema::tables).
    pub tables: Vec<Vec<Row>>,
}
