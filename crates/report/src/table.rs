//! How tables look: no lines between rows, so that many rows stay readable and a table can be pasted into Markdown.

use std::sync::OnceLock;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

/// The widest that a table gets, in columns.
pub const WIDEST: u16 = 100;

static WIDTH: OnceLock<u16> = OnceLock::new();

/// Makes tables of this process fit a terminal that is narrower than [`WIDEST`].
pub fn fit(columns: u16) {
    let _ = WIDTH.set(columns.clamp(40, WIDEST));
}

/// An empty table. Cells that do not fit are folded.
pub fn new() -> Table {
    let mut table = markdown();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(WIDTH.get().copied().unwrap_or(WIDEST));
    table
}

/// Keeps the cells of a column whole: names that somebody will copy. Other columns fold instead.
pub fn keep_whole(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// A name in lines of at most so many columns, broken where its parts meet rather than within a word.
pub fn folded(name: &str, columns: usize) -> String {
    let mut lines = vec![String::new()];
    for part in name.split_inclusive(['-', '_', '.', '/', ':', ' ']) {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + part.trim_end().chars().count() > columns {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(part);
        }
    }
    lines.join("\n")
}

/// An empty table of any width, for Markdown, where a row is one line.
pub fn markdown() -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_where_their_parts_meet() {
        for (name, lines) in [
            ("email", "email"),
            (
                "customer_relationship_manager",
                "customer_relationship_\nmanager",
            ),
            ("scripted:over-eager", "scripted:over-eager"),
            (
                "a-name-without-an-end-to-it-at-all",
                "a-name-without-an-end-to-\nit-at-all",
            ),
        ] {
            assert_eq!(folded(name, 25), lines);
        }
    }
}
