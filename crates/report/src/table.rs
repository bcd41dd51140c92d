//! How tables look: no lines between rows, so that many rows stay readable and a table can be pasted into Markdown.

use comfy_table::{Table, presets};

/// An empty table.
pub fn new() -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table
}
