//! The world itself: immutable, shared by all its sessions.

use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

use chrono::NaiveDateTime;
use serde_json::value::{RawValue, to_raw_value};

use crate::row::{Row, RowObject, row_id};
use crate::schema::{Database, TableId};
use crate::world::order::{Orders, Ranking};
use crate::world::text::{Text, Texts};
use crate::world::{Colleague, Image, WorldData, WorldError, folder};

/// Frozen seed data: five database images, a directory, a clock, an owner, and a checksum over all of it.
#[derive(Debug)]
pub struct World {
    data: WorldData,
    checksum: String,
    images: [Image; 5],
    /// What each colleague can be found by.
    names: Vec<String>,
    /// Each colleague as they are written.
    colleagues: Vec<Box<RawValue>>,
    /// The text of each table.
    texts: Vec<Texts>,
    /// The orders of each table by column.
    orders: Vec<Vec<Orders>>,
    /// The rows of each table as they are written.
    written: Vec<Box<[WrittenRow]>>,
}

/// A row as it is written, once somebody asked for it.
#[derive(Debug, Default)]
pub(crate) struct WrittenRow(OnceLock<Box<RawValue>>);

impl WrittenRow {
    pub(crate) fn of(&self, row: &RowObject<'_>) -> &RawValue {
        self.0
            .get_or_init(|| to_raw_value(row).expect("a row is text and numbers"))
    }
}

impl World {
    /// The world that ships, compiled into the program.
    pub fn office() -> Arc<World> {
        static OFFICE: LazyLock<Arc<World>> = LazyLock::new(|| {
            folder::read_embedded_office().expect("the embedded world is valid, a test reads it")
        });
        Arc::clone(&OFFICE)
    }

    /// Reads a world's folder.
    ///
    /// # Errors
    /// Names the file, and the line and column where there is one, that is missing, malformed or not what the manifest's
    /// checksum covers.
    pub fn read(folder: &Path) -> Result<Arc<World>, WorldError> {
        folder::read(folder)
    }

    /// Freezes plain rows. Rows are put in the order of their ids.
    ///
    /// # Errors
    /// A row that the schema refuses (a duplicate id, a value outside a closed set), with its table and id; an owner without an address, or a
    /// clock that the databases do not know.
    pub fn freeze(mut data: WorldData) -> Result<Arc<World>, WorldError> {
        data.check()?;
        for (id, rows) in TableId::all().zip(&mut data.tables) {
            folder::check_shape(id, rows)?;
            rows.sort_by_key(row_id);
        }
        let checksum = folder::checksum(&data);
        let (mut images, mut refused) = (Vec::with_capacity(5), Vec::new());
        for database in Database::ALL {
            let image = Image::build(database, &data.tables, &mut refused);
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
        let names = data.directory.iter();
        let names = names.map(|colleague| format!("{} {}", colleague.name, colleague.email));
        let colleagues = data.directory.iter();
        let colleagues = colleagues
            .map(|colleague| to_raw_value(colleague).expect("a colleague is three texts"));
        Ok(Arc::new(World {
            colleagues: colleagues.collect(),
            names: names.map(|name| name.to_lowercase()).collect(),
            written: data
                .tables
                .iter()
                .map(|rows| rows.iter().map(|_| WrittenRow::default()).collect())
                .collect(),
            data,
            checksum,
            images,
            texts: TableId::all().map(|_| Texts::default()).collect(),
            orders: TableId::all()
                .map(|id| {
                    id.table()
                        .columns
                        .iter()
                        .map(|_| Orders::default())
                        .collect()
                })
                .collect(),
        }))
    }

    /// Writes the world as a folder of CSV files and a manifest.
    ///
    /// # Errors
    /// The file that could not be written.
    pub fn write(&self, folder: &Path) -> Result<(), WorldError> {
        folder::write(self, folder)
    }

    /// What the world is called.
    pub fn name(&self) -> &str {
        &self.data.name
    }

    /// What time it is in the office.
    pub fn clock(&self) -> NaiveDateTime {
        self.data.clock
    }

    /// The address of the person whose office it is.
    pub fn owner(&self) -> &str {
        &self.data.owner
    }

    /// Everyone in the company.
    pub fn directory(&self) -> &[Colleague] {
        &self.data.directory
    }

    /// Everyone in the company as they are written, each after their name and address in small letters.
    pub fn directory_by_name(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        let names = self.names.iter().map(String::as_str);
        names.zip(self.colleagues.iter().map(Box::as_ref))
    }

    /// SHA-256, in hexadecimal, over the manifest's facts and every row.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// The world as plain rows, those of each table in the order of their ids.
    pub fn data(&self) -> &WorldData {
        &self.data
    }

    /// The rows of a table, in the order of their ids.
    pub fn rows(&self, table: TableId) -> &[Row] {
        &self.data.tables[table.index()]
    }

    /// The row with that id, if the world has it.
    pub fn row(&self, table: TableId, id: i64) -> Option<&Row> {
        Some(&self.rows(table)[self.place(table, id)?])
    }

    /// The place of the row with that id among its table's.
    pub(crate) fn place(&self, table: TableId, id: i64) -> Option<usize> {
        self.rows(table).binary_search_by_key(&id, row_id).ok()
    }

    /// The rows of a table as they are written, in the order of their ids.
    pub(crate) fn written(&self, table: TableId) -> &[WrittenRow] {
        &self.written[table.index()]
    }

    /// The largest id of a table, or none where the table is empty.
    pub fn largest_id(&self, table: TableId) -> Option<i64> {
        self.rows(table).last().map(row_id)
    }

    /// A database as the bytes of a SQLite file.
    pub fn image(&self, database: Database) -> &[u8] {
        self.images[database as usize].bytes()
    }

    /// The text in some columns of a table.
    pub(crate) fn text(&self, table: TableId, columns: &[usize]) -> Arc<Text> {
        self.texts[table.index()].of(self.rows(table), columns)
    }

    /// The order of a table's rows by a column.
    pub(crate) fn order(&self, table: TableId, column: usize, descending: bool) -> &Ranking {
        self.orders[table.index()][column].of(self.rows(table), column, descending)
    }

    pub(crate) fn images(&self) -> &[Image; 5] {
        &self.images
    }
}
