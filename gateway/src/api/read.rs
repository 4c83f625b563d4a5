//! The newest result of a section.

use super::{
    Parameters,
    envelope::{Data, default_universe, respond},
};
use crate::{
    board::{Link, Section},
    entry::Entry,
    problem::Problem,
    server::{App, Shared},
};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use bellwether_schemas::Key;
use std::{collections::BTreeSet, sync::Arc};

/// `GET /api/{section}`
pub(super) async fn section(
    State(app): State<App>,
    Path(section): Path<String>,
    parameters: Parameters,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let (section, entry) = find(&app, &section, &parameters, &[])?;
    Ok(respond(&section, &entry, &Data::All, &request, (app.now)()))
}

/// `GET /api/{section}/{part}`
pub(super) async fn part(
    State(app): State<App>,
    Path((section, part)): Path<(String, String)>,
    parameters: Parameters,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let (section, entry) = find(&app, &section, &parameters, &[])?;
    let data = match entry.part(&part) {
        Some(part) => Data::Part(&part.name, &part.json),
        // A rejected scan with nothing good before it: the parts are not known, and the envelope says why.
        None if entry.parts.is_empty() => Data::Part(&part, b"null"),
        None => {
            let known = entry.parts.iter().map(|part| part.name.clone()).chain(["series".to_owned()]);
            return Err(Problem::not_found("unknown_part", "part", &part, known));
        }
    };
    Ok(respond(&section, &entry, &data, &request, (app.now)()))
}

/// The entry a request is about. `also` names parameters the caller reads itself.
pub(super) fn find(
    app: &Shared,
    section: &str,
    parameters: &Parameters,
    also: &[&str],
) -> Result<(Section, Arc<Entry>), Problem> {
    parameters.only(&[&["universe", "lane"], also].concat())?;
    let (lane, universe) = (parameters.lane()?, parameters.universe()?);
    let board = app.board();
    let Some(section) = board.section(section) else {
        return Err(Problem::not_found(
            "unknown_section",
            "section",
            section,
            board.names().iter().map(|n| n.to_string()),
        ));
    };
    let universe = universe.or_else(|| default_universe(&section, lane));
    let entry = universe.and_then(|universe| section.entries.get(&Key::new(lane, universe).ok()?)).cloned();
    match entry {
        Some(entry) => Ok((section, entry)),
        None => Err(missing(&section, lane, universe)),
    }
}

/// Why there is no entry: not connected, no scan yet, or no such lane or universe.
fn missing(section: &Section, lane: &str, universe: Option<&str>) -> Problem {
    let name = &section.name;
    match &section.link {
        Link::Loading => {
            return Problem::unavailable("not_connected", format!("the results of {name} are still being read"));
        }
        Link::Lost { reason } => {
            return Problem::unavailable("not_connected", format!("the results of {name} cannot be read: {reason}"));
        }
        Link::Live => {}
    }
    let in_lane = |key: &&Key| key.lane() == lane;
    match universe {
        _ if section.entries.is_empty() => Problem::not_found("no_results", "universe", universe.unwrap_or("any"), [])
            .explained(format!("{name} has no result yet: no scan was folded")),
        _ if !section.entries.keys().any(|key| key.lane() == lane) => {
            let lanes: BTreeSet<_> = section.entries.keys().map(|key| key.lane().to_owned()).collect();
            Problem::not_found("unknown_lane", "lane", lane, lanes)
        }
        universe => {
            let known = section.entries.keys().filter(in_lane).map(|key| key.universe().to_owned());
            Problem::not_found("unknown_universe", "universe", universe.unwrap_or_default(), known)
        }
    }
}
