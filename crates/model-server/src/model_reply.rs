//! What is said, in no API's form.

use sha2::{Digest, Sha256};

use breakroom_model::chat::Usage;

/// A reply.
#[derive(Clone, Debug, Default)]
pub(super) struct ModelReply {
    /// Its text.
    pub(super) text: String,
    /// The calls.
    pub(super) calls: Vec<ReplyCall>,
    /// The words with which the model refuses, in place of all else.
    pub(super) refusal: Option<String>,
    /// What it took.
    pub(super) usage: Usage,
    /// The model's name.
    pub(super) model: String,
    /// Tells this reply from others; the same for the same request.
    pub(super) id: String,
    /// Seconds since 1970 by the office's clock.
    pub(super) created: i64,
}

/// A native call.
#[derive(Clone, Debug)]
pub(super) struct ReplyCall {
    /// Under which its result comes back.
    pub(super) id: String,
    /// The tool as the client names it.
    pub(super) tool: String,
    /// The text of the arguments: a JSON object, unless it is a fault.
    pub(super) arguments: String,
}

/// A name that follows from its parts, of 24 letters.
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

/// The pieces in which a stream brings a text, at least one. However long it is, they are not many.
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
