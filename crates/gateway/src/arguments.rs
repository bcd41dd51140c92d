//! The arguments of a call: read once, and compared when a call is repeated under its key.

use breakroom_tools::session::from_raw_json;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::{ApiError, ErrorCode};
use crate::wire::TracedCall;

/// Whether an earlier call had the same tool and arguments.
pub(super) fn is_same_call(earlier: &TracedCall, tool: &str, arguments: &Json) -> bool {
    earlier.tool == tool && from_raw_json(&earlier.arguments) == *arguments
}

/// Reads the arguments of a call. A call without arguments gets an empty object.
pub(super) fn normalize_arguments(arguments: Option<Box<RawValue>>) -> Result<Json, ApiError> {
    let Some(arguments) = arguments else {
        return Ok(Json::Object(Default::default()));
    };
    // The text is known to be JSON, but it may hold what no value can: a number that is too large, or half of a surrogate pair.
    serde_json::from_str(arguments.get()).map_err(|error| {
        ErrorCode::BadParameters.with_message(format!("the arguments cannot be read: {error}"))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use breakroom_tools::session::to_raw_json;

    use super::*;

    fn normalized(text: &str) -> Result<String, ApiError> {
        let arguments = normalize_arguments(serde_json::from_str(text).unwrap())?;
        Ok(to_raw_json(&arguments).get().to_owned())
    }

    #[test]
    fn arguments_are_kept_in_one_line() {
        for (sent, line) in [
            ("null", "{}"),
            (r#"{"name":"Tea"}"#, r#"{"name":"Tea"}"#),
            (
                r#"{ "count": 1.5, "name": "1 o'clock" }"#,
                r#"{"count":1.5,"name":"1 o'clock"}"#,
            ),
            ("{\n  \"name\": \"Tea\"\n}", r#"{"name":"Tea"}"#),
            (r#"{"name":"T\u0065a"}"#, r#"{"name":"Tea"}"#),
            (r#"{"names": ["Tea"]}"#, r#"{"names":["Tea"]}"#),
            (r#"{"tea": {"cups": 1e1}}"#, r#"{"tea":{"cups":10.0}}"#),
        ] {
            assert_eq!(normalized(sent).unwrap(), line);
        }
    }

    #[test]
    fn arguments_that_no_value_can_hold_are_refused() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        let long = "9".repeat(400);
        for value in ["1e999", r#""\ud800""#, &deep, &long] {
            let error = normalized(&format!(r#"{{"name":{value}}}"#)).unwrap_err();
            assert_eq!(error.code, ErrorCode::BadParameters, "{value}");
        }
    }
}
