//! Failures of the page, told by the page.

use axum::{body::Bytes, http::StatusCode};
use serde::Deserialize;

pub(super) const MAX_BYTES: usize = 4096;

#[derive(Deserialize)]
struct Report {
    section: String,
    message: String,
}

/// `POST /api/client-errors`: `{section, message}`, logged and counted.
pub(super) async fn report(body: Bytes) -> StatusCode {
    let Ok(report) = serde_json::from_slice::<Report>(&body) else { return StatusCode::BAD_REQUEST };
    metrics::counter!("bellwether_gateway_client_errors_total").increment(1);
    tracing::warn!(section = ?report.section, message = ?report.message, "the page failed");
    StatusCode::NO_CONTENT
}
