//! The regime of every scan: `GET /api/timeline`.

use super::{
    Parameters,
    envelope::answer,
    found::{ends, log_of, newest, no_history},
    series::edge,
    table::Table,
};
use crate::{
    past::{Cell, Edge, Row},
    problem::Problem,
    server::App,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use bellwether_schemas::{Basis, Date, Ordinal, Status, Timestamp};
use serde::Serialize;

/// The section whose scans are the timeline, and what is shown of it.
const SECTION: &str = "regime";
const CLASS: &str = "current.class";
const CONFIDENCE: &str = "current.confidence";
/// The newest so many scans.
const MOST: Ordinal = 20_000;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Timeline {
    status: &'static str,
    reason: Option<String>,
    universe: String,
    lane: String,
    /// First and last ordinal of the log.
    first: Ordinal,
    last: Ordinal,
    columns: Columns,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "TimelineColumns"))]
struct Columns {
    ordinal: Vec<Ordinal>,
    scan: Vec<Option<String>>,
    session: Vec<Option<Date>>,
    as_of: Vec<Option<Timestamp>>,
    basis: Vec<Option<Basis>>,
    #[cfg_attr(test, schemars(with = "Vec<Option<String>>"))]
    class: Vec<Cell>,
    #[cfg_attr(test, schemars(with = "Vec<Option<f64>>"))]
    confidence: Vec<Cell>,
    /// `ok`, `rejected` or `unreadable`.
    status: Vec<&'static str>,
}

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
        let cells = |name: &str| {
            let column = table.columns.iter().find(|(column, _)| column == name);
            column.map(|(_, cells)| cells.clone()).unwrap_or_default()
        };
        let timeline = Timeline {
            status: if stale.is_some() { "stale" } else { "ok" },
            reason: stale,
            universe: newest.key.universe().to_owned(),
            lane: newest.key.lane().to_owned(),
            first: ends.first,
            last: ends.last,
            columns: Columns {
                ordinal: rows().map(|row| row.ordinal).collect(),
                scan: rows().map(|row| row.id.clone()).collect(),
                session: rows().map(|row| row.session).collect(),
                as_of: rows().map(|row| row.as_of).collect(),
                basis: rows().map(|row| row.basis).collect(),
                class: cells(CLASS),
                confidence: cells(CONFIDENCE),
                status: rows().map(status).collect(),
            },
        };
        serde_json::to_vec(&timeline).unwrap_or_default()
    }))
}

fn status(row: &Row) -> &'static str {
    match row.status {
        Some(Status::Ok) => "ok",
        Some(Status::Rejected) => "rejected",
        None => "unreadable",
    }
}
