//! The style of all tables: no lines between rows, so that long tables stay readable and can be pasted into Markdown, and at most 100 columns.

use comfy_table::{ContentArrangement, Table, presets};

/// The width at which cells are folded.
pub const WIDTH: u16 = 100;

/// An empty table.
pub fn new() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table
}
