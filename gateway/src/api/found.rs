//! Which result a request is about.

use super::{Parameters, envelope::default_universe};
use crate::{
    board::{Link, Section},
    entry::Entry,
    past::{At, Ends, NoEntry, Of, Row, Unreachable},
    problem::Problem,
    server::Shared,
    sources::Log,
};
use axum::http::StatusCode;
use bellwether_schemas::{Key, Ordinal, Refusal};
use std::{collections::BTreeSet, sync::Arc};

/// A result, and why it may not be the newest.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) entry: Arc<Entry>,
    pub(super) stale: Option<String>,
}

/// The result a request is about, at the instant it names. `also` names parameters the caller reads itself.
pub(super) async fn find(
    app: &Shared,
    section: &str,
    parameters: &Parameters,
    also: &[&str],
) -> Result<Found, Problem> {
    let (section, newest) = newest(app, section, parameters, &[&["at"], also].concat())?;
    match parameters.at()? {
        None => Ok(Found { stale: section.stale(&newest.key).map(str::to_owned), entry: newest }),
        Some(at) => past(app, &section, &newest, &at).await,
    }
}

/// The newest result of the section, universe and lane a request is about.
pub(super) fn newest(
    app: &Shared,
    section: &str,
    parameters: &Parameters,
    also: &[&str],
) -> Result<(Section, Arc<Entry>), Problem> {
    parameters.only(&[&["universe", "lane"], also].concat())?;
    let (lane, universe) = (parameters.lane()?, parameters.universe()?);
    let board = app.boards.of(lane);
    let Some(section) = board.section(section) else {
        let known = board.names().iter().map(ToString::to_string);
        return Err(Problem::not_found("unknown_section", "section", section, known));
    };
    let entry = newest_of(&section, lane, universe)?;
    Ok((section, entry))
}

/// The newest result of a section.
pub(super) fn newest_of(section: &Section, lane: &str, universe: Option<&str>) -> Result<Arc<Entry>, Problem> {
    let universe = universe.or_else(|| default_universe(section, lane));
    let entry = universe.and_then(|universe| section.entries.get(&Key::new(lane, universe).ok()?)).cloned();
    entry.ok_or_else(|| missing(section, lane, universe))
}

/// Why there is no entry: not connected, no scan yet, or no such lane or universe.
fn missing(section: &Section, lane: &str, universe: Option<&str>) -> Problem {
    let name = &section.name;
    let keys = || section.entries.keys();
    match (&section.link, universe) {
        (Link::Loading, _) => {
            Problem::unavailable("not_connected", format!("the results of {name} are still being read"))
        }
        (Link::Lost { reason }, _) => {
            Problem::unavailable("not_connected", format!("the results of {name} cannot be read: {reason}"))
        }
        (Link::Live, _) if section.entries.is_empty() => {
            Problem::not_found("no_results", "universe", universe.unwrap_or("any"), [])
                .explained(format!("{name} has no result yet: no scan was folded"))
        }
        (Link::Live, _) if !keys().any(|key| key.lane() == lane) => {
            let lanes: BTreeSet<_> = keys().map(|key| key.lane().to_owned()).collect();
            Problem::not_found("unknown_lane", "lane", lane, lanes)
        }
        (Link::Live, universe) => {
            let known = keys().filter(|key| key.lane() == lane).map(|key| key.universe().to_owned());
            Problem::not_found("unknown_universe", "universe", universe.unwrap_or_default(), known)
        }
    }
}

/// The result of a section at an instant. The newest one is at hand; every other is read from the log.
pub(super) async fn past(app: &Shared, section: &Section, newest: &Arc<Entry>, at: &At) -> Result<Found, Problem> {
    if names(newest, at) {
        return Ok(Found { stale: section.stale(&newest.key).map(str::to_owned), entry: newest.clone() });
    }
    let of = log_of(section, newest);
    let ends = ends(app, &of, newest, Some(newest.head.revision)).await?.0;
    let row = app.past.find(&of, at, &ends).await.map_err(|lost| no_history(app, newest, &lost))?;
    let Some(row) = row else { return Err(unknown_scan(app, &of, &ends, "at", at).await) };
    let entry = app.past.entry((&section.name, &section.epoch), &of, &row, &ends).await;
    match entry {
        Ok(entry) => Ok(Found { entry, stale: None }),
        Err(NoEntry::Unreachable(lost)) => Err(no_history(app, newest, &lost)),
        Err(NoEntry::Unreadable(refusal)) => {
            let problem = Problem::refused(StatusCode::SERVICE_UNAVAILABLE, "unreadable_history", refusal);
            Err(problem.with_last_good(newest, (app.now)()))
        }
    }
}

/// The log a section's result is from.
pub(super) fn log_of(section: &Section, newest: &Entry) -> Of {
    (Log::Results(section.name.clone()), newest.key.clone())
}

fn names(newest: &Entry, at: &At) -> bool {
    let (scan, shown) = (&newest.head.scan, newest.ordinal == newest.head.scan.ordinal);
    match at {
        At::Ordinal(ordinal) => newest.ordinal == *ordinal,
        At::Session(session) => shown && scan.session == Some(*session),
        At::Id(id) => shown && scan.id.as_ref() == Some(id),
    }
}

/// Where a log ends, and why it may have grown since.
pub(super) async fn ends(
    app: &Shared,
    of: &Of,
    newest: &Entry,
    revision: Option<u64>,
) -> Result<(Ends, Option<String>), Problem> {
    match app.past.ends(of, revision).await {
        Ok(Some(known)) => Ok((known.ends, known.stale)),
        Ok(None) => {
            let problem = Problem::not_found("no_results", "universe", newest.key.universe(), []);
            Err(problem.explained(format!("{} holds nothing of this universe", of.0.stream(&of.1))))
        }
        Err(lost) => Err(no_history(app, newest, &lost)),
    }
}

/// The past cannot be read now; says what is known at least.
pub(super) fn no_history(app: &Shared, newest: &Entry, lost: &Unreachable) -> Problem {
    Problem::unavailable("no_history", lost.to_string()).with_last_good(newest, (app.now)())
}

/// There is no such scan; says which there are.
pub(super) async fn unknown_scan(app: &Shared, of: &Of, ends: &Ends, field: &str, at: &At) -> Problem {
    let row = async |ordinal: Ordinal| app.past.row(of, ordinal, ends).await.ok().flatten();
    let bounds: Vec<Row> = [row(ends.first).await, row(ends.last).await].into_iter().flatten().collect();
    let sessions: Vec<_> = bounds.iter().filter_map(|row| row.session.map(|session| session.to_string())).collect();
    let mut expected = format!("an ordinal from {} to {}", ends.first, ends.last);
    if let [first, last] = sessions.as_slice() {
        expected = format!("{expected}, a session from {first} to {last}, or a scan's id");
    }
    let ids: BTreeSet<_> = bounds.into_iter().filter_map(|row| row.id).collect();
    let refusal = Refusal::new(field, at, expected);
    Problem::refused(StatusCode::NOT_FOUND, "unknown_scan", refusal).with_available(ids)
}
