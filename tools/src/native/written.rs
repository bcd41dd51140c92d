//! A tool's result as it is sent.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// JSON, written once for everybody who is told.
pub(super) type Written = Box<RawValue>;

pub(super) fn written(result: &impl Serialize) -> Written {
    to_raw_value(result).expect("results are text, numbers, lists and objects")
}
