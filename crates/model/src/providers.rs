//! The table of providers, and opening one of their models. A provider with a supported wire format is one more entry.

use std::path::PathBuf;

use anyhow::Result;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::Model;
use super::cassette::Cassette;
use super::completions::ChatCompletionsFormat;
use super::http::{EndpointConfig, HttpModel};
use super::messages::MessagesFormat;
use super::retry::RetryPolicy;
use super::secret::Secret;

/// A provider.
pub struct Provider {
    /// The prefix of its models' names, such as `anthropic:`; empty for the entry that accepts all other names.
    pub prefix: &'static str,
    /// The base URL of its API, unless the user sets another one.
    pub base_url: &'static str,
    /// The environment variable that holds its key.
    pub key_variable: &'static str,
    /// The header that carries the key, in lower case.
    key_header: &'static str,
    /// The text before the key in that header.
    key_prefix: &'static str,
    /// Further headers of every request; the names are in lower case.
    headers: &'static [(&'static str, &'static str)],
    open: fn(EndpointConfig, String, bool) -> Result<Box<dyn Model>>,
}

/// Every provider. A name that matches no other prefix is a model of the last one.
pub const PROVIDERS: &[Provider] = &[
    Provider {
        prefix: "anthropic:",
        base_url: "https://api.anthropic.com",
        key_variable: "ANTHROPIC_API_KEY",
        key_header: "x-api-key",
        key_prefix: "",
        headers: &[("anthropic-version", "2023-06-01")],
        open: |config, model, stream| {
            Ok(Box::new(HttpModel::new(
                config,
                MessagesFormat { model, stream },
            )?))
        },
    },
    Provider {
        prefix: "",
        base_url: "https://api.openai.com/v1",
        key_variable: "OPENAI_API_KEY",
        key_header: "authorization",
        key_prefix: "Bearer ",
        headers: &[],
        open: |config, model, stream| {
            Ok(Box::new(HttpModel::new(
                config,
                ChatCompletionsFormat { model, stream },
            )?))
        },
    },
];

/// How to reach a model.
#[derive(Clone, Debug, Default)]
pub struct ProviderOptions {
    /// The base URL of the API, if it is not the provider's own.
    pub base_url: Option<String>,
    /// The environment variable that holds the key, if it is not the provider's own.
    pub api_key_env: Option<String>,
    /// Whether replies are streamed.
    pub stream: bool,
    /// When to retry.
    pub retry: RetryPolicy,
    /// The file that the traffic is recorded to; it must not exist.
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

    /// The key: from the variable that the user named, else from the provider's own variable. The latter is never sent to another server.
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

/// Opens a model by name, such as `gpt-4o` or `anthropic:claude-sonnet-4-5`.
///
/// # Errors
/// The key is missing, the base URL is invalid, or the cassette cannot be read or created.
pub fn open(name: &str, options: &ProviderOptions) -> Result<Box<dyn Model>> {
    let (provider, model) = PROVIDERS
        .iter()
        .find_map(|provider| Some((provider, name.strip_prefix(provider.prefix)?)))
        .expect("the last provider accepts every name");
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
    let config = EndpointConfig {
        name: name.to_owned(),
        base_url: base_url.to_owned(),
        headers,
        secret,
        retry: options.retry,
        cassette: options.cassette()?,
    };
    (provider.open)(config, model.to_owned(), options.stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_provider_accepts_every_name() {
        let last = PROVIDERS.len() - 1;
        for (index, provider) in PROVIDERS.iter().enumerate() {
            assert_eq!(provider.prefix.is_empty(), index == last);
        }
    }
}
