//! JSON as it is sent: results, written once for everybody who is told, and arguments, which most tools read without building them.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_json::value::{RawValue, to_raw_value};

/// A result as it is sent.
pub fn to_raw_json(result: &(impl Serialize + ?Sized)) -> Box<RawValue> {
    to_raw_value(result).expect("results are text, numbers, lists and objects")
}

/// A result that was written, read back.
pub fn from_raw_json(result: &RawValue) -> Json {
    serde_json::from_str(result.get()).expect("what was written is read")
}

/// What a tool is called with.
#[derive(Clone, Copy, Debug)]
pub enum CallArguments<'a> {
    /// Built.
    Value(&'a Json),
    /// As it was sent.
    Text(&'a RawValue),
}

impl CallArguments<'_> {
    /// Whether they are an object.
    pub fn is_object(self) -> bool {
        match self {
            CallArguments::Value(value) => value.is_object(),
            CallArguments::Text(text) => text.get().starts_with('{'),
        }
    }

    /// Reads them as what a tool takes. Text is read as the value that it says: of names that come twice the last counts, and what is wrong
    /// is said in the same words.
    ///
    /// # Errors
    /// The tool does not take them.
    pub fn read<T: DeserializeOwned>(self) -> serde_json::Result<T> {
        match self {
            CallArguments::Value(value) => T::deserialize(value),
            CallArguments::Text(text) => {
                serde_json::from_str(text.get()).or_else(|_| T::deserialize(&self.to_value()?))
            }
        }
    }

    /// Builds them.
    ///
    /// # Errors
    /// The text names something that JSON can write and nobody can hold: a number that is too large, half a letter, a list of lists without end.
    pub fn to_value(self) -> serde_json::Result<Json> {
        match self {
            CallArguments::Value(value) => Ok(value.clone()),
            CallArguments::Text(text) => serde_json::from_str(text.get()),
        }
    }
}

impl<'a> From<&'a Json> for CallArguments<'a> {
    fn from(value: &'a Json) -> CallArguments<'a> {
        CallArguments::Value(value)
    }
}

impl<'a> From<&'a RawValue> for CallArguments<'a> {
    fn from(text: &'a RawValue) -> CallArguments<'a> {
        CallArguments::Text(text)
    }
}

impl fmt::Display for CallArguments<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallArguments::Value(value) => value.fmt(formatter),
            CallArguments::Text(text) => formatter.write_str(text.get()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tea {
        name: String,
        cups: Option<i64>,
    }

    #[test]
    fn text_is_read_as_the_value_that_it_says() {
        for text in [
            r#"{"name":"green","cups":2}"#,
            r#" { "name" : "gr\u0065en", "cups": null } "#,
            r#"{"name":"black","name":"green"}"#,
            r#"{"name":"green","milk":true}"#,
            r#"{"name":"green","cups":2.5}"#,
            r#"{"cups":1}"#,
            "[]",
            "null",
        ] {
            let raw: Box<RawValue> = serde_json::from_str(text).unwrap();
            let value: Json = serde_json::from_str(text).unwrap();
            let read = |arguments: CallArguments<'_>| {
                let tea: serde_json::Result<Tea> = arguments.read();
                tea.map_err(|error| error.to_string())
            };
            let (raw, value) = (CallArguments::from(&*raw), CallArguments::from(&value));
            assert_eq!(read(raw), read(value), "{text}");
            assert_eq!(raw.is_object(), value.is_object(), "{text}");
            assert_eq!(raw.to_value().unwrap(), value.to_value().unwrap(), "{text}");
        }
    }

    #[test]
    fn what_nobody_can_hold_is_an_error() {
        for text in [
            r#"{"name":"green","cups":1e999}"#,
            r#"{"name":"\ud800"}"#,
            &format!(r#"{{"name":{}1{}}}"#, "[".repeat(200), "]".repeat(200)),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(text).unwrap();
            let raw = CallArguments::from(&*raw);
            assert!(raw.read::<Tea>().is_err(), "{text}");
            assert!(raw.to_value().is_err(), "{text}");
        }
    }
}
