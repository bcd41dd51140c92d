//! Which model, and how it is asked: arguments that every command that asks one takes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use breakroom_model::Model;
use breakroom_model::providers::{self, ProviderOptions};
use breakroom_model::retry::RetryPolicy;
use breakroom_model::scripted::ScriptedModel;
use breakroom_policy::model::PolicyModel;
use breakroom_policy::{Policy, PolicyKind};
use breakroom_tasks::suite::Suite;
use breakroom_tools::session::InitialState;

/// Arguments that choose a model.
#[derive(clap::Args, Clone, Debug)]
pub struct ModelArgs {
    /// The model: NAME of a chat completions server, anthropic:NAME, scripted:FILE, or a policy such as scripted:oracle
    /// [default: scripted:intern, which needs no key]
    #[arg(long)]
    pub model: Option<String>,
    /// Base URL of the model's API, such as http://127.0.0.1:8000/v1 [default: the provider's]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Environment variable that holds the API key [default: OPENAI_API_KEY or ANTHROPIC_API_KEY, and no key for another base URL]
    #[arg(long, value_name = "VAR")]
    pub api_key_env: Option<String>,
    /// Sampling temperature [default: the provider's]
    #[arg(long)]
    pub temperature: Option<f64>,
    /// Maximum number of tokens per reply [default: the provider's]
    #[arg(long)]
    pub max_tokens: Option<u32>,
    /// Stream replies: some servers close connections that stay silent for long
    #[arg(long)]
    pub stream: bool,
    /// Time limit of one reply, in seconds, including retries
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub reply_timeout: u64,
    /// Maximum number of attempts per reply
    #[arg(long, default_value_t = 6, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub attempts: u32,
    /// Wait before the second attempt, in milliseconds; it doubles with each further attempt
    #[arg(long, default_value_t = 500, value_name = "MS")]
    pub retry_wait: u64,
    /// Record the provider's traffic in this new file, without keys
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// Replay the traffic of this file without network and key; a request that differs is a fault
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// File with prices, as docs/models.md describes it [default: the prices that ship]
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
}

impl ModelArgs {
    /// How long one reply may take.
    pub fn reply_time(&self) -> Duration {
        Duration::from_secs(self.reply_timeout)
    }

    /// Opens the model; `seed` is for the waits between attempts, and for policies. These work on the tasks of a suite, in the office
    /// where its sessions start.
    ///
    /// # Errors
    /// No model is named, its file cannot be read, its address is not a URL, or its key is missing.
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
        let retry = RetryPolicy {
            max_attempts: self.attempts,
            initial_backoff: Duration::from_millis(self.retry_wait),
            seed,
            ..RetryPolicy::default()
        };
        let options = ProviderOptions {
            base_url: self.base_url.clone(),
            api_key_env: self.api_key_env.clone(),
            stream: self.stream,
            retry,
            record: self.record.clone(),
            replay: self.replay.clone(),
        };
        providers::open(name, &options)
    }
}

/// Opens a policy, or a file of replies.
fn open_script(
    script: &str,
    seed: u64,
    tasks: Option<(&Arc<Suite>, &InitialState)>,
) -> Result<Box<dyn Model>> {
    match script.parse::<PolicyKind>() {
        Ok(kind) => {
            let (suite, start) = tasks.with_context(|| {
                format!("scripted:{kind} works on the tasks of a suite, and there is none here")
            })?;
            let policy = Policy::new(kind, start, seed);
            Ok(Box::new(PolicyModel::new(policy, suite)))
        }
        Err(_) if Path::new(script).exists() => {
            Ok(Box::new(ScriptedModel::read(Path::new(script))?))
        }
        Err(unknown) => {
            anyhow::bail!("cannot read replies from {script}: there is no such file, and {unknown}")
        }
    }
}
