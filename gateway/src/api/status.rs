//! `GET /api/status/…`, `/debug` and `/metrics`: for those who look after the gateway.

use super::{Parameters, logs::wants_page};
use crate::{problem::Problem, server::App, web};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Method, Uri, header},
    response::{IntoResponse, Response},
};
use bellwether_schemas::Refusal;
use serde_json::{Value, json};
use std::time::Instant;

const USUAL_MINUTES: u32 = 10;
const MOST_MINUTES: u32 = 60;

/// `GET /api/status/services`
pub(super) async fn services(State(app): State<App>, parameters: Parameters) -> Result<Json<Value>, Problem> {
    parameters.only(&[])?;
    Ok(Json(json!({"services": app.backend.ops.services.at(Instant::now())})))
}

/// `GET /api/status/config`: what the gateway was told, without secrets.
pub(super) async fn config(State(app): State<App>, parameters: Parameters) -> Result<Json<Value>, Problem> {
    parameters.only(&[])?;
    Ok(Json(configuration(&app)))
}

/// Built field by field: what is not named here is not shown.
pub(super) fn configuration(app: &App) -> Value {
    let options = &app.options;
    json!({
        "listen": options.listen.to_string(),
        "web": options.web.as_ref().map(|folder| folder.display().to_string()),
        "build": options.build,
        "heartbeat_seconds": options.heartbeat.as_secs_f64(),
        "uploads": app.backend.submit.is_some(),
        "sections": app.board().names().iter().map(|name| name.to_string()).collect::<Vec<_>>(),
    })
}

/// `GET /api/status/cache`: what is held in memory.
pub(super) async fn cache(State(app): State<App>, parameters: Parameters) -> Result<Json<Value>, Problem> {
    parameters.only(&[])?;
    Ok(Json(held(&app)))
}

pub(super) fn held(app: &App) -> Value {
    let sections: Vec<_> = app
        .board()
        .sections()
        .map(|section| {
            let bytes: usize = section.entries.values().map(|entry| entry.frame.len()).sum();
            json!({"section": section.name, "link": section.link_name(), "keys": section.entries.len(), "bytes": bytes,
                "revision": section.head, "epoch": section.epoch})
        })
        .collect();
    let logs = &app.backend.ops.logs;
    json!({
        "sections": sections,
        "logs": {"lines": logs.len(), "newest": logs.head(), "epoch": logs.epoch(), "trouble": logs.trouble()},
    })
}

/// `GET /api/status/metrics?minutes=`: figures of the last minutes, in columns.
pub(super) async fn metrics(State(app): State<App>, parameters: Parameters) -> Result<Json<Value>, Problem> {
    parameters.only(&["minutes"])?;
    let minutes = match parameters.get("minutes") {
        None => USUAL_MINUTES,
        Some(text) => text.parse().ok().filter(|minutes| (1..=MOST_MINUTES).contains(minutes)).ok_or_else(|| {
            Problem::bad("bad_parameter", Refusal::new("minutes", text, format!("1 to {MOST_MINUTES}")))
        })?,
    };
    let samples = app.backend.ops.meter.last(minutes);
    Ok(Json(json!({"columns": {
        "time": samples.iter().map(|sample| sample.time).collect::<Vec<_>>(),
        "events_per_second": samples.iter().map(|sample| sample.events_per_second).collect::<Vec<_>>(),
        "scan_to_gateway_p95_ms": samples.iter().map(|sample| sample.scan_to_gateway_p95_ms).collect::<Vec<_>>(),
        "lag": samples.iter().map(|sample| sample.lag).collect::<Vec<_>>(),
        "rejected": samples.iter().map(|sample| sample.rejected).collect::<Vec<_>>(),
        "sse_clients": samples.iter().map(|sample| sample.sse_clients).collect::<Vec<_>>(),
        "errors_per_minute": samples.iter().map(|sample| sample.errors_per_minute).collect::<Vec<_>>(),
    }})))
}

/// `GET /debug`
pub(super) async fn debug(State(app): State<App>) -> Json<Value> {
    let inspection = match &app.backend.ops.inspect {
        Some(inspect) => json!(inspect.look().await),
        None => Value::Null,
    };
    Json(json!({
        "pid": std::process::id(),
        "configuration": configuration(&app),
        "held": held(&app),
        "clients": app.clients(),
        "services": app.backend.ops.services.at(Instant::now()),
        "broker": inspection,
    }))
}

/// `GET /metrics`: for Prometheus. A browser that is led here gets the page.
pub(super) async fn prometheus(state: State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if wants_page(&headers) {
        return web::serve(state, method, uri, headers).await;
    }
    let text = bellwether_harness::ops::metrics_handle().render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
