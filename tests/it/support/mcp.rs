//! A client of MCP, as bare as can be: messages of either generation over HTTP.

use reqwest::Client;
use serde_json::{Value as Json, json};

use super::served::{Answer, read};

/// Which generation a client is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// With a handshake.
    Handshake,
    /// Each request stands alone.
    Alone,
}

impl Generation {
    pub fn version(self) -> &'static str {
        match self {
            Generation::Handshake => "2025-11-25",
            Generation::Alone => "2026-07-28",
        }
    }
}

/// Sends one message, with what each generation says beside it.
pub async fn send(
    client: &Client,
    url: &str,
    generation: Generation,
    method: &str,
    mut parameters: Json,
) -> Answer {
    if generation == Generation::Alone {
        parameters["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": generation.version(),
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
    }
    let named = parameters["name"]
        .as_str()
        .or(parameters["uri"].as_str())
        .map(str::to_owned);
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
    let mut request = client
        .post(url)
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .header("mcp-protocol-version", generation.version())
        .body(message.to_string());
    if generation == Generation::Alone {
        request = request.header("mcp-method", method);
        if let Some(name) = named {
            request = request.header("mcp-name", name);
        }
    }
    read(request.send().await.unwrap()).await
}

/// The handshake.
pub fn initialize() -> Json {
    json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } })
}

/// What a call's answer says: whether it was refused, and the result or the reason.
pub fn outcome(answer: &Json) -> (bool, Json) {
    let result = &answer["result"];
    let text = result["content"][0]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"));
    if result["isError"] == true {
        return (true, json!(text));
    }
    let structured = &result["structuredContent"];
    let plain = structured
        .as_object()
        .is_some_and(|object| object.len() == 1 && object.contains_key("result"));
    let value = if plain {
        &structured["result"]
    } else {
        structured
    };
    // The text says the same.
    let said = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    assert_eq!(said, *value, "{answer}");
    (false, value.clone())
}
