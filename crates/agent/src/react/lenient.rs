//! Reads one JSON value at the start of a text, as models write it.
//!
//! Strict JSON comes first. What is no JSON is mended only where it can mean one thing: other quotes, trailing commas, Python's
//! names, comments, raw newlines, unknown escapes, and brackets that a closing fence cuts off. Everything else is an error that
//! says where and why, for the model to read.

use serde_json::{Map, Value as Json, json};

use super::marks::{Mark, Marks};

/// A value, the bytes that it took, and what was mended in it.
#[derive(Debug, PartialEq)]
pub struct Read {
    /// The value.
    pub value: Json,
    /// Its length in the text, in bytes.
    pub length: usize,
    /// What was mended.
    pub marks: Marks,
}

/// How deep brackets may nest.
const DEEPEST: usize = 64;

/// Reads the value at the start of `text`; what follows it is not looked at.
///
/// # Errors
/// What is wrong, and behind which characters.
pub fn read(text: &str) -> Result<Read, String> {
    let mut strict = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    if let Some(Ok(value)) = strict.next() {
        return Ok(Read {
            value,
            length: strict.byte_offset(),
            marks: Marks::new(),
        });
    }
    let mut reader = Reader {
        text,
        at: 0,
        marks: Marks::new(),
    };
    let value = reader.value(0)?;
    Ok(Read {
        value,
        length: reader.at,
        marks: reader.marks,
    })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    marks: Marks,
}

impl<'a> Reader<'a> {
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

    fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn wrong<T>(&self, what: &str) -> Result<T, String> {
        let before: Vec<char> = self.text[..self.at].chars().rev().take(30).collect();
        let before: String = before.into_iter().rev().collect();
        Err(format!("{what} behind {before:?}"))
    }

    /// Passes over blanks and comments.
    fn blanks(&mut self) -> Result<(), String> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if self.rest().starts_with("//") || self.rest().starts_with('#') {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if self.rest().starts_with("/*") {
                match self.rest().find("*/") {
                    Some(end) => self.at += end + 2,
                    None => return self.wrong("a comment does not end"),
                }
            } else {
                return Ok(());
            }
            self.marks.insert(Mark::Comment);
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        self.blanks()?;
        if depth > DEEPEST {
            return self.wrong("brackets nest too deep");
        }
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"' | '\'') => self.quoted().map(Json::String),
            Some('-' | '0'..='9') => self.number(),
            Some(_) => self.name(),
            None => self.wrong("the text ends where a value is due"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.next();
        let mut object = Map::new();
        loop {
            self.blanks()?;
            if self.closes('}', object.is_empty()) {
                return Ok(Json::Object(object));
            }
            let key = match self.peek() {
                Some('"' | '\'') => self.quoted()?,
                _ => self.bare_key()?,
            };
            self.blanks()?;
            if !self.eat(":") {
                return self.wrong("a colon is missing");
            }
            object.insert(key, self.value(depth + 1)?);
            if !self.goes_on('}')? {
                return Ok(Json::Object(object));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, String> {
        self.next();
        let mut items = Vec::new();
        loop {
            self.blanks()?;
            if self.closes(']', items.is_empty()) {
                return Ok(Json::Array(items));
            }
            items.push(self.value(depth + 1)?);
            if !self.goes_on(']')? {
                return Ok(Json::Array(items));
            }
        }
    }

    /// Whether the bracket closes where an item could begin.
    fn closes(&mut self, bracket: char, empty: bool) -> bool {
        let closes = self.peek() == Some(bracket);
        if closes {
            self.next();
            if !empty {
                self.marks.insert(Mark::TrailingComma);
            }
        }
        closes
    }

    /// Whether another item follows; if not, the closing bracket has been passed, or a closing fence stands in its place.
    fn goes_on(&mut self, bracket: char) -> Result<bool, String> {
        self.blanks()?;
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
                self.marks.insert(Mark::Unclosed);
                Ok(false)
            }
            None => self.wrong("the reply is cut off"),
            Some(_) => {
                let quote = self.text[..self.at].trim_end().ends_with(['"', '\'']);
                let or = if quote {
                    ", or a quote within the text is not escaped,"
                } else {
                    ""
                };
                self.wrong(&format!("a comma or {bracket:?} is missing{or}"))
            }
        }
    }

    fn quoted(&mut self) -> Result<String, String> {
        let Some(quote) = self.next() else {
            return self.wrong("a text is missing");
        };
        if quote == '\'' {
            self.marks.insert(Mark::SingleQuotes);
        }
        let mut text = String::new();
        while let Some(character) = self.next() {
            match character {
                '\\' => self.escape(&mut text)?,
                // An apostrophe within a word ends nothing.
                '\'' if quote == '\'' && self.within_a_word(&text) => text.push('\''),
                found if found == quote => return Ok(text),
                found => {
                    if found.is_control() {
                        self.marks.insert(Mark::ControlCharacter);
                    }
                    text.push(found);
                }
            }
        }
        self.wrong("a text has no closing quote: the reply is cut off, or a quote within the text is not escaped,")
    }

    fn within_a_word(&self, before: &str) -> bool {
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
            Some('u') => match self.unit() {
                Some(unit) => self.scalar(unit, text),
                None => return self.wrong("an escape \\u lacks its four digits"),
            },
            Some(other) => {
                self.marks.insert(Mark::UnknownEscape);
                text.push(other);
            }
            None => return self.wrong("the reply is cut off"),
        }
        Ok(())
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let unit = u32::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(unit)
    }

    /// A half of a surrogate pair that stands alone becomes the replacement character.
    fn scalar(&mut self, unit: u32, text: &mut String) {
        let start = self.at;
        if (0xd800..0xdc00).contains(&unit) && self.eat("\\u") {
            match self.unit() {
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
            Err(_) => self.wrong("there is no number"),
        }
    }

    fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|found: char| found != '_' && !found.is_alphanumeric());
        &rest[..end.unwrap_or(rest.len())]
    }

