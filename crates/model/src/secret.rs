//! API keys, kept out of logs and messages.

use std::fmt;

use anyhow::{Context, Result};
use reqwest::header::HeaderValue;

/// A key. It cannot be printed or serialized.
#[derive(Clone)]
pub struct Secret(String);

const MASK: &str = "***";

impl Secret {
    /// Wraps a key; None if it is empty.
    pub fn new(key: &str) -> Option<Secret> {
        let key = key.trim();
        (!key.is_empty()).then(|| Secret(key.to_owned()))
    }

    /// Reads a key from the environment.
    ///
    /// # Errors
    /// The variable is unset, empty or not valid text.
    pub fn from_env(variable: &str) -> Result<Secret> {
        let key = std::env::var(variable).ok();
        key.and_then(|key| Secret::new(&key)).with_context(|| {
            format!(
                "the environment variable {variable} holds no key: set it, or name another with --api-key-env"
            )
        })
    }

    /// The header value: a prefix, then the key. It is marked as sensitive, so debug output omits it.
    ///
    /// # Errors
    /// The key contains a character that a header cannot hold.
    pub(super) fn header(&self, prefix: &str) -> Result<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("{prefix}{}", self.0)).map_err(|_| {
            anyhow::anyhow!("the key contains characters that are not allowed in a header")
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Masks the key in a response, because providers quote keys in their error messages.
    pub(super) fn redact(&self, body: &mut Vec<u8>) {
        let key = self.0.as_bytes();
        if let Some(first) = body.windows(key.len()).position(|part| part == key) {
            let text = String::from_utf8_lossy(&body[first..]).replace(&self.0, MASK);
            body.truncate(first);
            body.extend_from_slice(text.as_bytes());
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(MASK)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        let secret = Secret::new(" sk-123\n").unwrap();
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(
            format!("{:?}", secret.header("Bearer ").unwrap()),
            "Sensitive"
        );
        let mut body = b"wrong key sk-123, sk-123!".to_vec();
        secret.redact(&mut body);
        assert_eq!(body, b"wrong key ***, ***!");
    }

    #[test]
    fn an_unset_variable_is_named() {
        let error = Secret::from_env("BREAKROOM_NO_SUCH_KEY").unwrap_err();
        assert!(
            error.to_string().contains("BREAKROOM_NO_SUCH_KEY"),
            "{error}"
        );
    }
}
