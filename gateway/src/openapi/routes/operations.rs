use super::{Route, Schemas};
use crate::{
    api::schema::{Component, Due, SectionHealth, Universes},
    openapi::parameter,
    ops::{Inspection, Sample},
};
use bellwether_schemas::{Timestamp, ops::ServiceStatus};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

const TAG: &str = "operations";

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Route> {
    let mut routes = health(schemas);
    routes.extend(status(schemas));
    routes.extend(about(schemas));
    routes.extend(signing_in());
    routes
}

/// An object of which every field is there.
fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let properties: Map<String, Value> = fields.into_iter().map(|(name, of)| (name.to_owned(), of)).collect();
    json!({"type": "object", "required": properties.keys().collect::<Vec<_>>(), "properties": properties})
}

fn list<T: JsonSchema>(schemas: &mut Schemas) -> Value {
    json!({"type": "array", "items": schemas.of::<T>()})
}

fn or_null(schema: &Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn texts() -> Value {
    json!({"type": "array", "items": text()})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn condition() -> Value {
    parameter::one_of(&["ok", "degraded", "down"])
}

fn health(schemas: &mut Schemas) -> Vec<Route> {
    let report = object([
        ("status", parameter::one_of(&["ok", "degraded", "stopping"])),
        ("unheard", texts()),
        ("build", text()),
        ("time", schemas.of::<Timestamp>()),
        ("streams", count()),
        ("sections", list::<SectionHealth>(schemas)),
    ]);
    let all = object([
        ("status", condition()),
        ("time", schemas.of::<Timestamp>()),
        ("components", list::<Component>(schemas)),
    ]);
    let detailed = object([
        ("status", condition()),
        ("time", schemas.of::<Timestamp>()),
        ("build", text()),
        ("pid", count()),
        ("components", list::<Component>(schemas)),
        ("services", list::<ServiceStatus>(schemas)),
        ("sections", list::<SectionHealth>(schemas)),
        ("broker", or_null(&schemas.of::<Inspection>())),
        ("calendar", list::<Due>(schemas)),
        ("metrics", or_null(&schemas.of::<Sample>())),
        ("held", held(schemas)),
        ("clients", count()),
    ]);
    vec![
        Route::get("/health", TAG, "Which sections are heard; 200 while the process answers").json(200, report.clone()),
        Route::get("/health/live", TAG, "Whether the process lives")
            .json(200, object([("status", json!({"const": "ok"}))])),
        Route::get("/health/ready", TAG, "Whether every section is heard and the gateway is not stopping")
            .json(200, report.clone())
            .json(503, report),
        Route::get("/health/all", TAG, "Everything that can be well or not, and the worst of it; 200 whatever it is")
            .json(200, all),
        Route::get("/health/detailed", TAG, "The same with the figures behind it").json(200, detailed),
    ]
}

fn status(schemas: &mut Schemas) -> Vec<Route> {
    let services = list::<ServiceStatus>(schemas);
    let column = |of: Value| json!({"type": "array", "items": of});
    let number = || json!({"type": "number", "minimum": 0});
    let nullable = || json!({"type": ["number", "null"], "minimum": 0});
    let columns = object([
        ("time", column(schemas.of::<Timestamp>())),
        ("events_per_second", column(number())),
        ("scan_to_gateway_p95_ms", column(nullable())),
        ("lag", column(nullable())),
        ("rejected", column(count())),
        ("sse_clients", column(count())),
        ("errors_per_minute", column(count())),
    ]);
    let debug = object([
        ("pid", count()),
        ("configuration", configuration()),
        ("held", held(schemas)),
        ("clients", count()),
        ("services", services.clone()),
        ("broker", or_null(&schemas.of::<Inspection>())),
    ]);
    vec![
        Route::get("/api/status/services", TAG, "Every copy of every service, as it said a second ago")
            .json(200, object([("services", services)]))
            .problems(&[400]),
        Route::get("/api/status/config", TAG, "What the gateway was told, without secrets")
            .json(200, configuration())
            .problems(&[400]),
        Route::get("/api/status/cache", TAG, "What is held in memory").json(200, held(schemas)).problems(&[400]),
        Route::get("/api/status/metrics", TAG, "Figures of the last minutes, a row a second, in columns")
            .with([parameter::number("minutes", 1, 60, 10, "How far back.")])
            .json(200, object([("columns", columns)]))
            .problems(&[400]),
        Route::get("/api/status/rate-limit", TAG, "What one client may ask, and what was asked and refused")
            .json(200, rate_limit())
            .problems(&[400]),
        Route::get("/debug", TAG, "Configuration, memory, clients, services and streams at once").json(200, debug),
        Route::get("/metrics", TAG, "For Prometheus; docs/METRICS.md explains each. A browser gets the page.").answers(
            200,
            "The text format of Prometheus.",
            json!({"text/plain": {"schema": text()}}),
        ),
    ]
}

fn configuration() -> Value {
    object([
        ("listen", text()),
        ("web", json!({"type": ["string", "null"]})),
        ("build", text()),
        ("heartbeat_seconds", json!({"type": "number"})),
        ("uploads", json!({"type": "boolean"})),
        ("sections", texts()),
    ])
}

fn held(_: &mut Schemas) -> Value {
    let section = object([
        ("section", text()),
        ("link", parameter::one_of(&["loading", "live", "lost"])),
        ("keys", count()),
        ("bytes", count()),
        ("revision", count()),
        ("epoch", text()),
    ]);
    let logs = object([
        ("lines", count()),
        ("newest", count()),
        ("epoch", text()),
        ("trouble", json!({"type": ["string", "null"]})),
    ]);
    object([("sections", json!({"type": "array", "items": section})), ("logs", logs)])
}

fn rate_limit() -> Value {
    let class = object([
        ("class", text()),
        ("burst", count()),
        ("per_second", count()),
        ("clients", count()),
        ("allowed", count()),
        ("refused", count()),
    ]);
    let seconds = || json!({"type": "number", "minimum": 0});
    object([
        ("requests", json!({"type": "array", "items": class})),
        ("streams", object([("open", count()), ("most", count()), ("most_per_address", count())])),
        ("connections", object([("most", count())])),
        ("seconds", object([("head", seconds()), ("request", seconds()), ("idle", seconds()), ("stuck", seconds())])),
    ])
}

fn about(schemas: &mut Schemas) -> Vec<Route> {
    let section =
        object([("section", text()), ("link", parameter::one_of(&["loading", "live", "lost"])), ("parts", texts())]);
    let index = object([
        ("build", text()),
        ("sections", json!({"type": "array", "items": section})),
        ("universes", schemas.of::<Universes>()),
    ]);
    let report = json!({"application/json": {"schema": {
        "type": "object",
        "required": ["section", "message"],
        "properties": {"section": {"type": "string"}, "message": {"type": "string"}},
    }}});
    vec![
        Route::get("/api", TAG, "What can be asked").json(200, index).problems(&[400]),
        Route::get("/api/openapi.json", TAG, "This description").tagged(json!({"type": "object"})),
        Route::get("/api/docs", TAG, "This description, for people").page("text/html"),
        Route::get("/api/docs.css", TAG, "How that page looks").page("text/css"),
        Route::post("/api/client-errors", TAG, "A failure of the page, told by the page")
            .body(report)
            .answers(204, "Noted.", json!({}))
            .problems(&[400, 403, 413]),
    ]
}

fn signing_in() -> Vec<Route> {
    let form = json!({"application/x-www-form-urlencoded": {"schema": {
        "type": "object",
        "required": ["token"],
        "properties": {"token": {"type": "string"}, "next": {"type": "string"}},
    }}});
    let html = || json!({"text/html": {"schema": text()}});
    let about = "Where to go then; a place of this gateway.";
    vec![
        Route::get("/login", TAG, "A form for the access token")
            .with([parameter::text("next", &text(), about)])
            .answers(200, "The form.", html())
            .problems(&[400]),
        Route::post("/login", TAG, "Gives a cookie for the access token")
            .body(form)
            .answers(303, "Signed in, or there is no token to ask for: to `next`.", json!({}))
            .answers(401, "That is not the access token.", html())
            .problems(&[400, 403, 413]),
        Route::post("/logout", TAG, "Takes the cookie back")
            .answers(303, "Signed out: to `/login`.", json!({}))
            .problems(&[403]),
    ]
}
