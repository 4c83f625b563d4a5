//! One scan: `GET /api/scans/{scan id, session or ordinal}`.

use super::{
    Named, Parameters,
    envelope::answer,
    found::{ends, no_history, unknown_scan},
    scans::log,
};
use crate::{
    entry::Entry,
    past::{At, Of, Unreachable},
    problem::Problem,
    server::{App, Shared},
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use bellwether_schemas::{
    Basis, Coverage, Date, Ordinal, Refusal, Scan, Side, Timestamp, codec,
    scan::{Origin, Outcome, Suspect, Unavailable, rule},
};
use serde::Serialize;
use std::collections::BTreeSet;

/// The rules in the order of their bits.
const RULES: [&str; 7] = ["swing", "bars", "body", "volume", "sma20", "roc5", "close"];

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ScanDetail"))]
pub(crate) struct Detail<'a> {
    scan: Head<'a>,
    hits: Vec<Hit<'a>>,
    near_misses: Vec<NearMiss<'a>>,
    /// Why there are none, when they cannot be known.
    near_misses_reason: Option<&'static str>,
    outcomes: &'a [Outcome],
    suspects: &'a [Suspect],
    failed: Vec<Failed<'a>>,
    changed: Changed<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ScanHead"))]
struct Head<'a> {
    ordinal: Ordinal,
    id: &'a str,
    universe: &'a str,
    session: Date,
    as_of: Timestamp,
    basis: Basis,
    origin: Origin,
    exchange: &'a str,
    on_calendar: bool,
    sample: bool,
    coverage: Coverage,
    long_hits: u32,
    short_hits: u32,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ScanHit"))]
struct Hit<'a> {
    symbol: &'a str,
    side: Side,
    score: Option<u8>,
    /// Names of the rules met; null when another scanner did not say.
    rules: Option<Vec<&'static str>>,
    entry: Option<f64>,
    stop: Option<f64>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NearMiss<'a> {
    symbol: &'a str,
    side: Side,
    score: u32,
    rules: Vec<&'static str>,
}

/// Symbols left out for one reason.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Failed<'a> {
    reason: &'a str,
    symbols: Vec<&'a str>,
}

impl<'a> Failed<'a> {
    fn of(unavailable: &'a Unavailable) -> Self {
        let symbols = &unavailable.symbols;
        Self { reason: &unavailable.reason, symbols: (0..symbols.len()).map(|at| symbols.get(at)).collect() }
    }
}

/// Hits that the scan before did not have, and hits that only it had.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Changed<'a> {
    /// Ordinal of the scan before; null for the first.
    since: Option<Ordinal>,
    appeared: Vec<Which<'a>>,
    gone: Vec<Which<'a>>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "HitName"))]
struct Which<'a> {
    symbol: &'a str,
    side: Side,
}

/// `GET /api/scans/{scan}`
pub(super) async fn scan(
    State(app): State<App>,
    Named(name): Named<String>,
    parameters: Parameters,
    request: HeaderMap,
) -> Result<Response, Problem> {
    parameters.only(&["universe", "lane"])?;
    let refused = |refusal: Refusal| Problem::bad("bad_parameter", Refusal { field: "scan".to_owned(), ..refusal });
    let at: At = name.parse().map_err(refused)?;
    let (of, newest) = log(&app, &parameters)?;
    let (ends, _) = ends(&app, &of, &newest, None).await?;
    let lost = |lost: Unreachable| no_history(&app, &newest, &lost);
    let row = app.past.find(&of, &at, &ends).await.map_err(lost)?;
    let Some(row) = row else { return Err(unknown_scan(&app, &of, &ends, "scan", &at).await) };
    let before = app.past.row(&of, row.ordinal - 1, &ends).await.map_err(lost)?;
    let (scan, digest) = read(&app, &of, row.sequence, &newest).await?;
    let before = match before {
        Some(before) => Some(read(&app, &of, before.sequence, &newest).await?.0),
        None => None,
    };
    let tag = format!("{digest}-{}", row.sequence);
    Ok(answer(&request, &tag, || serde_json::to_vec(&detail(&scan, before.as_ref())).unwrap_or_default()))
}

