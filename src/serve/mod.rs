//! `breakroom serve`: the front ends. Each only carries messages to the [gateway](crate::gateway).

mod calls;
pub mod http;
mod mcp;
pub mod stdio;
mod telemetry;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use breakroom_sandbox::world::World;
use breakroom_tasks::suite::Suite;
use breakroom_tools::session::InitialState;
use breakroom_tools::workbench::checkout::read_office;
use clap::Args;
use http::App;
use telemetry::Log;
use tokio::signal::unix::{SignalKind, signal};

use crate::chaos::Chaos;
use crate::gateway::{Gateway, Library, Limits, Names};
use crate::tasks::read_suite;
use crate::wire::Open;

/// Arguments of `serve`.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    transport: Transport,
    /// Worlds that sessions can start from, the first one where nothing is asked for: folders of worlds, or WorkBench checkouts for the
    /// dialect workbench [default: the office that ships]
    #[arg(long = "world", value_name = "DIR")]
    worlds: Vec<PathBuf>,
    /// Suites whose tasks can be opened: files, or names of those that ship [default: office-690, in the office that ships]
    #[arg(long = "suite", value_name = "SUITE")]
    suites: Vec<String>,
    /// The task that the session of --mcp is opened on
    #[arg(long, value_name = "ID", conflicts_with_all = ["stdio", "http"])]
    task: Option<String>,
    /// Folder of the one session that is opened, as the last process left it; it is made where there is none
    #[arg(long, value_name = "DIR", conflicts_with = "http")]
    session_dir: Option<PathBuf>,
    /// Disturb calls as this file says (docs/chaos.md), in sessions that are opened without faults of their own
    #[arg(long, value_name = "FILE")]
    chaos: Option<PathBuf>,
    /// What a harness has to show to --http; any address but this machine's own needs it
    #[arg(
        long,
        value_name = "TOKEN",
        env = "BREAKROOM_TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
    /// Where clients reach --http, where that is not as they name it
    #[arg(long, value_name = "URL", env = "BREAKROOM_PUBLIC_URL")]
    public_url: Option<String>,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    log: Log,
}

/// How programs reach the server.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Transport {
    /// Serve standard input and output, one message of JSON-RPC a line: see PROTOCOL.md
    #[arg(long)]
    stdio: bool,
    /// Serve HTTP, and MCP over it, at this address: see docs/http.md. Where it listens is printed
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// Serve MCP on standard input and output, in one session: see docs/mcp.md
    #[arg(long)]
    mcp: bool,
}

impl Serve {
    /// Serves until standard input ends, or until it is told to stop.
    ///
    /// # Errors
    /// A world or suite that cannot be read, an address that cannot be had, or standard input or output that breaks.
    pub fn run(&self) -> Result<bool> {
        let _exporting = self.log.start()?;
        match self.transport.http {
            Some(address) => self.http(address)?,
            None if self.transport.mcp => self.mcp()?,
            None => {
                let gateway = Arc::new(self.gateway(Names::Counted)?);
                stdio::serve(gateway, std::io::stdin().lock(), std::io::stdout().lock())?;
            }
        }
        Ok(true)
    }

    fn http(&self, address: SocketAddr) -> Result<()> {
        if !address.ip().is_loopback() && self.token.is_none() {
            let message = format!(
                "{address} can be reached from other machines: give the server a token with --token or BREAKROOM_TOKEN, or use 127.0.0.1"
            );
            return Err(clap::Error::raw(
                clap::error::ErrorKind::MissingRequiredArgument,
                message + "\n",
            )
            .into());
        }
        let gateway = self
            .gateway(Names::Random)?
            .with_server_token(self.token.clone());
        let app = App::new(gateway, self.public_url.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let server = http::Server::bind(address, app).await?;
            writeln!(std::io::stdout(), "http://{}", server.address()?)?;
            if self.token.is_none() {
                tracing::warn!("no token: every program on this machine is the harness");
            }
            server.serve(told_to_stop()?).await
        })
    }

    fn mcp(&self) -> Result<()> {
        let gateway = Arc::new(self.gateway(Names::Counted)?);
        let open = Open {
            task: self.task.clone(),
            ..Open::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let served = runtime.block_on(mcp::over_stdio::serve(gateway, &open));
        // Whoever reads standard input for it would wait for a line that nobody sends.
        runtime.shutdown_background();
        served
    }

    fn gateway(&self, names: Names) -> Result<Gateway> {
        let chaos = self.chaos.as_deref().map(Chaos::read).transpose()?;
        let mut gateway = Gateway::new(self.library()?, names)
            .with_limits(self.limits.clone())
            .with_chaos(chaos);
        if let Some(folder) = &self.session_dir {
            gateway = gateway.with_session_dir(folder);
        }
        Ok(gateway)
    }

    fn library(&self) -> Result<Library> {
        let mut library = Library::default();
        if self.worlds.is_empty() {
            library = Library::of(World::office());
        }
        for folder in &self.worlds {
            // A checkout of WorkBench is a start too, for the tools of its dialect.
            if folder.join("data/processed").is_dir() {
                let office = read_office(folder)?;
                library.add_start("workbench", InitialState::Workbench(Arc::new(office)));
            } else {
                let world = crate::world::open(Some(folder))?;
                library.add_start(world.name(), InitialState::Native(Arc::clone(&world)));
            }
        }
        if self.suites.is_empty() && self.worlds.is_empty() {
            library.add_suite(Suite::office_690()?)?;
        }
        for suite in &self.suites {
            library.add_suite(read_suite(suite)?)?;
        }
        Ok(library)
    }
}

/// Done once somebody interrupts or terminates the program.
fn told_to_stop() -> Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}
