//! Python regular expressions, as the original's searches use them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// A compiled pattern.
#[derive(Debug)]
pub enum Pattern {
    /// Text without special characters, which needs no regex engine. In lower case if case is ignored.
    Plain(String),
    /// Any other pattern.
    Expression(fancy_regex::Regex),
}

/// Whether a pattern distinguishes upper and lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaseSensitivity {
    /// Upper and lower case differ.
    Sensitive,
    /// Case is ignored.
    Insensitive,
}

/// Compiled patterns. None marks one that Python rejects.
type PatternCache = HashMap<(String, CaseSensitivity), Option<Rc<Pattern>>>;

thread_local! {
    /// Agents repeat the same few searches, and compiling a pattern costs more than matching it.
    static COMPILED: RefCell<PatternCache> = RefCell::default();
}

/// Compiles a pattern. None if Python would raise.
pub fn compile(pattern: &str, case: CaseSensitivity) -> Option<Rc<Pattern>> {
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.len() > 10_000 {
            compiled.clear();
        }
        let key = (pattern.to_owned(), case);
        compiled
            .entry(key)
            .or_insert_with(|| build(pattern, case).map(Rc::new))
            .clone()
    })
}

fn build(pattern: &str, case: CaseSensitivity) -> Option<Pattern> {
    if pattern.is_ascii()
        && !pattern.contains([
            '.', '^', '$', '*', '+', '?', '{', '}', '[', ']', '\\', '|', '(', ')',
        ])
    {
        return Some(Pattern::Plain(if case == CaseSensitivity::Insensitive {
            pattern.to_lowercase()
        } else {
            pattern.to_owned()
        }));
    }
    let prefix = if case == CaseSensitivity::Insensitive {
        "(?i)"
    } else {
        ""
    };
    fancy_regex::Regex::new(&format!("{prefix}{}", translate(pattern)))
        .ok()
        .map(Pattern::Expression)
}

/// Translates Python's syntax to the engine's. In Python, a brace that does not start a repetition and a bracket inside a class are
/// literal, and `\Z` matches the end of the text.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(character) = rest.chars().next() {
        let mut taken = character.len_utf8();
        match character {
            '\\' => {
                let escaped = rest[1..].chars().next();
                taken += escaped.map_or(0, char::len_utf8);
                out.push_str(if escaped == Some('Z') {
                    r"\z"
                } else {
                    &rest[..taken]
                });
            }
            '[' if in_class => out.push_str(r"\["),
            '[' => {
                in_class = true;
                out.push('[');
                for opening in ["^", "]"] {
                    if rest[taken..].starts_with(opening) {
                        out.push_str(if opening == "]" { r"\]" } else { opening });
                        taken += 1;
                    }
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(character);
            }
            '{' if !in_class => match repetition(rest) {
                Some(length) => {
                    taken = length;
                    out.push_str(&rest[..length].replace("{,", "{0,"));
                }
                None => out.push_str(r"\{"),
            },
            '}' if !in_class => out.push_str(r"\}"),
            other => out.push(other),
        }
        rest = &rest[taken..];
    }
    out
}

/// The length of the `{m}`, `{m,}`, `{,n}` or `{m,n}` that the text starts with.
fn repetition(text: &str) -> Option<usize> {
    let inner = &text[1..text.find('}')?];
    let counts = !inner.is_empty() && inner.split(',').count() <= 2;
    (counts && inner.chars().all(|it| it.is_ascii_digit() || it == ',')).then_some(inner.len() + 2)
}

impl Pattern {
    /// Whether the pattern matches anywhere in the text.
    pub fn occurs_in(&self, text: &str, case: CaseSensitivity) -> bool {
        match self {
            Pattern::Plain(plain) if case == CaseSensitivity::Insensitive => {
                contains_ignoring_case(text, plain)
            }
            Pattern::Plain(plain) => text.contains(plain.as_str()),
            // On catastrophic backtracking the engine gives up; Python would run for hours.
            Pattern::Expression(expression) => expression.is_match(text).unwrap_or(false),
        }
    }
}

fn contains_ignoring_case(text: &str, lower: &str) -> bool {
    if text.is_ascii() {
        let (text, lower) = (text.as_bytes(), lower.as_bytes());
        return lower.is_empty()
            || text
                .windows(lower.len())
                .any(|window| window.eq_ignore_ascii_case(lower));
    }
    text.to_lowercase().contains(lower)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Option<bool> {
        compile(pattern, CaseSensitivity::Insensitive)
            .map(|it| it.occurs_in(text, CaseSensitivity::Insensitive))
    }

    #[test]
    fn patterns_mean_what_python_means_by_them() {
        assert_eq!(found("REVIEW", "Design review"), Some(true));
        assert_eq!(found("a.c", "xABCx"), Some(true));
        assert_eq!(found("{{name}}", "Hello {{name}}"), Some(true));
        assert_eq!(found("a{2}", "baab"), Some(true));
        assert_eq!(found("[[]x", "a[x"), Some(true));
        assert_eq!(found(r"end\Z", "the end"), Some(true));
        assert_eq!(found("(?=b)", "abc"), Some(true));
        assert_eq!(found("", "anything"), Some(true));
    }

    #[test]
    fn a_pattern_that_python_refuses_is_refused() {
        for pattern in ["*", "(", "a**", "[", "+44"] {
            assert_eq!(found(pattern, "a"), None, "{pattern}");
        }
    }
}
