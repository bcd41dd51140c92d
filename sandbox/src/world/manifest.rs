//! The manifest of a world: its facts that are not rows, and the checksum over everything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::csv_files::{DIRECTORY_FILE, files, table_file};
use crate::schema::TableId;
use crate::world::WorldData;

/// The version of the folder layout that this program writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// How the manifest writes the clock.
pub(super) const CLOCK_FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// The content of `manifest.toml`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorldManifest {
    pub(super) format_version: u32,
    pub(super) name: String,
    pub(super) clock: String,
    pub(super) owner: String,
    pub(super) checksum: String,
    pub(super) counts: RowCounts,
}

/// The number of rows in each file. It shows the world's size, and reveals a truncated file.
pub(super) type RowCounts = BTreeMap<String, usize>;

pub(super) fn count_rows(data: &WorldData) -> RowCounts {
    let tables = TableId::all().map(|id| (table_file(id), data.tables[id.index()].len()));
    tables
        .chain([(DIRECTORY_FILE.to_owned(), data.directory.len())])
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// SHA-256, in hexadecimal, over the manifest's facts and every file.
pub(super) fn checksum(data: &WorldData) -> String {
    let mut digest = Sha256::new();
    digest.update(format!(
        "{FORMAT_VERSION}\n{}\n{}\n{}\n",
        data.name,
        data.clock.format(CLOCK_FORMAT),
        data.owner
    ));
    for (name, bytes) in files(data) {
        digest.update(format!("{name}\n{}\n", bytes.len()));
        digest.update(bytes);
    }
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
