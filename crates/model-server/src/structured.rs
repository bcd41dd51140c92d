//! Answers that have to fit a schema.

use serde_json::{Map, Value as Json, json};

/// How deep schemas are followed.
const DEEPEST: usize = 8;

/// A value that fits a schema. Texts are the answer, and numbers are taken from it.
pub(super) fn fill(schema: &Json, answer: &str) -> Json {
    Filler {
        root: schema,
        answer,
    }
    .value(schema, DEEPEST)
}

struct Filler<'a> {
    root: &'a Json,
    answer: &'a str,
}

impl Filler<'_> {
    fn value(&self, schema: &Json, depth: usize) -> Json {
        let Some(depth) = depth.checked_sub(1) else {
            return Json::Null;
        };
        if let Some(reference) = schema["$ref"].as_str() {
            let referred = reference.strip_prefix('#');
            let referred = referred.and_then(|pointer| self.root.pointer(pointer));
            return referred.map_or(Json::Null, |referred| self.value(referred, depth));
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        for several in ["anyOf", "oneOf", "allOf"] {
            let choices = schema[several].as_array().into_iter().flatten();
            let mut real = choices.filter(|choice| choice["type"] != "null");
            if let Some(choice) = real.next() {
                return self.value(choice, depth);
            }
        }
        let kind = match &schema["type"] {
            Json::Array(kinds) => kinds.iter().find(|kind| *kind != "null"),
            kind => Some(kind),
        };
        match kind.and_then(Json::as_str) {
            Some("integer") => json!(self.number().round() as i64),
            Some("number") => json!(self.number()),
            Some("boolean") => json!(true),
            Some("null") => Json::Null,
            Some("array") => json!([self.value(&schema["items"], depth)]),
            Some("object") => self.object(schema, depth),
            None if schema.get("properties").is_some() => self.object(schema, depth),
            _ => json!(self.answer),
        }
    }

    fn object(&self, schema: &Json, depth: usize) -> Json {
        let Some(properties) = schema["properties"]
            .as_object()
            .filter(|all| !all.is_empty())
        else {
            return json!({"answer": self.answer});
        };
        let required = schema["required"].as_array();
        let needed = |name: &str| required.is_none_or(|names| names.iter().any(|it| it == name));
        let fields: Map<String, Json> = properties
            .iter()
            .filter(|(name, _)| needed(name))
            .map(|(name, property)| (name.clone(), self.value(property, depth)))
            .collect();
        Json::Object(fields)
    }

    /// The first number of the answer.
    fn number(&self) -> f64 {
        let words = self.answer.split_whitespace();
        let mut numbers = words.filter_map(|word| {
            word.trim_matches(|letter: char| !letter.is_ascii_digit() && letter != '-')
                .parse()
                .ok()
        });
        numbers.next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_takes_the_form_that_is_asked_for() {
        let schema = json!({
            "$defs": {"Note": {"properties": {"text": {"type": "string"}}, "required": ["text"]}},
            "type": "object",
            "properties": {
                "answer": {"type": ["null", "string"]},
                "count": {"type": "integer"},
                "share": {"anyOf": [{"type": "null"}, {"type": "number"}]},
                "done": {"type": "boolean"},
                "mood": {"enum": ["calm", "busy"]},
                "notes": {"type": "array", "items": {"$ref": "#/$defs/Note"}},
                "left": {"type": "string"},
            },
            "required": ["answer", "count", "share", "done", "mood", "notes"],
        });
        let filled = json!({"answer": "It is 42.", "count": 42, "share": 42.0, "done": true, "mood": "calm", "notes": [{"text": "It is 42."}]});
        assert_eq!(fill(&schema, "It is 42."), filled);
        assert_eq!(
            fill(&json!({"type": "object"}), "yes"),
            json!({"answer": "yes"})
        );
        assert_eq!(fill(&Json::Null, "yes"), json!("yes"));
        let endless = json!({"properties": {"next": {"$ref": "#"}}});
        assert!(fill(&endless, "yes").to_string().contains("null"));
    }
}
