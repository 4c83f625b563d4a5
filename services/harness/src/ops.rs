//! The ops server of a service, and its name on the bus (`$SRV`, `nats micro ls`).

use crate::{health::Health, meters, service::Context};
use anyhow::{Context as _, Result};
use async_nats::service::{Service, ServiceExt};
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde_json::{Value, json};
use std::{collections::HashMap, net::SocketAddr, sync::OnceLock, time::Duration};
use tokio::net::TcpListener;

/// Metrics go to one recorder per process.
static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Keeps the service announced while it is held.
pub(crate) struct Announced {
    _service: Service,
}

#[derive(Clone)]
struct Ops {
    context: Context,
    service: &'static str,
    health: Health,
}

/// The recorder of this process's metrics, started on first use.
pub fn metrics_handle() -> PrometheusHandle {
    METRICS
        .get_or_init(|| {
            let times = Matcher::Suffix("_seconds".to_owned());
            // Only fails without buckets.
            let builder = PrometheusBuilder::new();
            let builder = builder.set_buckets_for_metric(times, &meters::BUCKETS).unwrap_or_default();
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            // Somebody else's recorder was first: ours stays empty, and nothing breaks.
            let _ = metrics::set_global_recorder(recorder);
            meters::describe();
            let upkeep = handle.clone();
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(Duration::from_secs(5)).await;
                    upkeep.run_upkeep();
                }
            });
            handle
        })
        .clone()
}

pub(crate) async fn serve(context: &Context, service: &'static str, health: Health) -> Result<Announced> {
    let ops = Ops { context: context.clone(), service, health };
    metrics_handle();
    meters::begin(meters::Of::Fold, service);
    let address = match context.ops {
        None => None,
        Some(wanted) => Some(listen(ops, wanted).await?),
    };
    announce(context, service, address).await
}

async fn listen(ops: Ops, wanted: SocketAddr) -> Result<SocketAddr> {
    let listener = bind(wanted).await.with_context(|| format!("ops server on {wanted}"))?;
    let address = listener.local_addr()?;
    tracing::info!(service = ops.service, %address, "ops server");
    let stop = ops.context.shutdown.clone();
    let server = axum::serve(listener, router(ops)).with_graceful_shutdown(stop.cancelled_owned());
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "ops server stopped");
        }
    });
    Ok(address)
}

/// A port that somebody took meanwhile is no reason to stop a service: it gets another one, and says which.
async fn bind(wanted: SocketAddr) -> std::io::Result<TcpListener> {
    match TcpListener::bind(wanted).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            tracing::warn!(%wanted, "the port of the ops server is taken; taking another");
            TcpListener::bind(SocketAddr::new(wanted.ip(), 0)).await
        }
        bound => bound,
    }
}

fn router(ops: Ops) -> Router {
    let handle = metrics_handle();
    Router::new()
        .route("/health", get(health))
        .route("/health/live", get(|| async { "alive\n" }))
        .route("/health/ready", get(ready))
        .route("/debug", get(debug))
        .route("/metrics", get(move || std::future::ready(handle.render())))
        .with_state(ops)
}

async fn health(State(ops): State<Ops>) -> Json<Value> {
    let troubles = ops.troubles();
    Json(json!({
        "service": ops.service,
        "status": if troubles.is_empty() { "ok" } else { "degraded" },
        "connected": ops.context.bus.connected(),
        "troubles": troubles,
        "tracks": ops.health.reports(),
    }))
}

async fn ready(State(ops): State<Ops>) -> (StatusCode, String) {
    let troubles = ops.troubles();
    match troubles.as_slice() {
        [] => (StatusCode::OK, "ready\n".to_owned()),
        _ => (StatusCode::SERVICE_UNAVAILABLE, troubles.join("\n") + "\n"),
    }
}

async fn debug(State(ops): State<Ops>) -> Json<Value> {
    let connections = *ops.context.bus.connections().borrow();
    Json(json!({
        "service": ops.service,
        "instance": ops.context.instance,
        "version": ops.context.version,
        "pid": std::process::id(),
        "connections": connections,
        "tracks": ops.health.reports(),
    }))
}

impl Ops {
    fn troubles(&self) -> Vec<String> {
        let mut troubles = self.health.troubles();
        if !self.context.bus.connected() {
            troubles.push("no link to the broker".to_owned());
        }
        troubles
    }
}

async fn announce(context: &Context, service: &'static str, ops: Option<SocketAddr>) -> Result<Announced> {
    let mut metadata = HashMap::from([
        ("instance".to_owned(), context.instance.clone()),
        ("pid".to_owned(), std::process::id().to_string()),
    ]);
    if let Some(address) = ops {
        metadata.insert("ops".to_owned(), address.to_string());
    }
    let builder = context.bus.client().service_builder().metadata(metadata);
    let name = format!("bellwether-{service}");
    let started = builder.description("Bellwether").start(name, context.version.clone()).await;
    Ok(Announced { _service: started.map_err(|error| anyhow::anyhow!(error)).context("announce the service")? })
}
