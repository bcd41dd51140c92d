//! Parses tool results, however a framework wrapped them: bare, as text in text, as MCP content, or as Python prints it.

use serde_json::Value as Json;

use breakroom_agent::react::json_repair;

/// How many layers of wrapping are removed.
const MAX_DEPTH: usize = 6;

/// The result as data; the text of a refusal is an error.
pub(super) fn parse(text: &str) -> Result<Json, String> {
    unwrap_text(text, MAX_DEPTH)
}

/// The consecutive JSON values of a text; the whole text if it is not a list of values.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while rest.starts_with(['{', '[']) {
        let Ok(read) = json_repair::parse(rest) else {
            break;
        };
        let (part, behind) = rest.split_at(read.length);
        parts.push(part);
        rest = behind.trim_start();
    }
    if parts.is_empty() || !rest.is_empty() {
        return vec![text];
    }
    parts
}

fn unwrap_text(text: &str, depth: usize) -> Result<Json, String> {
    let text = text.trim();
    if let Ok(json) = serde_json::from_str(text) {
        return unwrap_json(json, text, depth);
    }
    if let Some(printed) = printed_content(text) {
        return if text.contains("isError=True") {
            Err(printed)
        } else if depth > 0 {
            unwrap_text(&printed, depth - 1)
        } else {
            Err(printed)
        };
    }
    if text.starts_with(['{', '['])
        && let Ok(read) = json_repair::parse(text)
    {
        return unwrap_json(read.value, text, depth);
    }
    Err(text.to_owned())
}

fn unwrap_json(json: Json, text: &str, depth: usize) -> Result<Json, String> {
    let Some(depth) = depth.checked_sub(1) else {
        return Ok(json);
    };
    match json {
        Json::String(inner) => unwrap_text(&inner, depth),
        Json::Array(items) => match joined(&items) {
            Some(inner) => unwrap_text(&inner, depth),
            None => Ok(Json::Array(items)),
        },
        Json::Object(fields) => {
            let is = |name: &str| fields.get(name).and_then(Json::as_bool) == Some(true);
            let content = fields.get("content").and_then(Json::as_array);
            let content = content.and_then(|items| joined(items));
            if is("isError") || is("is_error") {
                return Err(content.unwrap_or_else(|| text.to_owned()));
            }
            for structured in ["structuredContent", "structured_content"] {
                if let Some(inner) = fields.get(structured).filter(|inner| inner.is_object()) {
                    return unwrap_json(inner.clone(), text, depth);
                }
            }
            if let Some(inner) = content {
                return unwrap_text(&inner, depth);
            }
            if fields.get("type").and_then(Json::as_str) == Some("text")
                && let Some(inner) = fields.get("text").and_then(Json::as_str)
            {
                return unwrap_text(inner, depth);
            }
            // The format of this program's own front ends.
            if let (Some(Json::Bool(refused)), Some(inner)) =
                (fields.get("refused"), fields.get("result"))
            {
                return if *refused {
                    Err(text_of(inner))
                } else {
                    unwrap_json(inner.clone(), text, depth)
                };
            }
            match (fields.len(), fields.iter().next()) {
                (1, Some((name, inner)))
                    if ["result", "output", "response"].contains(&name.as_str()) =>
                {
                    unwrap_json(inner.clone(), text, depth)
                }
                (1, Some((name, inner))) if name == "error" => Err(text_of(inner)),
                _ => Ok(Json::Object(fields)),
            }
        }
        other => Ok(other),
    }
}

/// The text of a list of content blocks; None if it is a list of something else.
fn joined(items: &[Json]) -> Option<String> {
    let texts: Option<Vec<&str>> = items
        .iter()
        .map(|item| item.get("type").and(item.get("text"))?.as_str())
        .collect();
    let texts = texts.filter(|texts| !texts.is_empty())?;
    Some(texts.join("\n"))
}

fn text_of(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The text of MCP content as Python prints it: `[TextContent(type='text', text='…')]`.
fn printed_content(text: &str) -> Option<String> {
    let (_, inside) = text.split_once("TextContent(")?;
    let (_, literal) = inside
        .split_once("text=")
        .filter(|(_, literal)| literal.starts_with(['\'', '"']))?;
    python_text(literal)
}

/// The Python string literal at the start of a text.
fn python_text(literal: &str) -> Option<String> {
    let mut letters = literal.chars();
    let quote = letters.next()?;
    let mut text = String::new();
    loop {
        let letter = letters.next()?;
        if letter == quote {
            return Some(text);
        }
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        let digits = match letters.next()? {
            'n' => {
                text.push('\n');
                continue;
            }
            't' => {
                text.push('\t');
                continue;
            }
            'r' => {
                text.push('\r');
                continue;
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            other => {
                text.push(other);
                continue;
            }
        };
        let code: String = letters.by_ref().take(digits).collect();
        text.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_result_is_the_same_in_every_wrapping() {
        let plain = json!({"total": 1, "results": [{"event_name": "Ana's \"talk\" – ü"}]});
        let text = plain.to_string();
        let block = json!({"type": "text", "text": text});
        let quoted = text
            .replace('\\', "\\\\")
            .replace('\'', "\\'")
            .replace('–', "\\u2013");
        let wrapped = [
            text.clone(),
            format!("  {text}\n"),
            json!(text).to_string(),
            json!({"result": plain}).to_string(),
            json!({"result": text}).to_string(),
            json!({"output": [block]}).to_string(),
            block.to_string(),
            json!([block]).to_string(),
            json!({"content": [block], "isError": false}).to_string(),
            json!({"content": [block], "structuredContent": plain}).to_string(),
            json!({"content": [block], "structuredContent": {"result": plain}, "isError": false})
                .to_string(),
            json!({"content": [], "structured_content": plain}).to_string(),
            json!({"format_version": 1, "refused": false, "result": plain}).to_string(),
            format!("[TextContent(type='text', text='{quoted}', annotations=None)]"),
            format!(
                "meta=None content=[TextContent(type='text', text='{quoted}', annotations=None)] isError=False"
            ),
            "{'total': 1, 'results': [{'event_name': 'Ana\\'s \"talk\" – ü'}]}".to_owned(),
        ];
        for text in wrapped {
            assert_eq!(parse(&text), Ok(plain.clone()), "{text}");
        }
    }

    #[test]
    fn a_refusal_is_the_same_in_every_wrapping() {
        let said = "there is no event 7";
        let block = json!({"type": "text", "text": said});
        for text in [
            said.to_owned(),
            json!(said).to_string(),
            json!({"error": said}).to_string(),
            json!({"result": said}).to_string(),
            json!({"result": {"error": said}}).to_string(),
            json!({"refused": true, "result": said}).to_string(),
            json!([block]).to_string(),
            json!({"content": [block], "isError": true}).to_string(),
            format!("content=[TextContent(type='text', text='{said}')] isError=True"),
        ] {
            assert_eq!(parse(&text), Err(said.to_owned()), "{text}");
        }
    }

    #[test]
    fn consecutive_values_are_split() {
        assert_eq!(split("{\"a\": 1}\n[2]"), ["{\"a\": 1}", "[2]"]);
        assert_eq!(split("no event"), ["no event"]);
        assert_eq!(split("{} then"), ["{} then"]);
    }
}
