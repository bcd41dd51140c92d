//! Which model, and how it is asked: arguments that every command that asks one takes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use breakroom_tasks::suite::Suite;
use breakroom_tools::session::InitialState;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::Model;
use super::cassette::Cassette;
use super::chat::Sampling;
use super::completions::Completions;
use super::http::Http;
use super::messages::Messages;
use super::retry::Patience;
use super::scripted::Scripted;
use super::secret::Secret;
use crate::policy::model::PolicyModel;
use crate::policy::{Kind, Policy};

const OPENAI: &str = "https://api.openai.com/v1";
const ANTHROPIC: &str = "https://api.anthropic.com";
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// Arguments that choose a model.
#[derive(clap::Args, Clone, Debug)]
pub struct Choice {
    /// Model: NAME of a server of chat completions, anthropic:NAME, scripted:FILE, or a policy such as scripted:oracle
    #[arg(long)]
    pub model: Option<String>,
    /// Where the model's API begins, such as http://127.0.0.1:8000/v1 [default: OpenAI's, or Anthropic's]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// The environment variable that holds the key [default: OPENAI_API_KEY or ANTHROPIC_API_KEY, and none for another server]
    #[arg(long, value_name = "VAR")]
    pub api_key_env: Option<String>,
    /// Sampling temperature
    #[arg(long)]
    pub temperature: Option<f64>,
    /// The most tokens of one reply
    #[arg(long)]
    pub max_tokens: Option<u32>,
    /// Read replies as streams: some servers close connections that stay silent for long
    #[arg(long)]
    pub stream: bool,
    /// Seconds that one reply may take, attempts and waits included
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub reply_timeout: u64,
    /// How often a provider is asked for one reply
    #[arg(long, default_value_t = 6, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub attempts: u32,
    /// Milliseconds before the second attempt; the wait doubles from there
    #[arg(long, default_value_t = 500, value_name = "MS")]
    pub retry_wait: u64,
    /// Keep the provider's traffic in this new file, keys masked
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// Play the traffic of this file back, with no network and no key: a request that differs is an error
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// A table of prices, in the form of docs/models.md
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
}

impl Choice {
    /// How the model samples.
    pub fn sampling(&self, seed: Option<u64>) -> Sampling {
        Sampling {
            temperature: self.temperature,
            seed,
            max_tokens: self.max_tokens,
        }
    }

    /// How long one reply may take.
    pub fn reply_time(&self) -> Duration {
        Duration::from_secs(self.reply_timeout)
    }

    /// Opens the model; `seed` is for what waits between attempts, and for policies. These work on the tasks of a suite, in the office
    /// where its sessions start.
    ///
    /// # Errors
    /// No model is named, its file cannot be read, its URL is none, its key is missing, or it is a policy and there is no suite.
    pub fn open(
        &self,
        seed: u64,
        tasks: Option<(&Arc<Suite>, &InitialState)>,
    ) -> Result<Box<dyn Model>> {
        let name = self.model.as_deref().context(
            "no model is named: write --model NAME, anthropic:NAME, scripted:FILE or scripted:POLICY",
        )?;
        if let Some(script) = name.strip_prefix("scripted:") {
            return open_script(script, seed, tasks);
        }
        let patience = Patience {
            attempts: self.attempts,
            first: Duration::from_millis(self.retry_wait),
            seed,
            ..Patience::default()
        };
        self.open_named(name, patience)
    }

    fn open_named(&self, name: &str, patience: Patience) -> Result<Box<dyn Model>> {
        let stream = self.stream;
        let mut headers = HeaderMap::new();
        if let Some(model) = name.strip_prefix("anthropic:") {
            let secret = self.secret("ANTHROPIC_API_KEY")?;
            headers.insert(
                HeaderName::from_static("anthropic-version"),
                HeaderValue::from_static(ANTHROPIC_VERSION),
            );
            if let Some(secret) = &secret {
                headers.insert(HeaderName::from_static("x-api-key"), secret.header("")?);
            }
            let base = self.base_url.as_deref().unwrap_or(ANTHROPIC);
            let model = model.to_owned();
            let wire = Messages { model, stream };
            return Ok(Box::new(Http::new(
                name.to_owned(),
                base,
                headers,
                secret,
                patience,
                self.cassette()?,
                wire,
            )?));
        }
        let secret = self.secret("OPENAI_API_KEY")?;
        if let Some(secret) = &secret {
            headers.insert(AUTHORIZATION, secret.header("Bearer ")?);
        }
        let base = self.base_url.as_deref().unwrap_or(OPENAI);
        let model = name.to_owned();
        let wire = Completions { model, stream };
        Ok(Box::new(Http::new(
            name.to_owned(),
            base,
            headers,
            secret,
            patience,
            self.cassette()?,
            wire,
        )?))
    }

    /// The cassette that is recorded or played, where there is one.
    fn cassette(&self) -> Result<Option<Cassette>> {
        match (&self.record, &self.replay) {
            (Some(path), _) => Cassette::record(path).map(Some),
            (None, Some(path)) => Cassette::play(path).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The key: of the variable that was named, else of the provider's own, which no other server gets to see.
    fn secret(&self, own: &str) -> Result<Option<Secret>> {
        if self.replay.is_some() {
            return Ok(None);
        }
        match (&self.api_key_env, &self.base_url) {
            (Some(variable), _) => Secret::from_env(variable).map(Some),
            (None, Some(_)) => Ok(None),
            (None, None) => Secret::from_env(own).map(Some),
        }
    }
}

/// Opens a policy, or a file of replies.
fn open_script(
    script: &str,
    seed: u64,
    tasks: Option<(&Arc<Suite>, &InitialState)>,
) -> Result<Box<dyn Model>> {
    match script.parse::<Kind>() {
        Ok(kind) => {
            let (suite, start) = tasks.with_context(|| {
                format!("scripted:{kind} works on the tasks of a suite, and there is none here")
            })?;
            let policy = Policy::new(kind, start, seed);
            Ok(Box::new(PolicyModel::new(policy, suite)))
        }
        Err(_) if Path::new(script).exists() => Ok(Box::new(Scripted::read(Path::new(script))?)),
        Err(unknown) => {
            anyhow::bail!("cannot read replies from {script}: there is no such file, and {unknown}")
        }
    }
}
