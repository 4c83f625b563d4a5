//! The scans of a universe: `GET /api/scans`.

use super::{
    Parameters,
    envelope::answer,
    found::{ends, no_history},
    series::edge,
    table::Table,
};
use crate::{
    board::Section,
    entry::Entry,
    past::{Cell, Edge, Of, Row},
    problem::Problem,
    server::{App, Shared},
    sources::Log,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use bellwether_schemas::{Basis, Date, Ordinal, Timestamp};
use serde::Serialize;
use std::sync::Arc;

const DEFAULT: usize = 50;
const MOST: usize = 500;
const COUNTS: [&str; 5] = ["listed", "eligible", "long_hits", "short_hits", "outcomes"];

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Scans<'a> {
    status: &'static str,
    reason: Option<&'a str>,
    universe: &'a str,
    lane: &'a str,
    /// First and last ordinal of the log.
    first: Ordinal,
    last: Ordinal,
    /// `to` of the next page; null on the last.
    next: Option<Ordinal>,
    /// Newest first.
    scans: Vec<Line<'a>>,
}

/// A scan in the list; the counts of one that cannot be read are null.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ScanLine"))]
struct Line<'a> {
    ordinal: Ordinal,
    id: Option<&'a str>,
    session: Option<Date>,
    as_of: Option<Timestamp>,
    basis: Option<Basis>,
    #[cfg_attr(test, schemars(with = "Option<u32>"))]
    listed: &'a Cell,
    #[cfg_attr(test, schemars(with = "Option<u32>"))]
    eligible: &'a Cell,
    #[cfg_attr(test, schemars(with = "Option<u32>"))]
    long_hits: &'a Cell,
    #[cfg_attr(test, schemars(with = "Option<u32>"))]
    short_hits: &'a Cell,
    #[cfg_attr(test, schemars(with = "Option<u32>"))]
    outcomes: &'a Cell,
}

/// `GET /api/scans`
pub(super) async fn list(
    State(app): State<App>,
    parameters: Parameters,
    request: HeaderMap,
) -> Result<Response, Problem> {
    parameters.only(&["universe", "lane", "from", "to", "at", "limit"])?;
    let limit = parameters.number("limit", 1..=MOST)?.unwrap_or(DEFAULT) as u64;
    let (of, newest) = log(&app, &parameters)?;
    let (ends, stale) = ends(&app, &of, &newest, None).await?;
    let to = match (parameters.instant("to")?, parameters.at()?) {
        (Some(to), _) => edge(&app, &of, &ends, &newest, ("to", &to), Edge::To).await?.min(ends.last),
        (None, Some(at)) => edge(&app, &of, &ends, &newest, ("at", &at), Edge::To).await?.min(ends.last),
        (None, None) => ends.last,
    };
    let from = match parameters.instant("from")? {
        Some(from) => edge(&app, &of, &ends, &newest, ("from", &from), Edge::From).await?.max(ends.first),
        None => ends.first,
    };
    let begin = from.max((to + 1).saturating_sub(limit));
    let fields = COUNTS.map(str::to_owned);
    let table = Table::read(&app.past, &of, &ends, begin..=to, &fields).await;
    let table = table.map_err(|lost| no_history(&app, &newest, &lost))?;
    let log = crate::vector::tag(&ends.created.to_string());
    let tag = format!("{log}-{}-{begin}-{to}-{}", ends.sequence, stale.is_some());
    Ok(answer(&request, &tag, || {
        let scans = Scans {
            status: if stale.is_some() { "stale" } else { "ok" },
            reason: stale.as_deref(),
            universe: of.1.universe(),
            lane: of.1.lane(),
            first: ends.first,
            last: ends.last,
            next: Some(begin.saturating_sub(1)).filter(|next| *next >= from && begin <= to),
            scans: lines(&table),
        };
        serde_json::to_vec(&scans).unwrap_or_default()
    }))
}

fn lines(table: &Table) -> Vec<Line<'_>> {
    let [listed, eligible, long, short, outcomes] = [0, 1, 2, 3, 4].map(|column| &table.columns[column].1);
    let line = |(index, row)| {
        let row: &Row = row;
        Line {
            ordinal: row.ordinal,
            id: row.id.as_deref(),
            session: row.session,
            as_of: row.as_of,
            basis: row.basis,
            listed: &listed[index],
            eligible: &eligible[index],
            long_hits: &long[index],
            short_hits: &short[index],
            outcomes: &outcomes[index],
        }
    };
    table.rows.iter().enumerate().rev().map(line).collect()
}

/// The log of scans a request is about, and the newest result any section has of its universe.
pub(super) fn log(app: &Shared, parameters: &Parameters) -> Result<(Of, Arc<Entry>), Problem> {
    let (lane, universe) = (parameters.lane()?, parameters.universe()?);
    let sections: Vec<Section> = app.boards.of(lane).sections().collect();
    let found: Vec<_> = sections.iter().map(|section| super::found::newest_of(section, lane, universe)).collect();
    let newest = found.iter().filter_map(|found| found.as_ref().ok()).max_by_key(|entry| entry.ordinal).cloned();
    match (newest, found.into_iter().find_map(Result::err)) {
        (Some(newest), _) => Ok(((Log::Scans, newest.key.clone()), newest)),
        (None, Some(problem)) => Err(problem),
        (None, None) => Err(Problem::unavailable("not_connected", "this gateway follows no section")),
    }
}
