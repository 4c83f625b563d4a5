//! One section, whole or by its parts.

use super::{
    Named, Parameters,
    envelope::{Data, respond},
    found::{Found, find},
};
use crate::{problem::Problem, server::App};
use axum::{extract::State, http::HeaderMap, response::Response};

/// `GET /api/{section}`
pub(super) async fn section(
    State(app): State<App>,
    Named(section): Named<String>,
    parameters: Parameters,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let Found { entry, stale } = find(&app, &section, &parameters, &[]).await?;
    Ok(respond(&entry, stale.as_deref(), &Data::All, &request, (app.now)()))
}

/// `GET /api/{section}/{part}`
pub(super) async fn part(
    State(app): State<App>,
    Named((section, part)): Named<(String, String)>,
    parameters: Parameters,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let Found { entry, stale } = find(&app, &section, &parameters, &[]).await?;
    let data = match entry.part(&part) {
        Some(part) => Data::Part(&part.name, &part.json),
        // A rejected scan with nothing good before it: the parts are not known, and the envelope says why.
        None if entry.parts.is_empty() => Data::Part(&part, b"null"),
        None => {
            let known = entry.parts.iter().map(|part| part.name.clone()).chain(["series".to_owned()]);
            return Err(Problem::not_found("unknown_part", "part", &part, known));
        }
    };
    Ok(respond(&entry, stale.as_deref(), &data, &request, (app.now)()))
}
