//! Python call strings and literals, which are parsed and never evaluated. Only this module uses the parser.

use ruff_python_ast::{Expr, Number, Operator, UnaryOp};
use ruff_python_parser::parse_expression;
use serde_json::{Map, Value as Json, json};

/// A parsed call string.
#[derive(Debug, PartialEq)]
pub struct PythonCall {
    /// `domain.verb_noun`.
    pub tool: String,
    /// Positional arguments.
    pub positional: Vec<Json>,
    /// Keyword arguments.
    pub keywords: Map<String, Json>,
    /// Whether every value is a plain literal. `"a" + "b"` is a value, but not a literal.
    pub literal: bool,
}

/// A call string does not parse, or Python would raise when evaluating it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct CallSyntaxError(String);

/// Reads `domain.verb_noun.func(key="value", …)`.
///
/// # Errors
/// The text is not such an expression.
pub fn parse_call(text: &str) -> Result<PythonCall, CallSyntaxError> {
    let no = |reason: &str| CallSyntaxError(format!("{reason}: {text}"));
    // The original replaces line breaks before evaluating, because a raw one would end a Python string.
    let parsed = parse_expression(
        text.trim_start_matches([' ', '\t'])
            .replace('\n', "\\n")
            .as_str(),
    )
    .map_err(|error| no(&error.to_string()))?;
    let Expr::Call(call) = parsed.expr() else {
        return Err(no("not a call"));
    };
    let path = attribute_path(&call.func).ok_or_else(|| no("not a call of a tool"))?;
    let Some((tool, "func")) = path.rsplit_once('.') else {
        return Err(no("not a call of a tool's func"));
    };
    let mut literal = true;
    let mut value = |expression: &Expr| {
        read(expression, &mut literal).ok_or_else(|| no("an argument is not a literal"))
    };
    let positional = call
        .arguments
        .args
        .iter()
        .map(&mut value)
        .collect::<Result<_, _>>()?;
    let mut keywords = Map::new();
    for keyword in &call.arguments.keywords {
        let name = keyword
            .arg
            .as_ref()
            .ok_or_else(|| no("arguments are unpacked"))?;
        if keywords
            .insert(name.to_string(), value(&keyword.value)?)
            .is_some()
        {
            return Err(no("an argument is repeated"));
        }
    }
    Ok(PythonCall {
        tool: tool.to_owned(),
        positional,
        keywords,
        literal,
    })
}

/// Reads a list of strings, such as `['a', "b"]`.
///
/// # Errors
/// The text is not such a list.
pub fn parse_list(text: &str) -> Result<Vec<String>, CallSyntaxError> {
    let no = || {
        CallSyntaxError(format!(
            "not a list of strings: {}",
            text.chars().take(80).collect::<String>()
        ))
    };
    let parsed = parse_expression(text).map_err(|_| no())?;
    match read(parsed.expr(), &mut true) {
        Some(Json::Array(items)) => items
            .into_iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(no))
            .collect(),
        _ => Err(no()),
    }
}

fn attribute_path(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(format!(
            "{}.{}",
            attribute_path(&attribute.value)?,
            attribute.attr
        )),
        _ => None,
    }
}

fn read(expression: &Expr, literal: &mut bool) -> Option<Json> {
    Some(match expression {
        Expr::StringLiteral(text) => json!(text.value.to_str()),
        Expr::BooleanLiteral(boolean) => json!(boolean.value),
        Expr::NoneLiteral(_) => Json::Null,
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(whole) => json!(whole.as_i64()?),
            Number::Float(real) => json!(real),
            Number::Complex { .. } => return None,
        },
        Expr::UnaryOp(operation) if operation.op == UnaryOp::USub => {
            match read(&operation.operand, literal)? {
                Json::Number(number) if number.is_i64() => json!(number.as_i64()?.checked_neg()?),
                Json::Number(number) => json!(-number.as_f64()?),
                _ => return None,
            }
        }
        Expr::List(list) => Json::Array(
            list.elts
                .iter()
                .map(|item| read(item, literal))
                .collect::<Option<_>>()?,
        ),
        Expr::Tuple(tuple) => Json::Array(
            tuple
                .elts
                .iter()
                .map(|item| read(item, literal))
                .collect::<Option<_>>()?,
        ),
        Expr::Dict(dict) => {
            let mut map = Map::new();
            for item in &dict.items {
                let Json::String(key) = read(item.key.as_ref()?, literal)? else {
                    return None;
                };
                map.insert(key, read(&item.value, literal)?);
            }
            Json::Object(map)
        }
        // Python evaluates concatenations. They occur in records when a quoted value contained quoted words.
        Expr::BinOp(operation) if operation.op == Operator::Add => {
            *literal = false;
            let (Json::String(left), Json::String(right)) = (
                read(&operation.left, literal)?,
                read(&operation.right, literal)?,
            ) else {
                return None;
            };
            json!(left + &right)
        }
        _ => return None,
    })
}

/// Python's `bool()` of a value.
pub fn is_true(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(boolean) => *boolean,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(map) => !map.is_empty(),
    }
}

/// Python's `str()` of a value.
pub fn to_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => representation(other),
    }
}

fn representation(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Number(number) => number.to_string(),
        Json::String(text) if text.contains('\'') && !text.contains('"') => format!("\"{text}\""),
        Json::String(text) => format!(
            "'{}'",
            text.replace('\\', "\\\\")
                .replace('\'', "\\'")
                .replace('\n', "\\n")
        ),
        Json::Array(items) => format!(
            "[{}]",
            items
                .iter()
                .map(representation)
                .collect::<Vec<_>>()
                .join(", ")
        ),
        Json::Object(map) => {
            let items = map.iter().map(|(key, value)| {
                format!("{}: {}", representation(&json!(key)), representation(value))
            });
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_call_string_is_taken_apart() {
        let call =
            parse_call("email.send_email.func(recipient=\"a@b.c\", body='two\nlines')").unwrap();
        assert_eq!(
            (call.tool.as_str(), call.literal),
            ("email.send_email", true)
        );
        assert_eq!(call.keywords["body"], "two\nlines");
    }

    #[test]
    fn what_python_would_not_evaluate_is_not_a_call() {
        for text in [
            "",
            "f(",
            "a.b(x=1)",
            "a.b.func(x=\"a\"b\")",
            "a.b.func(x=y)",
            "a.b.func(**k)",
        ] {
            assert!(parse_call(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_of_any_kind_never_panics(text in "\\PC*", inner in "\\PC*") {
            let _ = parse_call(&text);
            let _ = parse_call(&format!("a.b.func(x=\"{inner}\")"));
            let _ = parse_list(&text);
            let _ = super::super::pattern::compile(&text, super::super::pattern::CaseSensitivity::Insensitive);
            let _ = super::super::time::parse(&text);
        }
    }
}
