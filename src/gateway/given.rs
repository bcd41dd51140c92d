//! What a call is given: its arguments as they are kept, and whether two calls are the same.

use breakroom_tools::session::to_raw_json;
use memchr::{memchr_iter, memchr2_iter, memchr3};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::{Reason, Refused};
use crate::wire::TracedCall;

/// Whether a call was the same.
pub(super) fn is_same(earlier: &TracedCall, tool: &str, arguments: &RawValue) -> bool {
    let built = |text: &RawValue| serde_json::from_str::<Json>(text.get()).ok();
    let are_same = || built(&earlier.arguments) == built(arguments);
    earlier.tool == tool && (earlier.arguments.get() == arguments.get() || are_same())
}

/// Above this many bytes arguments are always looked at closely: a number that is too large has more digits.
const SHORT: usize = 300;

/// What a call is given, as it is kept: in one line, and so that whoever reads it can hold it. Most is kept as it was sent.
pub(super) fn given(arguments: Option<Box<RawValue>>) -> Result<Box<RawValue>, Refused> {
    let Some(arguments) = arguments else {
        return Ok(to_raw_json(&Json::Object(Default::default())));
    };
    let text = arguments.get().as_bytes();
    let follows_digit = |place: usize| place > 0 && text[place - 1].is_ascii_digit();
    let is_flat = text.len() <= SHORT
        && memchr3(b'\\', b'[', b'\n', text).is_none()
        && memchr_iter(b'{', text).nth(1).is_none()
        && !memchr2_iter(b'e', b'E', text).any(follows_digit);
    if is_flat {
        return Ok(arguments);
    }
    let built = serde_json::from_str::<Json>(arguments.get());
    let built = built.map_err(|error| {
        Reason::BadParameters.because(format!("the arguments cannot be read: {error}"))
    })?;
    Ok(to_raw_json(&built))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Result<Box<RawValue>, Refused> {
        given(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn what_is_sent_is_kept_in_one_line() {
        for plain in [
            r#"{"name":"Tea"}"#,
            r#"{ "count": 1.5, "name": "1 o'clock" }"#,
        ] {
            assert_eq!(kept(plain).unwrap().get(), plain);
        }
        for (odd, line) in [
            ("null", "{}"),
            ("{\n  \"name\": \"Tea\"\n}", r#"{"name":"Tea"}"#),
            (r#"{"name":"T\u0065a"}"#, r#"{"name":"Tea"}"#),
            (r#"{"names": ["Tea"]}"#, r#"{"names":["Tea"]}"#),
            (r#"{"tea": {"cups": 1e1}}"#, r#"{"tea":{"cups":10.0}}"#),
        ] {
            assert_eq!(kept(odd).unwrap().get(), line);
        }
    }

    #[test]
    fn what_nobody_can_hold_is_refused() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        let long = "9".repeat(400);
        for value in ["1e999", r#""\ud800""#, &deep, &long] {
            let refused = kept(&format!(r#"{{"name":{value}}}"#)).unwrap_err();
            assert_eq!(refused.reason, Reason::BadParameters, "{value}");
        }
    }
}
