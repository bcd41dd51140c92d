//! The description for programs (OpenAPI 3.1) and for people. Its routes come from the handlers, and its schemas from the wire types.

use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};

use super::openapi::SCHEMAS;
use super::page;
use super::routes::routes;
use breakroom_gateway::wire;
use breakroom_gateway::wire::schema::result;

/// The whole document.
fn document() -> &'static Json {
    static DOCUMENT: LazyLock<Json> = LazyLock::new(|| {
        let api = routes().into_openapi();
        let mut document =
            serde_json::to_value(api).expect("the document is made of text, lists and objects");
        document["openapi"] = json!("3.1.0");
        let problem: (&str, fn() -> Json) = ("Problem", result::<wire::ProblemDetails>);
        let schemas: Map<String, Json> = SCHEMAS
            .iter()
            .chain([&problem])
            .map(|(name, schema)| ((*name).to_owned(), schema()))
            .collect();
        document["components"]["schemas"] = Json::Object(schemas);
        document["components"]["responses"] = json!({ "Problem": {
            "description": "Why the request was not served",
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        } });
        let paths = document["paths"].as_object_mut().into_iter().flatten();
        for (_, path) in paths {
            for (_, operation) in path.as_object_mut().into_iter().flatten() {
                operation["responses"]["default"] =
                    json!({ "$ref": "#/components/responses/Problem" });
            }
        }
        document
    });
    &DOCUMENT
}

/// The whole document as text.
pub(super) fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
    &TEXT
}

/// The document as a page for people.
pub(super) fn page() -> &'static str {
    static PAGE: LazyLock<String> = LazyLock::new(|| page::render(document()));
    &PAGE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_route_and_loads_nothing_from_elsewhere() {
        let page = page();
        let paths = document()["paths"].as_object();
        for path in paths.into_iter().flatten().map(|(path, _)| path) {
            assert!(page.contains(&format!("</span> {path}</code>")), "{path}");
        }
        for word in ["<script", "<link", "src=", "http://", "https://", "url("] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
