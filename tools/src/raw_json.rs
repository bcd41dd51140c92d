//! Results and arguments of calls as raw JSON text, so that they are not parsed and serialized again on the way.

use serde::Serialize;
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
