//! Server-sent events: one stream per client, no queue.

mod client;
#[cfg(test)]
mod tests;

pub(crate) use client::{View, snapshot};

use crate::{
    api::Parameters,
    problem::Problem,
    server::{App, Shared},
    vector::Vector,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use client::Client;
use std::{
    convert::Infallible,
    sync::atomic::{AtomicUsize, Ordering},
};

static CLIENTS: AtomicUsize = AtomicUsize::new(0);

/// Streams open now.
pub(crate) fn clients() -> usize {
    CLIENTS.load(Ordering::Relaxed)
}

/// `GET /api/stream`
pub(crate) fn route() -> MethodRouter<App> {
    get(open)
}

async fn open(State(app): State<App>, parameters: Parameters, request: HeaderMap) -> Result<Response, Problem> {
    let view = View::read(&app, &parameters)?;
    let held = held(&parameters, &request);
    let client = Client::new(app, view, held);
    let stream = futures::stream::unfold(client, |mut client| async move {
        let chunk = client.next().await?;
        Some((Ok::<_, Infallible>(chunk), client))
    });
    let fixed = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-store"),
        ("x-accel-buffering", "no"),
    ];
    Ok((fixed, Body::from_stream(stream)).into_response())
}

/// What the client says it holds. The header is the browser's own and newer than the address it was opened with.
fn held(parameters: &Parameters, request: &HeaderMap) -> Held {
    let header = request.get("last-event-id").map(|id| id.to_str().unwrap_or("?"));
    match header.filter(|id| !id.is_empty()).or(parameters.get("since").filter(|since| !since.is_empty())) {
        None => Held::Nothing,
        Some(text) => text.parse().map_or(Held::Unknown, Held::Vector),
    }
}

enum Held {
    Nothing,
    Vector(Vector),
    Unknown,
}

/// Counts a stream for as long as it lives.
struct Counted;

impl Counted {
    fn new() -> Self {
        metrics::gauge!("bellwether_gateway_streams").set((CLIENTS.fetch_add(1, Ordering::Relaxed) + 1) as f64);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("bellwether_gateway_streams").set((CLIENTS.fetch_sub(1, Ordering::Relaxed) - 1) as f64);
    }
}

/// One event with a JSON body.
fn event(name: &str, data: &serde_json::Value) -> String {
    format!("event: {name}\ndata: {data}\n")
}

/// What a page needs before its first event.
pub(crate) fn hello(app: &Shared) -> serde_json::Value {
    serde_json::json!({
        "server_time": (app.now)(),
        "build": app.options.build,
        "flags": {},
        "sections": app.board().names().iter().map(|name| &**name).collect::<Vec<_>>(),
        "universes": crate::api::universes(app),
        "exchanges": crate::api::exchanges(app),
        "heartbeat_seconds": app.options.heartbeat.as_secs_f64(),
    })
}
