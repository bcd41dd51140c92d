//! Renders the OpenAPI document as one page for people. It has no scripts and loads nothing from elsewhere.

use std::fmt::Write;

use serde_json::Value as Json;

use super::problem::PROBLEM_KINDS;
use breakroom_gateway::ErrorCode;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}\
    code{font:14px/1.4 ui-monospace,monospace}article{border-top:1px solid #ccc;padding:.5rem 0 1rem}h3{margin:.5rem 0}table{border-collapse:collapse}\
    td,th{text-align:left;vertical-align:top;padding:.15rem 1rem .15rem 0}.m{font-weight:bold}\
    @media(prefers-color-scheme:dark){body{color:#ddd;background:#111}a{color:#8bf}article{border-color:#444}}";

/// The tags of the routes, in the order of the page.
const PLANES: [(&str, &str, &str); 3] = [
    (
        "agent",
        "Agent",
        "With a session's token: that session's tools, and nothing else.",
    ),
    (
        "harness",
        "Harness",
        "With the server's token, or without one if the server has none.",
    ),
    ("operation", "Operation", "For whoever runs the server."),
];

/// Renders the OpenAPI document.
pub(super) fn render(document: &Json) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Breakroom</title>\
         <style>{STYLE}</style></head><body><h1>Breakroom {}</h1><p>{}</p><p>For programs: <a href=\"/openapi.json\">/openapi.json</a></p>",
        text(&document["info"]["version"]),
        text(&document["info"]["description"])
    );
    for (tag, title, about) in PLANES {
        let _ = write!(page, "<h2 id=\"{tag}\">{title}</h2><p>{about}</p>");
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                if operation["tags"][0] == tag {
                    render_operation(&mut page, document, method, path, operation);
                }
            }
        }
    }
    page.push_str("<h2 id=\"problems\">Problems</h2><table><tr><th>type</th><th>status</th><th>what it means</th></tr>");
    let codes = ErrorCode::ALL.map(ErrorCode::info);
    let codes = codes
        .iter()
        .map(|info| (info.status, info.slug, info.title));
    let own = PROBLEM_KINDS
        .iter()
        .map(|(status, slug, title)| (status.as_u16(), *slug, *title));
    for (status, slug, title) in codes.chain(own) {
        let _ = write!(
            page,
            "<tr id=\"{slug}\"><td><code>/docs#{slug}</code></td><td>{status}</td><td>{title}</td></tr>"
        );
    }
    page.push_str("</table></body></html>");
    page
}

fn render_operation(
    page: &mut String,
    document: &Json,
    method: &str,
    path: &str,
    operation: &Json,
) {
    let _ = write!(
        page,
        "<article><h3><code><span class=\"m\">{}</span> {}</code></h3><p>{}. {}</p>",
        method.to_uppercase(),
        escaped(path),
        text(&operation["summary"]),
        text(&operation["description"])
    );
    let mut rows = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let place = text(&parameter["in"]);
        rows.push((
            text(&parameter["name"]),
            place,
            text(&parameter["description"]),
        ));
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    rows.extend(fields(document, body, "body"));
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        if status == "default" {
            continue;
        }
        rows.push((
            status.clone(),
            "answer".to_owned(),
            text(&response["description"]),
        ));
        let content = response["content"].as_object().into_iter().flatten();
        for (kind, content) in content {
            if kind == "application/json" {
                rows.extend(fields(document, &content["schema"], ""));
            }
        }
    }
    page.push_str("<table>");
    for (name, place, about) in rows {
        let _ = write!(
            page,
            "<tr><td><code>{name}</code></td><td>{place}</td><td>{about}</td></tr>"
        );
    }
    page.push_str("</table></article>");
}

/// The fields of a schema: name, place and description.
fn fields(document: &Json, schema: &Json, place: &str) -> Vec<(String, String, String)> {
    let Some(name) = reference(schema) else {
        return Vec::new();
    };
    let schema = &document["components"]["schemas"][name];
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields
        .map(|(name, field)| (escaped(name), place.to_owned(), text(&field["description"])))
        .collect()
}

/// The name of the type that a schema is, alone or beside null.
fn reference(schema: &Json) -> Option<&str> {
    let direct = schema["$ref"].as_str();
    let either = schema["oneOf"].as_array().into_iter().flatten();
    let found = direct.or_else(|| {
        either
            .into_iter()
            .find_map(|schema| schema["$ref"].as_str())
    });
    found?.rsplit('/').next()
}

fn text(value: &Json) -> String {
    escaped(value.as_str().unwrap_or_default())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
