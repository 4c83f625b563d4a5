//! The regime of every scan: `GET /api/timeline`.

use super::{
    Parameters,
    envelope::answer,
    found::{ends, log_of, newest, no_history},
    series::edge,
    table::Table,
};
use crate::{
    past::{Edge, Row},
    problem::Problem,
    server::App,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use bellwether_schemas::{Ordinal, Status};
use serde_json::json;

/// The section whose scans are the timeline, and what is shown of it.
const SECTION: &str = "regime";
const CLASS: &str = "current.class";
const CONFIDENCE: &str = "current.confidence";
/// The newest so many scans.
const MOST: Ordinal = 20_000;

/// Every scan with its class and the confidence in it, oldest first; both null where there is none.
pub(super) async fn timeline(
    State(app): State<App>,
    parameters: Parameters,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let (section, newest) = newest(&app, SECTION, &parameters, &["at"])?;
    let of = log_of(&section, &newest);
    let (ends, stale) = ends(&app, &of, &newest, Some(newest.head.revision)).await?;
    let to = match parameters.at()? {
        Some(at) => edge(&app, &of, &ends, &newest, ("at", &at), Edge::To).await?.min(ends.last),
        None => ends.last,
    };
    let from = ends.first.max((to + 1).saturating_sub(MOST));
    let fields = [CLASS.to_owned(), CONFIDENCE.to_owned()];
    let table = Table::read(&app.past, &of, &ends, from..=to, &fields).await;
    let table = table.map_err(|lost| no_history(&app, &newest, &lost))?;
    let tag = format!("{}-{}-{to}-{}", crate::vector::tag(&section.epoch), ends.sequence, stale.is_some());
    Ok(answer(&request, &tag, || {
        let rows = || table.rows.iter();
        let column = |name: &str| table.columns.iter().find(|(column, _)| column == name).map(|(_, cells)| cells);
        json!({
            "status": if stale.is_some() { "stale" } else { "ok" },
            "reason": stale,
            "universe": newest.key.universe(),
            "lane": newest.key.lane(),
            "first": ends.first,
            "last": ends.last,
            "columns": {
                "ordinal": rows().map(|row| row.ordinal).collect::<Vec<_>>(),
                "scan": rows().map(|row| row.id.as_deref()).collect::<Vec<_>>(),
                "session": rows().map(|row| row.session).collect::<Vec<_>>(),
                "as_of": rows().map(|row| row.as_of).collect::<Vec<_>>(),
                "basis": rows().map(|row| row.basis).collect::<Vec<_>>(),
                "class": column(CLASS),
                "confidence": column(CONFIDENCE),
                "status": rows().map(status).collect::<Vec<_>>(),
            },
        })
        .to_string()
        .into_bytes()
    }))
}

fn status(row: &Row) -> &'static str {
    match row.status {
        Some(Status::Ok) => "ok",
        Some(Status::Rejected) => "rejected",
        None => "unreadable",
    }
}
