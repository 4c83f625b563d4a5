//! Scans made by somebody else's scanner.

use super::Parameters;
use crate::{
    problem::Problem,
    server::App,
    sources::{Accepted, Content, SubmitError, Upload},
};
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
};
use bellwether_schemas::Refusal;
use std::time::Duration;

/// The most an upload may hold; the broker takes no larger message.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;
/// How long publishing may take; it waits for a broker that is away.
const LIMIT: Duration = Duration::from_secs(10);

/// `POST /api/scans`: 201 when it was stored, 200 when the same scan was already there.
pub(super) async fn submit(
    State(app): State<App>,
    parameters: Parameters,
    request: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    same_origin(&request)?;
    parameters.only(&["universe", "session", "as_of", "exchange", "basis"])?;
    let content = content(&request)?;
    let submit = app
        .backend
        .submit
        .as_ref()
        .ok_or_else(|| Problem::new(StatusCode::NOT_IMPLEMENTED, "uploads_off", "this gateway takes no scans"))?;
    let body = body.map_err(|rejection| unreadable(&rejection, MAX_BYTES))?;
    let publishing = submit(Upload { content, parameters: parameters.0, body });
    let accepted = match tokio::time::timeout(LIMIT, publishing).await {
        Ok(accepted) => accepted.map_err(problem)?,
        Err(_) => {
            let detail = "the log did not take the scan in time; the same upload may be sent again";
            return Err(Problem::unavailable("not_stored", detail));
        }
    };
    let status = if accepted.duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(accepted)))
}

/// A page of another site must not publish through its reader's browser.
fn same_origin(request: &HeaderMap) -> Result<(), Problem> {
    match request.get("sec-fetch-site").map(|site| site.as_bytes()) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(Problem::new(StatusCode::FORBIDDEN, "foreign_origin", "scans are not taken from other sites")),
    }
}

/// Neither type can be sent by a foreign form without a preflight, which nothing here answers.
fn content(request: &HeaderMap) -> Result<Content, Problem> {
    let sent = request.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("nothing");
    match sent.split(';').next().unwrap_or_default().trim() {
        "application/json" => Ok(Content::Json),
        "text/csv" => Ok(Content::Csv),
        _ => {
            let refusal = Refusal::new("content-type", sent, "application/json or text/csv");
            Err(Problem::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_content", refusal))
        }
    }
}

pub(crate) fn unreadable(rejection: &BytesRejection, most: usize) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let refusal = Refusal::new("body", "too large", format!("at most {most} bytes"));
        return Problem::refused(StatusCode::PAYLOAD_TOO_LARGE, "too_large", refusal);
    }
    Problem::bad("unreadable_body", Refusal::new("body", rejection, "the whole body"))
}

fn problem(error: SubmitError) -> Problem {
    match error {
        SubmitError::Invalid(errors) => {
            let count = errors.len();
            let detail = format!("{count} {} wrong", if count == 1 { "field is" } else { "fields are" });
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_scan", detail).with_errors(errors)
        }
        SubmitError::Conflict(refusal) => Problem::refused(StatusCode::CONFLICT, "conflicting_scan", refusal),
        SubmitError::Unavailable(reason) => Problem::unavailable("not_stored", reason),
    }
}
