//! REST.

mod client_errors;
mod envelope;
mod exchanges;
mod health;
mod parameters;
mod read;
mod scans;
mod series;
#[cfg(test)]
mod tests;
mod universes;

pub(crate) use envelope::{age_seconds, holds};
pub(crate) use exchanges::exchanges;
pub(crate) use health::sections as section_health;
pub(crate) use parameters::{Parameters, check_token};
pub(crate) use universes::universes;

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
        .route("/exchanges", get(exchanges::list))
        .route("/universes", get(universes::list))
        .route("/scans", post(scans::submit).layer(DefaultBodyLimit::max(scans::MAX_BYTES)))
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
}

async fn no_route(uri: Uri) -> Problem {
    let known = ["/api/universes", "/api/scans", "/api/stream", "/api/{section}", "/api/{section}/{part}"];
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
