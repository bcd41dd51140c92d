//! Sets up logging, and exporting if the environment asks for it.

use anyhow::{Context, Result};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::boxed_layer::BoxedLayer;
use super::traces::{self, ExportGuard};

/// How to log.
pub struct LogSettings {
    /// What to log, like `info`, `debug` or `breakroom=debug,rmcp=info`.
    pub filter: String,
    /// The format of a line on standard error.
    pub format: LogFormat,
}

/// The format of a line in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text for people.
    Text,
    /// One JSON object per line.
    Json,
}

impl LogSettings {
    /// Starts to log to standard error, and to export until the guard is dropped.
    ///
    /// # Errors
    /// The filter is not valid, or the exporter that the environment asks for cannot be set up.
    pub fn start(&self) -> Result<ExportGuard> {
        let filter = EnvFilter::builder().parse(&self.filter).with_context(|| {
            format!(
                "invalid log filter {:?}: write it like info or breakroom=debug",
                self.filter
            )
        })?;
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(false);
        let lines: BoxedLayer = match self.format {
            LogFormat::Text => lines.with_filter(filter).boxed(),
            LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
        };
        let (guard, layer) = traces::start()?;
        tracing_subscriber::registry()
            .with(
                vec![Some(lines), layer]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>(),
            )
            .init();
        Ok(guard)
    }
}
