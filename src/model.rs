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
    /// Serve a model without weights over the APIs of OpenAI and Anthropic, to try agent frameworks with: see docs/model-server.md.
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
    /// What the model does: one of the policies below
    #[arg(long, default_value = "oracle")]
    policy: PolicyKind,
    /// What the model is called
    #[arg(long, value_name = "NAME", default_value = MODEL_NAME)]
    model_name: String,
    /// Where to listen, on this machine alone; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = loopback)]
    addr: SocketAddr,
    /// Mix in a fault of the list below, wherever it can happen or at this rate; several can be named
    #[arg(long = "fault", value_name = "KIND[=RATE]")]
    faults: Vec<FaultSetting>,
    /// How often each kind of fault happens in one conversation at the most
    #[arg(long, value_name = "N", default_value_t = 1)]
    fault_limit: u32,
    /// What Retry-After says with the status 429, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    retry_after: u64,
    /// How long the fault timeout keeps a client waiting, before it gets status 504
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    hold: u64,
    /// The most calls of one reply: changes that do not need each other's results are made together
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    calls_per_reply: u16,
    /// Whole number from which all that is random is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write every request and reply into this new file, one JSON object a line
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
