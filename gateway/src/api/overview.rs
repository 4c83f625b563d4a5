//! All sections in one answer: `GET /api/overview`.

use super::{
    Parameters,
    envelope::{Data, answer, encode},
    found::{Found, newest_of, past},
};
use crate::{
    board::Section,
    past::At,
    problem::Problem,
    server::{App, Shared},
};
use axum::{extract::State, http::HeaderMap, response::Response};
use bellwether_schemas::{Ordinal, Timestamp};
use futures::future::join_all;
use serde::Serialize;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, sync::Arc};

/// A section that is no further behind than this is waited for: all are shown as of the same scan. One that is further
/// behind is shown as it is.
const WORTH_AGREEING: Ordinal = 3;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Overview<'a> {
    universe: &'a str,
    lane: &'a str,
    /// As it was asked for.
    at: Option<String>,
    /// The scan all sections speak of; null when they differ.
    ordinal: Option<Ordinal>,
    /// The envelope of every section, with all its parts.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, crate::entry::Head>"))]
    sections: BTreeMap<&'a str, Box<RawValue>>,
    /// Why a section is not there.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, crate::problem::Details>"))]
    missing: BTreeMap<&'a str, Problem>,
}

/// `GET /api/overview`
pub(super) async fn overview(
    State(app): State<App>,
    parameters: Parameters,
    request: HeaderMap,
) -> Result<Response, Problem> {
    parameters.only(&["universe", "lane", "at"])?;
    let (lane, at) = (parameters.lane()?, parameters.at()?);
    let sections: Vec<Section> = app.boards.of(lane).sections().collect();
    let universe = parameters.universe()?.or_else(|| {
        let keys = sections.iter().flat_map(|section| section.entries.keys());
        keys.filter(|key| key.lane() == lane).map(|key| key.universe()).min()
    });
    let mut found = join_all(sections.iter().map(|section| one(&app, section, lane, universe, at.as_ref()))).await;
    if at.is_none() {
        agree(&app, &sections, &mut found).await;
    }
    let shown = || found.iter().filter_map(|found| found.as_ref().ok());
    let Some(first) = shown().next() else { return Err(first_problem(found)) };
    let universe = first.entry.key.universe();
    let ordinal = Some(first.entry.ordinal).filter(|ordinal| shown().all(|found| found.entry.ordinal == *ordinal));
    let tag =
        shown().map(|found| format!("{}-{}-{:?}", found.entry.head.epoch, found.entry.head.revision, found.stale));
    let tag = format!("{}-{}", crate::vector::tag(&tag.collect::<String>()), shown().count());
    let now = (app.now)();
    Ok(answer(&request, &tag, || {
        let named = || sections.iter().map(|section| &*section.name).zip(&found);
        let overview = Overview {
            universe,
            lane,
            at: at.map(|at| at.to_string()),
            ordinal,
            sections: named().filter_map(|(name, found)| Some((name, raw(found.as_ref().ok()?, now)?))).collect(),
            missing: named().filter_map(|(name, found)| Some((name, found.as_ref().err()?.clone()))).collect(),
        };
        serde_json::to_vec(&overview).unwrap_or_default()
    }))
}

async fn one(
    app: &Shared,
    section: &Section,
    lane: &str,
    universe: Option<&str>,
    at: Option<&At>,
) -> Result<Found, Problem> {
    let newest = newest_of(section, lane, universe)?;
    match at {
        Some(at) => past(app, section, &newest, at).await,
        None => Ok(Found { stale: section.stale(&newest.key).map(str::to_owned), entry: newest }),
    }
}

/// While a scan goes down the chain some sections are ahead of others: those are shown as of the scan that all have.
async fn agree(app: &Shared, sections: &[Section], found: &mut [Result<Found, Problem>]) {
    let ordinals = || found.iter().filter_map(|found| Some(found.as_ref().ok()?.entry.ordinal));
    let (Some(least), Some(most)) = (ordinals().min(), ordinals().max()) else { return };
    if least == most || most - least > WORTH_AGREEING {
        return;
    }
    let back = sections.iter().zip(found.iter_mut()).map(async |(section, found)| {
        let Ok(shown) = found else { return };
        if shown.entry.ordinal == least {
            return;
        }
        let newest = Arc::clone(&shown.entry);
        // Where the log does not answer the newest is shown, and the ordinals tell that they differ.
        if let Ok(earlier) = past(app, section, &newest, &At::Ordinal(least)).await {
            *shown = earlier;
        }
    });
    join_all(back).await;
}

fn first_problem(found: Vec<Result<Found, Problem>>) -> Problem {
    let first = found.into_iter().find_map(Result::err);
    first.unwrap_or_else(|| Problem::unavailable("not_connected", "this gateway follows no section"))
}

fn raw(found: &Found, now: Timestamp) -> Option<Box<RawValue>> {
    let json = encode(&found.entry, found.stale.as_deref(), &Data::All, now);
    RawValue::from_string(String::from_utf8(json).ok()?).ok()
}
