//! Results and arguments of calls as raw JSON text, so that they are not parsed and serialized again on the way.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_json::value::{RawValue, to_raw_value};

/// Serializes a result.
pub fn to_raw_json(result: &(impl Serialize + ?Sized)) -> Box<RawValue> {
    to_raw_value(result).expect("results are text, numbers, lists and objects")
}

/// Parses a result of [`to_raw_json`].
pub fn from_raw_json(result: &RawValue) -> Json {
    serde_json::from_str(result.get()).expect("serialized results can be parsed")
}

/// The arguments of a call.
#[derive(Clone, Copy, Debug)]
pub enum CallArguments<'a> {
    /// Parsed.
    Value(&'a Json),
    /// Raw text.
    Text(&'a RawValue),
}

impl CallArguments<'_> {
    /// Whether the arguments are an object.
    pub fn is_object(self) -> bool {
        match self {
            CallArguments::Value(value) => value.is_object(),
            CallArguments::Text(text) => text.get().starts_with('{'),
        }
    }

    /// Deserializes the arguments. Raw text gives the same result and the same errors as its parsed value would: if a name is
    /// repeated, for example, its last value counts.
    ///
    /// # Errors
    /// The arguments do not fit the type.
    pub fn read<T: DeserializeOwned>(self) -> serde_json::Result<T> {
        match self {
            CallArguments::Value(value) => T::deserialize(value),
            CallArguments::Text(text) => {
                serde_json::from_str(text.get()).or_else(|_| T::deserialize(&self.to_value()?))
            }
        }
    }

    /// Parses the arguments.
    ///
    /// # Errors
    /// The text is valid JSON that cannot be represented: a number is too large, a surrogate is unpaired, or lists are nested too deeply.
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
    fn raw_text_is_read_like_its_parsed_value() {
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
    fn json_that_cannot_be_represented_is_an_error() {
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
