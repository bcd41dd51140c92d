//! `breakroom serve`: the front ends.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use breakroom_sandbox::world::World;
use breakroom_server::http::{AppState, Server};
use breakroom_server::telemetry::{LogFormat, LogSettings};
use breakroom_server::{mcp, stdio};
use breakroom_tasks::suite::Suite;
use breakroom_tools::session::InitialState;
use breakroom_tools::workbench::checkout::read_office;
use clap::{Args, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};

use crate::tasks::read_suite;
use crate::user_error::{UserInput, user_error};
use breakroom_gateway::chaos::Chaos;
use breakroom_gateway::wire::OpenRequest;
use breakroom_gateway::{ApiError, Gateway, GatewayLimits, Library, SessionIds};

/// Arguments of `serve`.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    transport: Transport,
    /// Folder of a world that sessions can start from, or a WorkBench checkout for the dialect workbench. Repeat it for more; the
    /// first is the default [default: the office that ships]
    #[arg(long = "world", value_name = "DIR")]
    worlds: Vec<PathBuf>,
    /// Suite whose tasks can be opened: a file, or the name of one that ships. Repeat it for more [default: office-690]
    #[arg(long = "suite", value_name = "SUITE")]
    suites: Vec<String>,
    /// Task of the session that --mcp opens
    #[arg(long, value_name = "ID", conflicts_with_all = ["stdio", "http"])]
    task: Option<String>,
    /// Folder that keeps the session from one process to the next; it is created if it does not exist
    #[arg(long, value_name = "DIR", conflicts_with = "http")]
    session_dir: Option<PathBuf>,
    /// Disturb tool calls as this file describes (docs/chaos.md), in sessions that do not ask for chaos of their own
    #[arg(long, value_name = "FILE")]
    chaos: Option<PathBuf>,
    /// Token that a harness must send to --http; required if other machines can reach the address
    #[arg(
        long,
        value_name = "TOKEN",
        env = "BREAKROOM_TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
    /// URL at which clients reach --http, if a proxy is in between
    #[arg(long, value_name = "URL", env = "BREAKROOM_PUBLIC_URL")]
    public_url: Option<String>,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    log: LogArgs,
}

/// How programs reach the server.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Transport {
    /// Serve JSON-RPC on standard input and output, one message per line (PROTOCOL.md)
    #[arg(long)]
    stdio: bool,
    /// Serve HTTP, and MCP over HTTP, at this address, such as 8080 or localhost:8080 (docs/http.md). The URL is printed
    #[arg(long, value_name = "ADDRESS", value_parser = crate::address::parse_address)]
    http: Option<SocketAddr>,
    /// Serve MCP on standard input and output, with one session (docs/mcp.md)
    #[arg(long)]
    mcp: bool,
}

/// Settings that bound what a server spends.
#[derive(Args, Clone, Debug)]
struct LimitArgs {
    /// Maximum number of open sessions
    #[arg(
        long = "max-sessions",
        value_name = "N",
        default_value_t = 10_000,
        env = "BREAKROOM_MAX_SESSIONS"
    )]
    sessions: usize,
    /// Close a session that is not used for this many seconds
    #[arg(long = "idle-seconds", value_name = "N", default_value = "3600", value_parser = seconds, env = "BREAKROOM_IDLE_SECONDS")]
    idle: Duration,
    /// Maximum number of calls per session
    #[arg(
        long = "max-calls",
        value_name = "N",
        default_value_t = 1_000,
        env = "BREAKROOM_MAX_CALLS"
    )]
    calls: u32,
    /// Maximum size of a request, in bytes
    #[arg(long = "max-request-bytes", value_name = "N", default_value_t = 1 << 20, env = "BREAKROOM_MAX_REQUEST_BYTES")]
    request_bytes: usize,
    /// Maximum size of a tool's result, in bytes
    #[arg(long = "max-result-bytes", value_name = "N", default_value_t = 1 << 20, env = "BREAKROOM_MAX_RESULT_BYTES")]
    result_bytes: usize,
    /// Time limit of one call, in milliseconds
    #[arg(long = "call-milliseconds", value_name = "N", default_value = "5000", value_parser = milliseconds, env = "BREAKROOM_CALL_MILLISECONDS")]
    call_time: Duration,
}

