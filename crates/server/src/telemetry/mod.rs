//! Logs, and traces for whoever collects them. With the cargo feature `otel` spans are exported over OTLP, where the environment says to.

#[cfg(feature = "otel")]
#[path = "export.rs"]
mod traces;
#[cfg(not(feature = "otel"))]
#[path = "nowhere.rs"]
mod traces;

use anyhow::{Context, Result};
pub use traces::Exporting;
pub(super) use traces::{continue_trace, tool_ended, tool_span};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// Where events and spans end up.
type Sink = Box<dyn Layer<Registry> + Send + Sync>;

/// How to log.
pub struct Log {
    /// What to log, like `info`, `debug` or `breakroom=debug,rmcp=info`.
    pub filter: String,
    /// The form of a line on standard error.
    pub format: LogFormat,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// JSON.
    Json,
}

impl Log {
    /// Starts to log to standard error, and to export until what it returns is dropped.
    ///
    /// # Errors
    /// The filter is none, or nothing can be exported to where the environment says.
    pub fn start(&self) -> Result<Exporting> {
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
            LogFormat::Text => lines.with_filter(filter).boxed(),
            LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
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
