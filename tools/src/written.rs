//! Results as text: written once for everybody who is told.

use serde::Serialize;
use serde_json::Value as Json;
use serde_json::value::{RawValue, to_raw_value};

/// A result as it is sent.
pub fn write(result: &(impl Serialize + ?Sized)) -> Box<RawValue> {
    to_raw_value(result).expect("results are text, numbers, lists and objects")
}

/// A result that was written, read back.
pub fn read(result: &RawValue) -> Json {
    serde_json::from_str(result.get()).expect("what was written is read")
}