impl From<&LimitArgs> for GatewayLimits {
    fn from(args: &LimitArgs) -> GatewayLimits {
        GatewayLimits {
            sessions: args.sessions,
            idle: args.idle,
            calls: args.calls,
            request_bytes: args.request_bytes,
            result_bytes: args.result_bytes,
            call_time: args.call_time,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_secs)
}

fn milliseconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_millis)
}

/// How to log.
#[derive(Args)]
struct LogArgs {
    /// What to log, such as info, debug or breakroom=debug,rmcp=info
    #[arg(
        long = "log",
        value_name = "FILTER",
        default_value = "info,rmcp=warn",
        env = "BREAKROOM_LOG"
    )]
    filter: String,
    /// Format of the log on standard error
    #[arg(
        long = "log-format",
        value_enum,
        default_value = "text",
        env = "BREAKROOM_LOG_FORMAT"
    )]
    format: LogForm,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogForm {
    /// A line of text
    Text,
    /// A line of JSON
    Json,
}

impl From<&LogArgs> for LogSettings {
    fn from(args: &LogArgs) -> LogSettings {
        LogSettings {
            filter: args.filter.clone(),
            format: match args.format {
                LogForm::Text => LogFormat::Text,
                LogForm::Json => LogFormat::Json,
            },
        }
    }
}

impl Serve {
    /// Serves until standard input ends, or until it is told to stop.
    ///
    /// # Errors
    /// A world or suite that cannot be read, an address that cannot be had, or standard input or output that breaks.
    pub fn run(&self) -> Result<bool> {
        let _exporting = LogSettings::from(&self.log).start().user_input()?;
        match self.transport.http {
            Some(address) => self.http(address)?,
            None if self.transport.mcp => self.mcp()?,
            None => {
                let gateway = Arc::new(self.gateway(SessionIds::Sequential)?);
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
            .gateway(SessionIds::Random)?
            .with_server_token(self.token.clone());
        let app = AppState::new(gateway, self.public_url.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let server = Server::bind(address, app).await.user_input()?;
            writeln!(std::io::stdout(), "http://{}", server.address()?)?;
            if self.token.is_none() {
                tracing::warn!("no token: every program on this machine is the harness");
            }
            server.serve(told_to_stop()?).await
        })
    }

    fn mcp(&self) -> Result<()> {
        let gateway = Arc::new(self.gateway(SessionIds::Sequential)?);
        let open = OpenRequest {
            task: self.task.clone(),
            ..OpenRequest::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let served = runtime.block_on(mcp::over_stdio::serve(gateway, &open));
        // Whoever reads standard input for it would wait for a line that nobody sends.
        runtime.shutdown_background();
        // A message that cannot be served is the opening one, whose task or folder the user named.
        served.map_err(|error| match error.is::<ApiError>() {
            true => user_error(format!("{error:#}")),
            false => error,
        })
    }

    fn gateway(&self, names: SessionIds) -> Result<Gateway> {
        let chaos = self
            .chaos
            .as_deref()
            .map(Chaos::read)
            .transpose()
            .user_input()?;
        let mut gateway = Gateway::new(self.library()?, names)
            .with_limits(GatewayLimits::from(&self.limits))
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
                let office = read_office(folder).user_input()?;
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
            library.add_suite(read_suite(suite)?).user_input()?;
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        limits: LimitArgs,
    }

    #[test]
    fn the_command_line_and_the_library_have_the_same_defaults() {
        let line = Line::try_parse_from(["breakroom"]).unwrap();
        assert_eq!(
            format!("{:?}", GatewayLimits::from(&line.limits)),
            format!("{:?}", GatewayLimits::default())
        );
    }
}
