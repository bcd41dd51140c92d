//! Parses one JSON value at the start of a text, as models write it.
//!
//! Strict JSON is tried first. Malformed JSON is repaired only when the repair is unambiguous: single quotes, trailing commas, Python's
//! literals, comments, raw newlines, unknown escapes, and brackets that a closing fence cuts off. Everything else is an error for the
//! model to read, which says where and why.

use serde_json::{Map, Value as Json, json};

use super::format_issues::{FormatIssue, FormatIssues};

/// A parsed value, and what was repaired in it.
#[derive(Debug, PartialEq)]
pub struct RepairedJson {
    /// The value.
    pub value: Json,
    /// The length of its text in bytes.
    pub length: usize,
    /// What was repaired.
    pub issues: FormatIssues,
}

/// How deeply brackets may nest.
const MAX_DEPTH: usize = 64;

/// Parses the value at the start of `text` and ignores what follows it.
///
/// # Errors
/// What is wrong, and after which characters.
pub fn parse(text: &str) -> Result<RepairedJson, String> {
    let mut strict = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    if let Some(Ok(value)) = strict.next() {
        return Ok(RepairedJson {
            value,
            length: strict.byte_offset(),
            issues: FormatIssues::new(),
        });
    }
    let mut parser = RepairParser {
        text,
        at: 0,
        issues: FormatIssues::new(),
    };
    let value = parser.value(0)?;
    Ok(RepairedJson {
        value,
        length: parser.at,
        issues: parser.issues,
    })
}

struct RepairParser<'a> {
    text: &'a str,
    at: usize,
    issues: FormatIssues,
}

