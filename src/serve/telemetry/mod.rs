//! Logs, and traces for whoever collects them. With the cargo feature `otel` spans are exported over OTLP, where the environment says to.

#[cfg(feature = "otel")]
#[path = "export.rs"]
mod traces;
#[cfg(not(feature = "otel"))]
#[path = "nowhere.rs"]
mod traces;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
pub(super) use traces::{Exporting, continue_trace, tool_ended, tool_span};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// Where events and spans end up.
type Sink = Box<dyn Layer<Registry> + Send + Sync>;

/// How to log.
#[derive(Args)]
pub struct Log {
    /// What to log, like info, debug or breakroom=debug,rmcp=info
    #[arg(
        long = "log",
        value_name = "FILTER",
        default_value = "info,rmcp=warn",
        env = "BREAKROOM_LOG"
    )]
    filter: String,
    /// As what to write it to standard error
    #[arg(
        long = "log-format",
        value_enum,
        default_value = "text",
        env = "BREAKROOM_LOG_FORMAT"
    )]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A line for people
    Text,
    /// A line of JSON
    Json,
}

impl Log {
    /// Starts to log to standard error, and to export until what it returns is dropped.
    ///
    /// # Errors
    /// The filter is none, or nothing can be exported to where the environment says.
    pub(super) fn start(&self) -> Result<Exporting> {
        let filter = EnvFilter::builder().parse(&self.filter).with_context(|| {
            format!(
                "{:?} is no filter of logs: write it like info or breakroom=debug",
                self.filter
            )
        })?;
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(false);
        let lines: Sink = match self.format {
            Format::Text => lines.with_filter(filter).boxed(),
            Format::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
        };
        let (exporting, layer) = traces::start()?;
        tracing_subscriber::registry()
            .with(
                vec![Some(lines), layer]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>(),
            )
            .init();
        Ok(exporting)
    }
}
