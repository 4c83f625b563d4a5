//! Logs on stderr and to the broker, and traces that go from a bar to the browser through the headers of the messages.

use crate::{
    redact::Redacted,
    shipping::{self, Shipper},
};
use anyhow::{Context as _, Result};
use async_nats::HeaderMap;
use bellwether_schemas::names::header;
use opentelemetry::{
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::{TraceContextExt, TracerProvider as _},
};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use std::{
    io::IsTerminal,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{EnvFilter, Layer, filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// Whether spans go anywhere; they cost nothing while they do not.
static EXPORTING: AtomicBool = AtomicBool::new(false);

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person.
    Human,
    /// One JSON object per line.
    Json,
}

/// Keeps telemetry running; the last spans are sent when it is shut down.
#[derive(Debug)]
pub struct Guard {
    provider: Option<SdkTracerProvider>,
    shipper: Shipper,
}

/// Starts logging as `service`, and exporting traces when `OTEL_EXPORTER_OTLP_ENDPOINT` is set. The level comes from
/// `BELLWETHER_LOG` (e.g. `debug` or `bellwether_harness=debug`), `info` by default; what [`crate::ship`] sends to the
/// broker is `info` and graver whatever it says. Call it inside a Tokio runtime, once per process.
///
/// # Errors
/// When the OTLP endpoint is malformed or logging was started before.
pub fn init(service: &str, format: LogFormat) -> Result<Guard> {
    // Before the first line: lines are counted, too.
    crate::ops::metrics_handle();
    let filter = EnvFilter::try_from_env("BELLWETHER_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,async_nats=warn,opentelemetry=warn,opentelemetry_sdk=warn"));
    let lines =
        tracing_subscriber::fmt::layer().with_writer(Redacted::default).with_ansi(std::io::stderr().is_terminal());
    let lines = match format {
        LogFormat::Human => lines.with_target(false).compact().boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let provider = exporter(service)?;
    EXPORTING.store(provider.is_some(), Ordering::Relaxed);
    // Exporting must not make spans of its own to export.
    let quiet = || EnvFilter::new("info,h2=off,hyper=off,tonic=off,tower=off,opentelemetry=off");
    let spans = provider
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("bellwether")).with_filter(quiet()));
    let (layer, shipper) = shipping::layer(service);
    let layer = layer.with_filter(LevelFilter::INFO);
    let layers = tracing_subscriber::registry().with(spans).with(lines.with_filter(filter)).with(layer);
    layers.try_init().context("logging")?;
    Ok(Guard { provider, shipper })
}

fn exporter(service: &str) -> Result<Option<SdkTracerProvider>> {
    let Ok(endpoint) = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT") else { return Ok(None) };
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    let resource = Resource::builder().with_service_name(format!("bellwether-{service}")).build();
    Ok(Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
}

impl Guard {
    /// Sends the log lines and spans that are left, within 4 s.
    pub async fn shutdown(self) {
        self.shipper.flush().await;
        let Some(provider) = self.provider else { return };
        // The exporter blocks while it sends.
        let sent = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(Duration::from_secs(3))).await;
        if let Ok(Err(error)) = sent {
            tracing::warn!(%error, "the last spans could not be sent");
        }
    }
}

/// A span of the work a message triggers, child of the span that published it.
pub(crate) fn span(service: &'static str, ordinal: u64, cause: &HeaderMap) -> Span {
    if !EXPORTING.load(Ordering::Relaxed) {
        return Span::none();
    }
    let span = tracing::info_span!("fold", otel.name = service, ordinal);
    // Only fails when the span has begun, and it has not.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(cause)));
    span
}

/// A span of what a reader makes of a message, child of the span that published it.
pub fn arrival(name: &'static str, entry: &crate::Entry) -> Span {
    span(name, entry.ordinal.unwrap_or(0), &entry.headers)
}

/// A span within the one that is open; nothing where spans go nowhere.
pub fn within(name: &'static str) -> Span {
    if EXPORTING.load(Ordering::Relaxed) { tracing::info_span!("within", otel.name = name) } else { Span::none() }
}

/// Hands the trace on: the current span's, or the cause's where nothing is exported.
pub(crate) fn pass_on(cause: &HeaderMap, to: &mut HeaderMap) {
    let context = Span::current().context();
    if context.span().span_context().is_valid() {
        TraceContextPropagator::new().inject_context(&context, &mut HeadersMut(to));
    } else if let Some(traceparent) = cause.get(header::TRACEPARENT) {
        to.insert(header::TRACEPARENT, traceparent.clone());
    }
}

/// Begins a trace, unless a span is open that it belongs to.
pub(crate) fn begin(to: &mut HeaderMap) {
    pass_on(&HeaderMap::new(), to);
    if to.get(header::TRACEPARENT).is_none() {
        let (trace, span): (u128, u64) = (rand::random(), rand::random());
        to.insert(header::TRACEPARENT, format!("00-{trace:032x}-{span:016x}-01"));
    }
}

/// Id of the trace a message belongs to, 32 hexadecimal digits.
pub(crate) fn trace_of(headers: &HeaderMap) -> Option<&str> {
    crate::entry::header_text(headers, header::TRACEPARENT)?.split('-').nth(1).filter(|id| id.len() == 32)
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        crate::entry::header_text(self.0, key)
    }

    fn keys(&self) -> Vec<&str> {
        vec![header::TRACEPARENT]
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        // An empty tracestate says nothing and would be stored for ever.
        if !value.is_empty() {
            self.0.insert(key, value);
        }
    }
}
