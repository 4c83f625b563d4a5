//! Whether the gateway hears its sections, and how old what it heard is.

use super::{Parameters, age_seconds, universes};
use crate::{
    board::Link,
    problem::Problem,
    server::{App, Shared},
};
use axum::{Json, extract::State, http::StatusCode};
use bellwether_schemas::{Ordinal, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

/// A section's link and the newest result of each of its keys.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SectionHealth {
    section: String,
    link: &'static str,
    reason: Option<String>,
    epoch: Option<String>,
    revision: u64,
    keys: Vec<KeyHealth>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct KeyHealth {
    lane: String,
    universe: String,
    status: &'static str,
    reason: Option<String>,
    ordinal: Ordinal,
    as_of: Option<Timestamp>,
    age_seconds: Option<i64>,
}

/// Health of every section, in order.
pub(crate) fn sections(app: &Shared) -> Vec<SectionHealth> {
    let now = (app.now)();
    app.board()
        .sections()
        .map(|section| SectionHealth {
            section: section.name.to_string(),
            link: section.link_name(),
            reason: match &section.link {
                Link::Lost { reason } => Some(reason.clone()),
                Link::Loading | Link::Live => None,
            },
            epoch: Some(section.epoch.to_string()).filter(|epoch| !epoch.is_empty()),
            revision: section.head,
            keys: section
                .entries
                .iter()
                .map(|(key, entry)| KeyHealth {
                    lane: key.lane().to_owned(),
                    universe: key.universe().to_owned(),
                    status: if section.stale(key).is_some() { "stale" } else { entry.head.status },
                    reason: section.stale(key).map(str::to_owned).or_else(|| entry.head.reason.clone()),
                    ordinal: entry.head.scan.ordinal,
                    as_of: entry.head.scan.as_of,
                    age_seconds: entry.head.scan.as_of.map(|as_of| age_seconds(as_of, now)),
                })
                .collect(),
        })
        .collect()
}

/// `GET /health`: 200 while the process answers, whatever it hears.
pub(super) async fn health(State(app): State<App>) -> Json<Value> {
    Json(report(&app))
}

/// `GET /health/live`
pub(super) async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// `GET /health/ready`: 200 when every section is heard and the gateway is not stopping.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let report = report(&app);
    let status = if report["status"] == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report))
}

fn report(app: &Shared) -> Value {
    let sections = sections(app);
    let unheard: Vec<_> = sections.iter().filter(|s| s.link != "live").map(|s| s.section.as_str()).collect();
    let status = match (app.shutdown.is_cancelled(), unheard.is_empty()) {
        (true, _) => "stopping",
        (false, true) => "ok",
        (false, false) => "degraded",
    };
    json!({
        "status": status,
        "unheard": unheard,
        "build": app.options.build,
        "time": (app.now)(),
        "streams": app.seats.taken(),
        "sections": sections,
    })
}

/// `GET /api`: what can be asked.
pub(super) async fn index(State(app): State<App>, parameters: Parameters) -> Result<Json<Value>, Problem> {
    parameters.only(&[])?;
    let sections: Vec<_> = app
        .board()
        .sections()
        .map(|section| {
            let parts = section.entries.values().next().map(|entry| {
                entry.parts.iter().map(|part| format!("/api/{}/{}", section.name, part.name)).collect::<Vec<_>>()
            });
            json!({"section": section.name, "link": section.link_name(), "parts": parts.unwrap_or_default()})
        })
        .collect();
    Ok(Json(json!({"build": app.options.build, "sections": sections, "universes": universes(&app)})))
}
