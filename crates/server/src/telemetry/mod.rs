//! Logs, and traces for whoever collects them. With the cargo feature `otel`, spans are exported over OTLP to the endpoint that the
//! environment names.

mod boxed_layer;
mod log_settings;
#[cfg(not(feature = "otel"))]
#[path = "no_export.rs"]
mod traces;
#[cfg(feature = "otel")]
#[path = "otlp.rs"]
mod traces;

pub use log_settings::{LogFormat, LogSettings};
pub use traces::ExportGuard;
pub(super) use traces::{continue_trace, tool_ended, tool_span};
