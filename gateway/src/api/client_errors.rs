//! Failures of the page, told by the page.

use super::upload;
use crate::problem::Problem;
use axum::{body::Bytes, extract::rejection::BytesRejection, http::StatusCode};
use bellwether_schemas::Refusal;
use serde::Deserialize;

pub(super) const MAX_BYTES: usize = 4096;

#[derive(Deserialize)]
struct Report {
    section: String,
    message: String,
}

/// `POST /api/client-errors`: `{section, message}`, logged and counted.
pub(super) async fn report(body: Result<Bytes, BytesRejection>) -> Result<StatusCode, Problem> {
    let body = body.map_err(|rejection| upload::unreadable(&rejection, MAX_BYTES))?;
    let report: Report = serde_json::from_slice(&body)
        .map_err(|error| Problem::bad("unreadable_body", Refusal::new("body", error, "{section, message} as JSON")))?;
    metrics::counter!("bellwether_gateway_client_errors_total").increment(1);
    tracing::warn!(section = ?report.section, message = ?report.message, "the page failed");
    Ok(StatusCode::NO_CONTENT)
}
