//! `breakroom serve --stdio`: JSON-RPC 2.0 with one message per line, as PROTOCOL.md says.

use std::io::{BufRead, Read, Write};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use breakroom_gateway::{ApiError, ErrorCode, Gateway};

/// The longest line that a program may send an agent's front end: 1 MiB.
pub const LONGEST_LINE: usize = 1 << 20;

/// Answers every line of `input` until it ends. Empty lines and notifications get no answer.
///
/// # Errors
/// Reading or writing failed.
pub fn serve(
    gateway: Arc<Gateway>,
    mut input: impl BufRead,
    mut output: impl Write,
) -> std::io::Result<()> {
    let longest = gateway.limits().request_bytes;
    let mut line = Vec::new();
    while read_line(&mut input, &mut line, longest)? {
        let answer = if line.len() > longest {
            let message =
                format!("the line is longer than {longest} bytes: send less in one message");
            Some(error_response(
                Json::Null,
                ErrorCode::Invalid.with_message(message),
            ))
        } else if line.trim_ascii().is_empty() {
            None
        } else {
            answer(
                &mut |method, parameters| gateway.serve(method, parameters),
                &line,
            )
        };
        if let Some(answer) = answer {
            serde_json::to_writer(&mut output, &answer)?;
            output.write_all(b"\n")?;
            output.flush()?;
        }
    }
    Ok(())
}

/// Reads a line and keeps at most one byte more than the limit. Returns false at the end of input.
fn read_line(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
    longest: usize,
) -> std::io::Result<bool> {
    line.clear();
    input
        .by_ref()
        .take(longest as u64 + 1)
        .read_until(b'\n', line)?;
    if line.len() > longest && line.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
    }
    Ok(!line.is_empty())
}

/// Runs a method.
pub type Methods<'a> = dyn FnMut(&str, Json) -> Result<Json, ApiError> + Send + 'a;

/// The answer to one line. A notification gets none.
pub fn answer(methods: &mut Methods<'_>, line: &[u8]) -> Option<Json> {
    let message: Json = match serde_json::from_slice(line.trim_ascii_end()) {
        Ok(message) => message,
        Err(reason) => {
            let error = ErrorCode::Broken.with_message(format!("the line is not JSON: {reason}"));
            return Some(error_response(Json::Null, error));
        }
    };
    let id = message.get("id").cloned();
    let known_id = id
        .clone()
        .filter(|id| id.is_string() || id.is_number())
        .unwrap_or_default();
    let invalid = |message: &str| {
        Some(error_response(
            known_id.clone(),
            ErrorCode::Invalid.with_message(message),
        ))
    };
    let Some(object) = message.as_object() else {
        return invalid(
            "a message must be an object, and batches are not supported: send one object per line",
        );
    };
    if object.get("jsonrpc") != Some(&json!("2.0")) {
        return invalid("jsonrpc is missing or is not \"2.0\"");
    }
    let Some(method) = object.get("method").and_then(Json::as_str) else {
        return invalid("method is missing or is not a string");
    };
    if id.is_some() && known_id.is_null() {
        return invalid("id is neither a string nor a number");
    }
    let parameters = object.get("params").cloned().unwrap_or_else(|| json!({}));
    if !parameters.is_object() {
        return invalid("params is not an object: give parameters by name");
    }
    let result = methods(method, parameters);
    id.map(|id| match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => error_response(id, error),
    })
}

fn error_response(id: Json, error: ApiError) -> Json {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": error.code.info().code, "message": error.message } })
}
