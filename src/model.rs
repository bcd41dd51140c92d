//! `breakroom model serve`.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::tasks::Source;
use crate::user_error::UserInput;
use breakroom_model_server::faults::{FaultSetting, ReplyFault};
use breakroom_model_server::server::serve;
use breakroom_model_server::service::{MODEL_NAME, ModelServerSettings, ModelService};
use breakroom_policy::{POLICIES, PolicyKind};

/// What can be done with models.
#[derive(Subcommand)]
pub enum Command {
    /// Serve a scripted model over the APIs of OpenAI and Anthropic, to test agent frameworks (docs/model-server.md)
    Serve(Box<Serve>),
}

impl Command {
    /// Runs it.
    ///
    /// # Errors
    /// What the subcommand fails with.
    pub fn run(&self) -> Result<bool> {
        match self {
            Command::Serve(serve) => serve.run().map(|()| true),
        }
    }
}

/// Arguments of `model serve`.
#[derive(Args)]
#[command(after_help = lists())]
pub struct Serve {
    #[command(flatten)]
    source: Source,
    /// The policy that the model follows, from the list below
    #[arg(long, default_value = "oracle")]
    policy: PolicyKind,
    /// Name of the model
    #[arg(long, value_name = "NAME", default_value = MODEL_NAME)]
    model_name: String,
    /// Address to listen at, on this machine only; port 0 is any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = loopback)]
    addr: SocketAddr,
    /// Inject a fault from the list below, always or at this rate. Repeat it for more
    #[arg(long = "fault", value_name = "KIND[=RATE]")]
    faults: Vec<FaultSetting>,
    /// Maximum number of faults of each kind per conversation
    #[arg(long, value_name = "N", default_value_t = 1)]
    fault_limit: u32,
    /// Value of Retry-After with status 429, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    retry_after: u64,
    /// How long the fault `timeout` keeps a client waiting before status 504, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    hold: u64,
    /// Maximum number of tool calls per reply; independent changes are made together
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    calls_per_reply: u16,
    /// Seed of everything random, a whole number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write every request and reply to this new file, one JSON object per line
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

/// Policies and faults, for `--help`.
fn lists() -> String {
    let policies: String = POLICIES
        .iter()
        .map(|(name, line)| format!("  {name:<20} {line}\n"))
        .collect();
    format!("Policies:\n{policies}\nFaults:\n{}", ReplyFault::list())
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    match crate::address::parse_address(text) {
        Ok(addr) if addr.ip().is_loopback() => Ok(addr),
        Ok(addr) => Err(format!(
            "{} is not this machine's own: whoever reaches the server sees the tasks, so name 127.0.0.1",
            addr.ip()
        )),
        Err(error) => Err(error),
    }
}

impl Serve {
    /// The service that the arguments describe.
    ///
    /// # Errors
    /// A suite or world that cannot be read, or a log that cannot be begun.
    pub fn service(&self) -> Result<ModelService> {
        let (suite, start) = self.source.open()?;
        let settings = ModelServerSettings {
            name: self.model_name.clone(),
            policy: self.policy,
            faults: self.faults.clone(),
            fault_limit: self.fault_limit,
            seed: self.seed,
            most_calls: usize::from(self.calls_per_reply),
            retry_after: self.retry_after,
            hold: Duration::from_secs(self.hold),
            log: self.log.clone(),
        };
        ModelService::new(settings, &Arc::new(suite), &start).user_input()
    }

    /// Serves until it is interrupted or told to end.
    ///
    /// # Errors
    /// What [`Serve::service`] says, or an address that is taken.
    pub fn run(&self) -> Result<()> {
        let service = Arc::new(self.service()?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("the runtime cannot start")?;
        runtime.block_on(async {
            let mut ended = signal(SignalKind::terminate()).context("signals cannot be heard")?;
            let mut interrupted =
                signal(SignalKind::interrupt()).context("signals cannot be heard")?;
            let listener = TcpListener::bind(self.addr)
                .await
                .with_context(|| format!("cannot listen at {}: name another --addr", self.addr))
                .user_input()?;
            let addr = listener
                .local_addr()
                .context("the address cannot be told")?;
            announce(addr, service.name())?;
            let stop = async move {
                tokio::select! {
                    _ = ended.recv() => {}
                    _ = interrupted.recv() => {}
                }
            };
            serve(listener, service, stop).await
        })
    }
}

/// Says where the server listens, in one line.
fn announce(addr: SocketAddr, model: &str) -> Result<()> {
    let line = json!({"format_version": 1, "addr": addr, "base_url": format!("http://{addr}/v1"), "model": model});
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
