//! REST.

mod accept;
mod calendar;
mod client_errors;
mod compare;
mod docs;
mod envelope;
mod exchanges;
mod found;
mod health;
mod logs;
mod overview;
mod parameters;
mod path;
mod provenance;
mod read;
mod replay;
mod scan;
mod scans;
#[cfg(test)]
pub(crate) mod schema;
mod series;
mod status;
mod table;
#[cfg(test)]
mod tests;
mod thin;
mod timeline;
mod universes;
mod upload;

pub(crate) use accept::choose;
pub(crate) use calendar::missing_sessions;
pub(crate) use envelope::{age_seconds, default_universe, holds};
pub(crate) use exchanges::exchanges;
pub(crate) use health::sections as section_health;
pub(crate) use parameters::{Parameters, check_token};
pub(crate) use path::Named;
pub(crate) use series::read_fields;
pub(crate) use universes::universes;
pub(crate) use upload::unreadable;

use crate::{problem::Problem, server::App};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{get, post},
};

/// The API, under `/api` and `/api/v2`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(health::index))
        .route("/logs", get(logs::find))
        .route("/logs/stream", get(logs::stream))
        .route("/status/config", get(status::config))
        .route("/status/services", get(status::services))
        .route("/status/cache", get(status::cache))
        .route("/status/metrics", get(status::metrics))
        .route("/exchanges", get(exchanges::list))
        .route("/universes", get(universes::list))
        .route("/openapi.json", get(docs::description))
        .route("/docs", get(docs::people))
        .route("/docs.css", get(docs::style))
        .route("/overview", get(overview::overview))
        .route("/timeline", get(timeline::timeline))
        .route("/provenance/{section}", get(provenance::provenance))
        .route("/scans", get(scans::list).post(upload::submit).layer(DefaultBodyLimit::max(upload::MAX_BYTES)))
        .route("/scans/{scan}", get(scan::scan))
        .route("/replay", get(replay::list).post(replay::create).layer(DefaultBodyLimit::max(replay::MAX_BYTES)))
        .route("/replay/{lane}", get(replay::one).delete(replay::delete))
        .route("/replay/{lane}/{action}", post(replay::change).layer(DefaultBodyLimit::max(replay::MAX_BYTES)))
        .route("/verify", get(replay::verify))
        .route("/compare/lanes", get(compare::lanes))
        .route("/client-errors", post(client_errors::report).layer(DefaultBodyLimit::max(client_errors::MAX_BYTES)))
        .route("/{section}", get(read::section))
        .route("/{section}/series", get(series::series))
        .route("/{section}/{part}", get(read::part))
        .fallback(no_route)
}

/// Health of the process.
pub(crate) fn operations() -> Router<App> {
    Router::new()
        .route("/health", get(health::health))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/health/all", get(health::all))
        .route("/health/detailed", get(health::detailed))
        .route("/debug", get(status::debug))
        .route("/logs", get(logs::find))
        .route("/logs/stream", get(logs::stream))
        .route("/metrics", get(status::prometheus))
}

async fn no_route(uri: Uri) -> Problem {
    let known = ["/api/overview", "/api/universes", "/api/scans", "/api/timeline", "/api/stream"];
    let known = known.into_iter().chain(["/api/{section}", "/api/{section}/{part}", "/api/{section}/series"]);
    Problem::not_found("unknown_route", "route", uri.path(), known.map(String::from))
}

pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format!("{} does not take {method}", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

/// One request went wrong inside; the others go on.
pub(crate) fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("no message"), "a request panicked");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the gateway failed on this request").into_response()
}