async fn read(app: &Shared, of: &Of, sequence: u64, newest: &Entry) -> Result<(Scan, String), Problem> {
    let record =
        app.past.message(&of.0.stream(&of.1), sequence).await.map_err(|lost| no_history(app, newest, &lost))?;
    let body = record.map(|record| record.body).unwrap_or_default();
    let scan = Scan::decode(&body).map_err(|refusal| {
        let problem = Problem::refused(StatusCode::SERVICE_UNAVAILABLE, "unreadable_history", refusal);
        problem.with_last_good(newest, (app.now)())
    })?;
    Ok((scan, codec::digest(&body)))
}

fn detail<'a>(scan: &'a Scan, before: Option<&'a Scan>) -> Detail<'a> {
    let (long_hits, short_hits) = scan.hit_counts();
    let foreign = scan.origin == Origin::Foreign;
    Detail {
        scan: Head {
            ordinal: scan.ordinal,
            id: &scan.id,
            universe: &scan.universe,
            session: scan.session,
            as_of: scan.as_of,
            basis: scan.basis,
            origin: scan.origin,
            exchange: &scan.exchange,
            on_calendar: scan.on_calendar,
            sample: scan.sample,
            coverage: scan.coverage(),
            long_hits,
            short_hits,
        },
        hits: scan.hits.iter().map(|hit| Hit::of(scan, hit)).collect(),
        near_misses: if foreign { Vec::new() } else { near_misses(scan) },
        near_misses_reason: foreign.then_some("the scan was made by another scanner, which does not say its rules"),
        outcomes: &scan.outcomes,
        suspects: &scan.suspects,
        failed: scan.failed.iter().map(Failed::of).collect(),
        changed: Changed::between(before, scan),
    }
}

impl<'a> Hit<'a> {
    fn of(scan: &Scan, hit: &'a bellwether_schemas::scan::Hit) -> Self {
        let position = scan.symbols.position(&hit.symbol).filter(|_| scan.origin == Origin::Bars);
        let rules = position.map(|at| rules(scan.rules[at], hit.side));
        Self { symbol: &hit.symbol, side: hit.side, score: hit.score, rules, entry: hit.entry, stop: hit.stop }
    }
}

/// One rule short of a hit.
fn near_misses(scan: &Scan) -> Vec<NearMiss<'_>> {
    let scored = scan.rules.iter().enumerate().flat_map(|(at, &mask)| {
        [Side::Long, Side::Short].map(|side| (at, mask, side, of_side(mask, side).count_ones()))
    });
    let near = scored.filter(|(.., score)| *score == rule::HIT_SCORE - 1);
    near.map(|(at, mask, side, score)| NearMiss { symbol: scan.symbols.get(at), side, score, rules: rules(mask, side) })
        .collect()
}

fn of_side(mask: u16, side: Side) -> u16 {
    match side {
        Side::Long => mask & 0x7f,
        Side::Short => mask >> rule::SHORT_SHIFT & 0x7f,
    }
}

fn rules(mask: u16, side: Side) -> Vec<&'static str> {
    let mask = of_side(mask, side);
    RULES.into_iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, name)| name).collect()
}

impl<'a> Changed<'a> {
    fn between(before: Option<&'a Scan>, scan: &'a Scan) -> Self {
        let Some(before) = before else { return Self { since: None, appeared: Vec::new(), gone: Vec::new() } };
        let hits = |scan: &'a Scan| -> BTreeSet<Which<'a>> {
            scan.hits.iter().map(|hit| Which { symbol: &hit.symbol, side: hit.side }).collect()
        };
        let (then, now) = (hits(before), hits(scan));
        let only = |one: &BTreeSet<Which<'a>>, other: &BTreeSet<Which<'a>>| {
            one.difference(other).map(|hit| Which { symbol: hit.symbol, side: hit.side }).collect()
        };
        Self { since: Some(before.ordinal), appeared: only(&now, &then), gone: only(&then, &now) }
    }
}
