//! Exports spans over OTLP. A call is an `execute_tool` span in the OpenTelemetry conventions for generative AI, which are still in
//! development. This is version 1.42.0.

use anyhow::{Context, Result};
use axum::http::HeaderMap;
use opentelemetry::InstrumentationScope;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;

use super::boxed_layer::BoxedLayer;
use breakroom_gateway::wire::{AgentCall, CallOutcome, TracedCall};

const SCHEMA: &str = "https://opentelemetry.io/schemas/1.42.0";
/// These variables name where spans go. If neither is set, nothing is exported.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

/// Exports until it is dropped. Spans that were not sent yet are sent then.
pub struct ExportGuard(Option<SdkTracerProvider>);

impl Drop for ExportGuard {
    fn drop(&mut self) {
        if let Some(provider) = &self.0
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "some spans were not exported");
        }
    }
}

pub(super) fn start() -> Result<(ExportGuard, Option<BoxedLayer>)> {
    let wanted = ENDPOINTS
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    if !wanted {
        return Ok((ExportGuard(None), None));
    }
    // Another part of the process may have chosen a TLS provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = SpanExporter::builder()
        .with_http()
        .build()
        .context("cannot export spans over OTLP")?;
    let service = Resource::builder().with_service_name("breakroom").build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(service)
        .build();
    let scope = InstrumentationScope::builder("breakroom")
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(SCHEMA)
        .build();
    let tracer = provider.tracer_with_scope(scope);
    let own =
        filter_fn(|metadata| metadata.is_span() && metadata.target().starts_with("breakroom"));
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_filter(own)
        .boxed();
    Ok((ExportGuard(Some(provider)), Some(layer)))
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(axum::http::HeaderName::as_str).collect()
    }
}

/// Makes a span part of the trace that the headers of a request name.
pub(crate) fn continue_trace(span: &Span, headers: &HeaderMap) {
    let context = TraceContextPropagator::new().extract(&Headers(headers));
    if let Err(error) = span.set_parent(context) {
        tracing::trace!(%error, "the span does not belong to an exported trace");
    }
}

/// The span of a call.
pub(crate) fn tool_span(call: &AgentCall) -> Span {
    tracing::info_span!(
        "execute_tool",
        otel.name = format!("execute_tool {}", call.name),
        otel.status_code = Empty,
        gen_ai.operation.name = "execute_tool",
        gen_ai.tool.type = "function",
        gen_ai.tool.name = call.name,
        gen_ai.tool.call.arguments = call.arguments.as_ref().map(|arguments| arguments.get()),
        gen_ai.tool.call.id = Empty,
        gen_ai.tool.call.result = Empty,
        error.type = Empty,
    )
}

/// Records the result of a call.
pub(crate) fn tool_ended(span: &Span, call: &TracedCall) {
    span.record("gen_ai.tool.name", &*call.tool);
    span.record("gen_ai.tool.call.id", call.call.to_string());
    span.record("gen_ai.tool.call.result", call.result.get());
    if call.outcome != CallOutcome::Done {
        span.record("error.type", "tool_error");
        span.record("otel.status_code", "ERROR");
    }
}
