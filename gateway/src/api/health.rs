//! Whether the gateway hears its sections, and how old what it heard is.

use super::{Parameters, age_seconds, calendar::due, universes};
use crate::{
    board::Link,
    ops::Inspection,
    problem::Problem,
    server::{App, Shared},
};
use axum::{Json, extract::State, http::StatusCode};
use bellwether_schemas::{Ordinal, Timestamp, ops::Condition};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Instant;

/// A section's link and the newest result of each of its keys.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SectionHealth {
    section: String,
    link: &'static str,
    reason: Option<String>,
    epoch: Option<String>,
    revision: u64,
    keys: Vec<KeyHealth>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// One thing that can be well or not.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Component {
    /// `service`, `section`, `broker`, `stream`, `calendar` or `logs`.
    kind: &'static str,
    name: String,
    /// `ok`, `degraded` or `down`.
    status: &'static str,
    reason: Option<String>,
}

/// `GET /health/all`: everything that can be well or not, and the worst of it. 200 whatever it is.
pub(super) async fn all(State(app): State<App>) -> Json<Value> {
    let inspection = look(&app).await;
    let components = components(&app, inspection.as_ref());
    Json(json!({"status": worst(&components), "time": (app.now)(), "components": components}))
}

/// `GET /health/detailed`: the same with the figures behind it.
pub(super) async fn detailed(State(app): State<App>) -> Json<Value> {
    let inspection = look(&app).await;
    let components = components(&app, inspection.as_ref());
    let ops = &app.backend.ops;
    Json(json!({
        "status": worst(&components),
        "time": (app.now)(),
        "build": app.options.build,
        "pid": std::process::id(),
        "components": components,
        "services": ops.services.at(Instant::now()),
        "sections": sections(&app),
        "broker": inspection,
        "calendar": due(&app),
        "metrics": ops.meter.newest(),
        "held": super::status::held(&app),
        "clients": app.clients(),
    }))
}

async fn look(app: &Shared) -> Option<Inspection> {
    match &app.backend.ops.inspect {
        Some(inspect) => Some(inspect.look().await),
        None => None,
    }
}

fn worst(components: &[Component]) -> &'static str {
    let any = |status: &str| components.iter().any(|component| component.status == status);
    // One thing down is a product that works in part; only without the broker nothing goes on.
    let dead = components.iter().any(|component| component.kind == "broker" && component.status == "down");
    match (dead, any("down") || any("degraded")) {
        (true, _) => "down",
        (false, true) => "degraded",
        (false, false) => "ok",
    }
}

fn components(app: &Shared, inspection: Option<&Inspection>) -> Vec<Component> {
    let mut all = Vec::new();
    let mut add = |kind, name: String, status, reason| all.push(Component { kind, name, status, reason });
    if let Some(found) = inspection {
        let status = if found.connected { if found.trouble.is_some() { "degraded" } else { "ok" } } else { "down" };
        add("broker", "nats-server".to_owned(), status, found.trouble.clone());
        let (held, limit) = (found.storage.bytes.unwrap_or(0), found.storage.limit);
        if let Some(share) = limit.map(|limit| held as f64 / limit.max(1) as f64) {
            add("broker", "storage".to_owned(), if share > FULL { "degraded" } else { "ok" }, full(share));
        }
        for stream in &found.streams {
            // A stream that forgets is meant to be full.
            let share = stream.used.filter(|_| stream.discard == "new").unwrap_or(0.0);
            add("stream", stream.stream.clone(), if share > FULL { "degraded" } else { "ok" }, full(share));
        }
    }
    for status in app.backend.ops.services.at(Instant::now()) {
        let word = match status.status {
            Condition::Ok => "ok",
            Condition::Degraded => "degraded",
            Condition::Down => "down",
        };
        add("service", status.instance, word, status.reason);
    }
    for section in sections(app) {
        let status = match section.link {
            "live" => "ok",
            "loading" => "degraded",
            _ => "down",
        };
        add("section", section.section, status, section.reason);
    }
    for due in due(app) {
        let reason = (due.status == "late").then(|| due.why());
        add("calendar", due.universe, if reason.is_some() { "degraded" } else { "ok" }, reason);
    }
    let trouble = app.backend.ops.logs.trouble();
    add("logs", "LOGS".to_owned(), if trouble.is_some() { "degraded" } else { "ok" }, trouble);
    all
}

/// A log that has used more than this share of its room is spoken of while there is time.
const FULL: f64 = 0.8;

fn full(share: f64) -> Option<String> {
    (share > FULL).then(|| format!("{:.0} % of its room is used; it refuses writes when it is full", share * 100.0))
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
