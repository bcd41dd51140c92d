//! The providers: one table, and opening a model of one of them. A provider whose API has a known form is one more entry.

use std::path::PathBuf;

use anyhow::Result;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::Model;
use super::cassette::Cassette;
use super::completions::Completions;
use super::http::{Connection, Http};
use super::messages::Messages;
use super::retry::RetryPolicy;
use super::secret::Secret;

/// A provider, or a kind of server.
pub struct Provider {
    /// What the names of its models begin with, such as `anthropic:`; empty for the entry that takes all other names.
    pub prefix: &'static str,
    /// Where its API begins, unless the user names another address.
    pub base_url: &'static str,
    /// The environment variable that holds its key.
    pub key_variable: &'static str,
    /// The header that carries the key, in lower case.
    key_header: &'static str,
    /// What stands before the key in that header.
    key_prefix: &'static str,
    /// Further headers of every request, names in lower case.
    headers: &'static [(&'static str, &'static str)],
    open: fn(Connection, String, bool) -> Result<Box<dyn Model>>,
}

/// Every provider. Names that match no other prefix are models of the last.
pub const PROVIDERS: &[Provider] = &[
    Provider {
        prefix: "anthropic:",
        base_url: "https://api.anthropic.com",
        key_variable: "ANTHROPIC_API_KEY",
        key_header: "x-api-key",
        key_prefix: "",
        headers: &[("anthropic-version", "2023-06-01")],
        open: |connection, model, stream| {
            Ok(Box::new(Http::new(connection, Messages { model, stream })?))
        },
    },
    Provider {
        prefix: "",
        base_url: "https://api.openai.com/v1",
        key_variable: "OPENAI_API_KEY",
        key_header: "authorization",
        key_prefix: "Bearer ",
        headers: &[],
        open: |connection, model, stream| {
            Ok(Box::new(Http::new(
                connection,
                Completions { model, stream },
            )?))
        },
    },
];

/// How a model is reached.
#[derive(Clone, Debug, Default)]
pub struct ProviderOptions {
    /// Where the API begins, if it is not the provider's own address.
    pub base_url: Option<String>,
    /// The environment variable that holds the key, if it is not the provider's own.
    pub api_key_env: Option<String>,
    /// Whether replies are read as streams.
    pub stream: bool,
    /// When to ask again.
    pub retry: RetryPolicy,
    /// The new file that the traffic is recorded to.
    pub record: Option<PathBuf>,
    /// The file that the traffic is played from.
    pub replay: Option<PathBuf>,
}

impl ProviderOptions {
    fn cassette(&self) -> Result<Option<Cassette>> {
        match (&self.record, &self.replay) {
            (Some(path), _) => Cassette::record(path).map(Some),
            (None, Some(path)) => Cassette::play(path).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The key: of the variable that was named, else of the provider's own, which no other server gets to see.
    fn secret(&self, provider: &Provider) -> Result<Option<Secret>> {
        if self.replay.is_some() {
            return Ok(None);
        }
        match (&self.api_key_env, &self.base_url) {
            (Some(variable), _) => Secret::from_env(variable).map(Some),
            (None, Some(_)) => Ok(None),
            (None, None) => Secret::from_env(provider.key_variable).map(Some),
        }
    }
}

/// Opens the model of that name, such as `gpt-4o` or `anthropic:claude-sonnet-4-5`.
///
/// # Errors
/// The key is missing, the address is not a URL, or the cassette cannot be read or begun.
pub fn open(name: &str, options: &ProviderOptions) -> Result<Box<dyn Model>> {
    let (provider, model) = PROVIDERS
        .iter()
        .find_map(|provider| Some((provider, name.strip_prefix(provider.prefix)?)))
        .expect("the last provider takes every name");
    let secret = options.secret(provider)?;
    let mut headers = HeaderMap::new();
    for (header, value) in provider.headers {
        headers.insert(
            HeaderName::from_static(header),
            HeaderValue::from_static(value),
        );
    }
    if let Some(secret) = &secret {
        headers.insert(
            HeaderName::from_static(provider.key_header),
            secret.header(provider.key_prefix)?,
        );
    }
    let base_url = options.base_url.as_deref().unwrap_or(provider.base_url);
    let connection = Connection {
        name: name.to_owned(),
        base_url: base_url.to_owned(),
        headers,
        secret,
        retry: options.retry,
        cassette: options.cassette()?,
    };
    (provider.open)(connection, model.to_owned(), options.stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_provider_takes_every_name() {
        let last = PROVIDERS.len() - 1;
        for (place, provider) in PROVIDERS.iter().enumerate() {
            assert_eq!(provider.prefix.is_empty(), place == last);
        }
    }
}
