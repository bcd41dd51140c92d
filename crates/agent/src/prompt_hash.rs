//! The hash of a prompt. It belongs to a run's settings, so that runs with different prompts can be told apart.

use sha2::{Digest, Sha256};

/// SHA-256 of a prompt's wording, in hexadecimal.
pub(crate) fn prompt_hash(wording: &str) -> String {
    Sha256::digest(wording)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
