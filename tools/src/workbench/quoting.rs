//! Repairs recorded call strings. The recorder put values between quotation marks without escaping those inside, so such strings do not parse.

use super::{python, tools};

/// Escapes the quotation marks inside values. None if the string parses already, or if it is broken in another way.
pub fn repair_quotes(text: &str) -> Option<String> {
    if python::parse_call(text).is_ok() {
        return None;
    }
    let (name, rest) = text.split_once(".func(")?;
    let tool = tools::find(name.trim())?;
    let rest = rest.trim_end().strip_suffix(')')?;
    // An argument begins at the start, or after a closing quotation mark and a comma.
    let mut starts: Vec<(usize, usize)> = Vec::new();
    for parameter in tool.parameters {
        let opening = format!("{parameter}=\"");
        let mut places = rest.match_indices(&opening).map(|(place, _)| place);
        let begins = |place: &usize| *place == 0 || rest[..*place].ends_with("\", ");
        if let Some(place) = places.find(begins) {
            starts.push((place, place + opening.len()));
        }
    }
    starts.sort_unstable();
    if starts.first()?.0 != 0 {
        return None;
    }
    let mut arguments = Vec::with_capacity(starts.len());
    for (index, (begin, value)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(rest.len(), |next| next.0 - 2);
        let inner = rest.get(*value..end)?.strip_suffix('"')?;
        arguments.push(format!("{}{}\"", &rest[*begin..*value], escaped(inner)));
    }
    let call = format!("{}.func({})", tool.name, arguments.join(", "));
    python::parse_call(&call).is_ok().then_some(call)
}

/// Escapes the quotation marks of a value that are not escaped yet.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut backslashes = 0;
    for letter in value.chars() {
        if letter == '"' && backslashes % 2 == 0 {
            text.push('\\');
        }
        backslashes = if letter == '\\' { backslashes + 1 } else { 0 };
        text.push(letter);
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn quotation_marks_within_values_are_mended() {
        let broken = r#"email.send_email.func(recipient="a@b.c", subject="The "big" one", body="He said, "no", twice")"#;
        let call = python::parse_call(&repair_quotes(broken).unwrap()).unwrap();
        assert_eq!(call.keywords["recipient"], "a@b.c");
        assert_eq!(call.keywords["subject"], r#"The "big" one"#);
        assert_eq!(call.keywords["body"], r#"He said, "no", twice"#);
    }

    #[test]
    fn what_is_whole_unknown_or_broken_otherwise_is_left() {
        for text in [
            r#"email.delete_email.func(email_id="1")"#,
            r#"nobody.knows.func(x="a "b" c")"#,
            r#"email.delete_email.func(email_id="1"#,
            r#"email.delete_email.func(email_id=1 2)"#,
            r#"email.delete_email.func("#,
        ] {
            assert_eq!(repair_quotes(text), None, "{text}");
        }
    }
}