    fn name(&mut self) -> Result<Json, String> {
        let word = self.word();
        let (value, python) = match word {
            "true" => (json!(true), false),
            "false" => (json!(false), false),
            "null" => (Json::Null, false),
            "True" => (json!(true), true),
            "False" => (json!(false), true),
            "None" => (Json::Null, true),
            _ => return self.wrong("there is neither a value in quotes nor a number"),
        };
        if python {
            self.marks.insert(Mark::PythonNames);
        }
        self.at += word.len();
        Ok(value)
    }

    fn bare_key(&mut self) -> Result<String, String> {
        let word = self.word().to_owned();
        if word.is_empty() {
            return self.wrong("a key is missing");
        }
        self.at += word.len();
        self.marks.insert(Mark::BareKey);
        Ok(word)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn mended(text: &str, value: &Json, marks: &[Mark]) {
        let read = read(text).unwrap();
        assert_eq!(read.value, *value, "{text}");
        assert_eq!(read.marks, marks.iter().copied().collect(), "{text}");
    }

    #[test]
    fn json_is_read_as_it_is_and_what_follows_is_left() {
        let found = read("{\"a\": [1, null]} and so on").unwrap();
        assert_eq!((found.value, found.length), (json!({"a": [1, null]}), 16));
        assert!(found.marks.is_empty());
    }

    #[test]
    fn what_can_mean_one_thing_is_mended() {
        mended("{'a': 'b'}", &json!({"a": "b"}), &[Mark::SingleQuotes]);
        mended(
            "{'a': 'Tom's'}",
            &json!({"a": "Tom's"}),
            &[Mark::SingleQuotes],
        );
        mended(
            "{\"a\": [1, 2,],}",
            &json!({"a": [1, 2]}),
            &[Mark::TrailingComma],
        );
        mended("{\"a\": None}", &json!({"a": null}), &[Mark::PythonNames]);
        mended(
            "{\"a\": 1, // why\n}",
            &json!({"a": 1}),
            &[Mark::TrailingComma, Mark::Comment],
        );
        mended(
            "{\"a\": \"x\ny\"}",
            &json!({"a": "x\ny"}),
            &[Mark::ControlCharacter],
        );
        mended("{\"a\\_b\": 1}", &json!({"a_b": 1}), &[Mark::UnknownEscape]);
        mended("{a: 1}", &json!({"a": 1}), &[Mark::BareKey]);
        mended(
            "{\"a\": {\"b\": 1}\n```",
            &json!({"a": {"b": 1}}),
            &[Mark::Unclosed],
        );
        mended(
            "{'a': '\\ud83d\\ude00 \\ud83d'}",
            &json!({"a": "😀 \u{fffd}"}),
            &[Mark::SingleQuotes],
        );
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
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
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&"[".repeat(5000)).unwrap_err().contains("deep"));
    }
}
