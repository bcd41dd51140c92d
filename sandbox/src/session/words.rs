//! The SQL functions by which tools search: literal words, in any order and case, of any alphabet.

use std::cell::Cell;
use std::sync::Arc;

use memchr::memmem::Finder;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{FromSqlError, ValueRef};

use crate::schema::TableId;
use crate::world::World;

/// What one search looks for, prepared once for all rows.
struct Words {
    finders: Vec<Finder<'static>>,
    /// Folding ASCII alone is several times faster, and all that words of ASCII need.
    ascii: bool,
}

impl Words {
    fn new(words: &str) -> Words {
        let finder = |word: &str| Finder::new(word).into_owned();
        Words {
            finders: words.split_whitespace().map(finder).collect(),
            ascii: words.is_ascii(),
        }
    }

    /// Whether each word occurs in `text`, which is folded in place.
    fn are_in(&self, text: &mut Vec<u8>) -> bool {
        if self.ascii {
            text.make_ascii_lowercase();
        } else {
            *text = String::from_utf8_lossy(text).to_lowercase().into_bytes();
        }
        self.finders
            .iter()
            .all(|finder| finder.find(text).is_some())
    }
}

/// Registers `holds_words(words, text, …)`: whether each of the words, which are written in small letters, occurs in one of the texts. NULL is
/// an empty text.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    // One buffer for all rows: the texts of a row one after the other, parted by what no word holds.
    let buffer = Cell::new(Vec::new());
    connection.create_scalar_function("holds_words", -1, flags, move |context| {
        let words = context.get_or_create_aux(0, |value| value.as_str().map(Words::new))?;
        let mut text: Vec<u8> = buffer.take();
        text.clear();
        for index in 1..context.len() {
            match context.get_raw(index) {
                ValueRef::Text(bytes) => text.extend_from_slice(bytes),
                ValueRef::Null => {}
                _ => return Err(FromSqlError::InvalidType.into()),
            }
            text.push(b'\n');
        }
        let found = words.are_in(&mut text);
        buffer.set(text);
        Ok(found)
    })
}

/// Registers `may_hold(table, words, id)`: whether the row of that table, which is named by its index, may hold each of the words. No is
/// certain, and is said without a look at the row: the world's text tells, and rows that were `touched` may hold anything.
pub(super) fn register_frozen(
    connection: &Connection,
    world: Arc<World>,
    touched: impl Fn(TableId) -> Vec<i64> + Send + 'static,
) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("may_hold", 3, flags, move |context| {
        let table = usize::try_from(context.get::<i64>(0)?).unwrap_or(usize::MAX);
        // Found once for all rows.
        let ids = context.get_or_create_aux(1, |words| {
            let table = TableId::all().nth(table).ok_or(FromSqlError::InvalidType)?;
            let mut ids = world.text(table).holding(words.as_str()?);
            ids.extend(touched(table));
            ids.sort_unstable();
            Ok::<_, FromSqlError>(ids)
        })?;
        Ok(ids.binary_search(&context.get(2)?).is_ok())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_in_any_text_in_any_case_and_order() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        let found = |words: &str, texts: [Option<&str>; 2]| -> bool {
            let select = "SELECT holds_words(?1, ?2, ?3)";
            let row = connection.query_row(select, (words, texts[0], texts[1]), |row| row.get(0));
            row.unwrap()
        };
        for (words, texts, expected) in [
            (
                "budget review",
                [Some("REVIEW of"), Some("the Budget")],
                true,
            ),
            ("budget review", [Some("review"), None], false),
            ("ab", [Some("a"), Some("b")], false),
            ("a\tb", [Some("a"), Some("b")], true),
            ("", [None, None], true),
            ("größe", [Some("GRÖSSE"), Some("GRÖßE")], true),
            ("größe maß", [Some("Größe"), None], false),
            (".*", [Some("abc"), None], false),
        ] {
            assert_eq!(found(words, texts), expected, "{words:?} in {texts:?}");
        }
    }
}