impl<'a> RepairParser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn consume(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn error<T>(&self, what: &str) -> Result<T, String> {
        let before: Vec<char> = self.text[..self.at].chars().rev().take(30).collect();
        let before: String = before.into_iter().rev().collect();
        Err(format!("{what} behind {before:?}"))
    }

    /// Skips whitespace and comments.
    fn skip_blanks(&mut self) -> Result<(), String> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if self.rest().starts_with("//") || self.rest().starts_with('#') {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if self.rest().starts_with("/*") {
                match self.rest().find("*/") {
                    Some(end) => self.at += end + 2,
                    None => return self.error("a comment does not end"),
                }
            } else {
                return Ok(());
            }
            self.issues.insert(FormatIssue::Comment);
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        self.skip_blanks()?;
        if depth > MAX_DEPTH {
            return self.error("brackets nest too deep");
        }
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"' | '\'') => self.quoted().map(Json::String),
            Some('-' | '0'..='9') => self.number(),
            Some(_) => self.literal(),
            None => self.error("the text ends where a value is due"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.next();
        let mut object = Map::new();
        loop {
            self.skip_blanks()?;
            if self.consume_closing('}', object.is_empty()) {
                return Ok(Json::Object(object));
            }
            let key = match self.peek() {
                Some('"' | '\'') => self.quoted()?,
                _ => self.bare_key()?,
            };
            self.skip_blanks()?;
            if !self.consume(":") {
                return self.error("a colon is missing");
            }
            object.insert(key, self.value(depth + 1)?);
            if !self.has_next_item('}')? {
                return Ok(Json::Object(object));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, String> {
        self.next();
        let mut items = Vec::new();
        loop {
            self.skip_blanks()?;
            if self.consume_closing(']', items.is_empty()) {
                return Ok(Json::Array(items));
            }
            items.push(self.value(depth + 1)?);
            if !self.has_next_item(']')? {
                return Ok(Json::Array(items));
            }
        }
    }

    /// Whether the bracket closes where an item could begin.
    fn consume_closing(&mut self, bracket: char, empty: bool) -> bool {
        let closes = self.peek() == Some(bracket);
        if closes {
            self.next();
            if !empty {
                self.issues.insert(FormatIssue::TrailingComma);
            }
        }
        closes
    }

    /// Whether another item follows. If not, this consumes the closing bracket, which a closing fence can replace.
    fn has_next_item(&mut self, bracket: char) -> Result<bool, String> {
        self.skip_blanks()?;
        match self.peek() {
            Some(',') => {
                self.next();
                Ok(true)
            }
            Some(found) if found == bracket => {
                self.next();
                Ok(false)
            }
            Some('`') if self.rest().starts_with("```") => {
                self.issues.insert(FormatIssue::Unclosed);
                Ok(false)
            }
            None => self.error("the reply is cut off"),
            Some(_) => {
                let quote = self.text[..self.at].trim_end().ends_with(['"', '\'']);
                let or = if quote {
                    ", or a quote within the text is not escaped,"
                } else {
                    ""
                };
                self.error(&format!("a comma or {bracket:?} is missing{or}"))
            }
        }
    }

    fn quoted(&mut self) -> Result<String, String> {
        let Some(quote) = self.next() else {
            return self.error("a text is missing");
        };
        if quote == '\'' {
            self.issues.insert(FormatIssue::SingleQuotes);
        }
        let mut text = String::new();
        while let Some(character) = self.next() {
            match character {
                '\\' => self.escape(&mut text)?,
                // An apostrophe inside a word does not end the string.
                '\'' if quote == '\'' && self.is_inside_word(&text) => text.push('\''),
                found if found == quote => return Ok(text),
                found => {
                    if found.is_control() {
                        self.issues.insert(FormatIssue::ControlCharacter);
                    }
                    text.push(found);
                }
            }
        }
        self.error("a text has no closing quote: the reply is cut off, or a quote within the text is not escaped,")
    }

    fn is_inside_word(&self, before: &str) -> bool {
        before
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric)
            && self.peek().is_some_and(char::is_alphanumeric)
    }

    fn escape(&mut self, text: &mut String) -> Result<(), String> {
        match self.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some(plain @ ('"' | '\\' | '/')) => text.push(plain),
            Some('u') => match self.utf16_unit() {
                Some(unit) => self.push_unit(unit, text),
                None => return self.error("an escape \\u lacks its four digits"),
            },
            Some(other) => {
                self.issues.insert(FormatIssue::UnknownEscape);
                text.push(other);
            }
            None => return self.error("the reply is cut off"),
        }
        Ok(())
    }

    /// Parses four hexadecimal digits.
    fn utf16_unit(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let unit = u32::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(unit)
    }

    /// Appends the character of a UTF-16 unit. A lone surrogate becomes the replacement character.
    fn push_unit(&mut self, unit: u32, text: &mut String) {
        let start = self.at;
        if (0xd800..0xdc00).contains(&unit) && self.consume("\\u") {
            match self.utf16_unit() {
                Some(low @ 0xdc00..0xe000) => {
                    let scalar = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                    text.push(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER));
                    return;
                }
                _ => self.at = start,
            }
        }
        text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn number(&mut self) -> Result<Json, String> {
        let rest = self.rest();
        let length = rest
            .find(|found: char| !matches!(found, '-' | '+' | '.' | 'e' | 'E' | '0'..='9'))
            .unwrap_or(rest.len());
        match serde_json::from_str(&rest[..length]) {
            Ok(number) => {
                self.at += length;
                Ok(number)
            }
            Err(_) => self.error("there is no number"),
        }
    }

    fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|found: char| found != '_' && !found.is_alphanumeric());
        &rest[..end.unwrap_or(rest.len())]
    }

    fn literal(&mut self) -> Result<Json, String> {
        let word = self.word();
        let (value, python) = match word {
            "true" => (json!(true), false),
            "false" => (json!(false), false),
            "null" => (Json::Null, false),
            "True" => (json!(true), true),
            "False" => (json!(false), true),
            "None" => (Json::Null, true),
            _ => return self.error("there is neither a value in quotes nor a number"),
        };
        if python {
            self.issues.insert(FormatIssue::PythonNames);
        }
        self.at += word.len();
        Ok(value)
    }

    fn bare_key(&mut self) -> Result<String, String> {
        let word = self.word().to_owned();
        if word.is_empty() {
            return self.error("a key is missing");
        }
        self.at += word.len();
        self.issues.insert(FormatIssue::BareKey);
        Ok(word)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn repaired(text: &str, value: &Json, issues: &[FormatIssue]) {
        let parsed = parse(text).unwrap();
        assert_eq!(parsed.value, *value, "{text}");
        assert_eq!(parsed.issues, issues.iter().copied().collect(), "{text}");
    }

    #[test]
    fn strict_json_is_unchanged_and_what_follows_is_ignored() {
        let found = parse("{\"a\": [1, null]} and so on").unwrap();
        assert_eq!((found.value, found.length), (json!({"a": [1, null]}), 16));
        assert!(found.issues.is_empty());
    }

    #[test]
    fn unambiguous_json_is_repaired() {
        repaired(
            "{'a': 'b'}",
            &json!({"a": "b"}),
            &[FormatIssue::SingleQuotes],
        );
        repaired(
            "{'a': 'Tom's'}",
            &json!({"a": "Tom's"}),
            &[FormatIssue::SingleQuotes],
        );
        repaired(
            "{\"a\": [1, 2,],}",
            &json!({"a": [1, 2]}),
            &[FormatIssue::TrailingComma],
        );
        repaired(
            "{\"a\": None}",
            &json!({"a": null}),
            &[FormatIssue::PythonNames],
        );
        repaired(
            "{\"a\": 1, // why\n}",
            &json!({"a": 1}),
            &[FormatIssue::TrailingComma, FormatIssue::Comment],
        );
        repaired(
            "{\"a\": \"x\ny\"}",
            &json!({"a": "x\ny"}),
            &[FormatIssue::ControlCharacter],
        );
        repaired(
            "{\"a\\_b\": 1}",
            &json!({"a_b": 1}),
            &[FormatIssue::UnknownEscape],
        );
        repaired("{a: 1}", &json!({"a": 1}), &[FormatIssue::BareKey]);
        repaired(
            "{\"a\": {\"b\": 1}\n```",
            &json!({"a": {"b": 1}}),
            &[FormatIssue::Unclosed],
        );
        repaired(
            "{'a': '\\ud83d\\ude00 \\ud83d'}",
            &json!({"a": "😀 \u{fffd}"}),
            &[FormatIssue::SingleQuotes],
        );
    }

    #[test]
    fn ambiguous_json_is_an_error() {
        for text in [
            "{\"a\": \"he said \"no\", then left\"}",
            "{'a': 'it is 'so', then'}",
            "{\"a\": 1",
            "{\"a\": \"b",
            "{\"a\": b}",
            "{\"a\" \"b\"}",
            "{\"a\": 1 \"b\": 2}",
            "",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"[".repeat(5000)).unwrap_err().contains("deep"));
    }
}
