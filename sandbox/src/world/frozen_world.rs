//! The world itself: immutable, and shared by all its sessions.

use std::sync::{Arc, OnceLock};

use chrono::NaiveDateTime;
use serde_json::value::{RawValue, to_raw_value};

use super::column_order::{ColumnOrders, SortedRows};
use super::database_image::DatabaseImage;
use super::manifest::checksum;
use super::word_index::{WordIndex, WordIndexes};
use crate::row::{Row, RowObject, row_id};
use crate::schema::{Database, TableId};
use crate::world::{Colleague, WorldData, WorldError};

/// Frozen seed data: five database images, a directory, a clock, an owner, and a checksum over all of it.
#[derive(Debug)]
pub struct World {
    data: WorldData,
    checksum: String,
    images: [DatabaseImage; 5],
    /// The lower-case text in which a search looks for each colleague.
    directory_texts: Vec<String>,
    /// The JSON of each colleague.
    directory_json: Vec<Box<RawValue>>,
    /// Word indexes by table.
    word_indexes: Vec<WordIndexes>,
    /// Row orders by table and column.
    column_orders: Vec<Vec<ColumnOrders>>,
    /// The JSON of each row, by table.
    row_json: Vec<Box<[CachedRowJson]>>,
}

/// The JSON of a row, serialized at its first use and then shared by all sessions.
#[derive(Debug, Default)]
pub(crate) struct CachedRowJson(OnceLock<Box<RawValue>>);

impl CachedRowJson {
    pub(crate) fn get_or_serialize(&self, row: &RowObject<'_>) -> &RawValue {
        self.0
            .get_or_init(|| to_raw_value(row).expect("a row holds only text and numbers"))
    }
}

impl World {
    /// Freezes plain rows. The rows of each table are sorted by id.
    ///
    /// # Errors
    /// Names the table and id of every row that violates the schema (a duplicate id, a value outside a closed set). Also fails
    /// if the owner is not an address or no row could store the clock.
    pub fn freeze(mut data: WorldData) -> Result<Arc<World>, WorldError> {
        data.check_facts()?;
        data.check_shape()?;
        for rows in &mut data.tables {
            rows.sort_by_key(row_id);
        }
        let (mut images, mut refused) = (Vec::with_capacity(5), Vec::new());
        for database in Database::ALL {
            let image = DatabaseImage::build(database, &data.tables, &mut refused);
            images.push(image.map_err(|source| WorldError::Database {
                database: database.name(),
                source,
            })?);
        }
        if !refused.is_empty() {
            return Err(WorldError::Refused { rows: refused });
        }
        let images = images
            .try_into()
            .expect("there is one image for each of the five databases");
        let directory = &data.directory;
        let text = |colleague: &Colleague| format!("{} {}", colleague.name, colleague.email);
        let json = |it: &Colleague| to_raw_value(it).expect("a colleague holds only text");
        let row_json = |rows: &Vec<Row>| rows.iter().map(|_| CachedRowJson::default()).collect();
        let orders = |id: TableId| {
            let columns = id.table().columns.iter();
            columns.map(|_| ColumnOrders::default()).collect()
        };
        Ok(Arc::new(World {
            checksum: checksum(&data),
            images,
            directory_texts: directory.iter().map(|it| text(it).to_lowercase()).collect(),
            directory_json: directory.iter().map(json).collect(),
            word_indexes: TableId::all().map(|_| WordIndexes::default()).collect(),
            column_orders: TableId::all().map(orders).collect(),
            row_json: data.tables.iter().map(row_json).collect(),
            data,
        }))
    }

    /// The world's name.
    pub fn name(&self) -> &str {
        &self.data.name
    }

    /// The current time in the office.
    pub fn clock(&self) -> NaiveDateTime {
        self.data.clock
    }

    /// The address of the person whose office this is.
    pub fn owner(&self) -> &str {
        &self.data.owner
    }

    /// Everyone in the company.
    pub fn directory(&self) -> &[Colleague] {
        &self.data.directory
    }

    /// For each person in the company, their name and address in lower case, and their JSON.
    pub fn directory_entries(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        let texts = self.directory_texts.iter().map(String::as_str);
        texts.zip(self.directory_json.iter().map(Box::as_ref))
    }

    /// SHA-256, in hexadecimal, over the manifest's facts and every row.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// The world as plain rows, each table sorted by id.
    pub fn data(&self) -> &WorldData {
        &self.data
    }

    /// The rows of a table, sorted by id.
    pub fn rows(&self, table: TableId) -> &[Row] {
        &self.data.tables[table.index()]
    }

    /// The row with that id, if the world has it.
    pub fn row(&self, table: TableId, id: i64) -> Option<&Row> {
        Some(&self.rows(table)[self.row_index(table, id)?])
    }

    /// The index of the row with that id among its table's rows.
    pub(crate) fn row_index(&self, table: TableId, id: i64) -> Option<usize> {
        self.rows(table).binary_search_by_key(&id, row_id).ok()
    }

    /// The JSON of each row of a table, sorted by id.
    pub(crate) fn row_json(&self, table: TableId) -> &[CachedRowJson] {
        &self.row_json[table.index()]
    }

    /// The largest id of a table, or `None` if the table is empty.
    pub fn largest_id(&self, table: TableId) -> Option<i64> {
        self.rows(table).last().map(row_id)
    }

    /// A database as the bytes of a SQLite file.
    pub fn image(&self, database: Database) -> &[u8] {
        self.images[database as usize].bytes()
    }

    /// The index of the words in some columns of a table.
    pub(crate) fn word_index(&self, table: TableId, columns: &[usize]) -> Arc<WordIndex> {
        self.word_indexes[table.index()].get_or_build(self.rows(table), columns)
    }

    /// A table's rows, sorted by a column.
    pub(crate) fn sorted_rows(
        &self,
        table: TableId,
        column: usize,
        descending: bool,
    ) -> &SortedRows {
        self.column_orders[table.index()][column].get_or_sort(self.rows(table), column, descending)
    }

    pub(crate) fn images(&self) -> &[DatabaseImage; 5] {
        &self.images
    }
}
