//! The model's reply, in the form of no API.

use sha2::{Digest, Sha256};

use breakroom_model::chat::Usage;

/// A reply.
#[derive(Clone, Debug, Default)]
pub(super) struct ModelReply {
    /// Its text.
    pub(super) text: String,
    /// The calls.
    pub(super) calls: Vec<ReplyCall>,
    /// The model's refusal. If there is one, there is nothing else.
    pub(super) refusal: Option<String>,
    /// Token usage.
    pub(super) usage: Usage,
    /// The model's name.
    pub(super) model: String,
    /// The reply's id. The same request gets the same id.
    pub(super) id: String,
    /// When it was made, in seconds since 1970 on the office's clock.
    pub(super) created: i64,
}

/// A native call.
#[derive(Clone, Debug)]
pub(super) struct ReplyCall {
    /// Its id, which its result repeats.
    pub(super) id: String,
    /// The tool as the client names it.
    pub(super) tool: String,
    /// The text of the arguments: a JSON object, unless it is a fault.
    pub(super) arguments: String,
}

/// An id of 24 characters that follows from its parts.
pub(super) fn id_of(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let digest = digest.finalize();
    digest[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Splits a text into the pieces of a stream: at least one, and not many however long the text is.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    const LEAST: usize = 16;
    const MOST: usize = 200;
    let size = LEAST.max(text.len() / MOST);
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > size {
        let (piece, behind) = rest.split_at(rest.ceil_char_boundary(size));
        pieces.push(piece);
        rest = behind;
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(rest);
    }
    pieces
}
