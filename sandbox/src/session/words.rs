//! The SQL function by which tools search: literal words, in any order and case, of any alphabet.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// Registers `holds_words(words, text, …)`: whether each of the words, which are written in small letters, occurs in one of the texts. NULL is
/// an empty text. A text is folded once, whatever the number of words.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("holds_words", -1, flags, |context| {
        let words = context.get_raw(0).as_str()?;
        let mut missing: Vec<&str> = words.split_whitespace().collect();
        for index in 1..context.len() {
            if missing.is_empty() {
                break;
            }
            if let Some(text) = context.get_raw(index).as_str_or_null()? {
                // Folding ASCII alone is several times faster, and all that a word of ASCII needs.
                let folded = if missing.iter().all(|word| word.is_ascii()) {
                    text.to_ascii_lowercase()
                } else {
                    text.to_lowercase()
                };
                missing.retain(|word| !folded.contains(word));
            }
        }
        Ok(missing.is_empty())
    })
}
