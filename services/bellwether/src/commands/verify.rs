//! `verify`: is everything that is stored what comes out when it is computed again?

use super::connect;
use crate::{
    broker::Broker,
    cli,
    progress::Progress,
    registry,
    say::{print, say},
    supervisor::record::Book,
    verify::{self, Bounds, Difference, Tally},
};
use anyhow::{Result, bail};
use bellwether_harness::{
    Bus,
    lane::{self, Lane},
};
use bellwether_schemas::Key;
use serde::Serialize;
use std::{process::ExitCode, sync::Arc};

const DIFFERS: u8 = 1;
const FAILED: u8 = 2;
/// Fields of the first difference that are printed.
const FIELDS: usize = 12;

#[derive(Debug, Serialize)]
struct Report {
    lane: String,
    identical: bool,
    universes: Vec<Universe>,
}

#[derive(Debug, Serialize)]
struct Universe {
    universe: String,
    services: Vec<Tally>,
}

/// Checks, prints, and says by the exit code whether all is well.
pub(crate) async fn verify(args: cli::Verify) -> Result<ExitCode> {
    match check(&args).await {
        Ok(report) => {
            if args.json {
                print(&serde_json::to_string_pretty(&report)?);
            } else {
                report.universes.iter().flat_map(lines).for_each(|line| print(&line));
                print(if report.identical { "all identical" } else { "NOT identical" });
            }
            Ok(if report.identical { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
        }
        Err(error) => {
            say(&format!("bellwether: {error:#}"));
            Ok(ExitCode::from(FAILED))
        }
    }
}

async fn check(args: &cli::Verify) -> Result<Report> {
    let data = args.broker.data()?;
    let book = Arc::new(Book::open(data.processes_of("verify")).await?);
    let broker = Broker::join_or_provide(&args.broker.wish(), &data, book).await?;
    let outcome = match connect(broker.url(), "verify").await {
        Ok(bus) => check_all(args, &bus).await,
        Err(error) => Err(error),
    };
    broker.stop().await;
    outcome
}

async fn check_all(args: &cli::Verify, bus: &Bus) -> Result<Report> {
    let settings = registry::settings(&args.set)?;
    let bounds = Bounds { from: args.from, to: args.to };
    let services = match args.services.is_empty() {
        true => verify::services().into_iter().map(str::to_owned).collect(),
        false => args.services.clone(),
    };
    let mut universes = Vec::new();
    let lane = lane::find(bus, &args.lane).await?;
    for key in keys(args, bus, lane.as_ref()).await? {
        let mut progress = Progress::checking();
        let told = |at, of| progress.at(at, of);
        let services = match &lane {
            Some(lane) => verify::verify_lane(bus, lane, &services, &args.set, bounds, told).await,
            None => verify::verify(bus, &key, &services, &settings, bounds, told).await,
        };
        progress.done();
        universes.push(Universe { universe: key.universe().to_owned(), services: services? });
    }
    let identical = universes.iter().flat_map(|universe| &universe.services).all(Tally::clean);
    Ok(Report { lane: args.lane.clone(), identical, universes })
}

async fn keys(args: &cli::Verify, bus: &Bus, lane: Option<&Lane>) -> Result<Vec<Key>> {
    if let Some(lane) = lane {
        if args.universe.iter().any(|universe| *universe != lane.plan.universe) {
            bail!("lane {:?} is of universe {:?}", lane.name, lane.plan.universe);
        }
        return Ok(vec![Key::new(&*lane.name, &*lane.plan.universe)?]);
    }
    if args.universe.is_empty() {
        let keys = verify::keys(bus, &args.lane).await?;
        if keys.is_empty() {
            bail!("there is no scan in lane {:?}", args.lane);
        }
        return Ok(keys);
    }
    let key = |universe: &String| Ok(Key::new(&*args.lane, &**universe)?);
    args.universe.iter().map(key).collect()
}

fn lines(universe: &Universe) -> Vec<String> {
    let mut lines = vec![
        format!("universe {}", universe.universe),
        format!("  {:<12}{:>9}{:>11}{:>11}{:>9}", "service", "checked", "identical", "differing", "missing"),
    ];
    for tally in &universe.services {
        let Tally { service, checked, identical, differing, missing, .. } = tally;
        lines.push(format!("  {service:<12}{checked:>9}{identical:>11}{differing:>11}{missing:>9}"));
    }
    for tally in &universe.services {
        lines.extend(tally.first_missing.map(|place| {
            format!(
                "  {}: the first without a result is scan {} ({})",
                tally.service,
                place.ordinal,
                day(place.session)
            )
        }));
        lines.extend(tally.first_difference.iter().flat_map(|first| difference(tally, first)));
        if tally.died > 0 {
            lines.push(format!("  {}: {} rejected because processes died on them", tally.service, tally.died));
        }
    }
    lines
}

fn difference(tally: &Tally, first: &Difference) -> Vec<String> {
    let (ordinal, session) = (first.place.ordinal, day(first.place.session));
    let mut lines = vec![format!("  {}: the first that differs is scan {ordinal} ({session})", tally.service)];
    lines.push(format!("    written by {}", first.written_by.as_deref().unwrap_or("nobody who says so")));
    lines.push(format!("    computed now by {}", first.computed_by));
    if !first.untouched {
        lines.push("    its bytes are not those its digest was made of: it was changed after it was stored".to_owned());
    }
    for field in first.fields.iter().take(FIELDS) {
        lines.push(format!("    {}: stored {}, computed now {}", field.field, field.stored, field.recomputed));
    }
    match first.fields.len().saturating_sub(FIELDS) {
        0 if first.fields.is_empty() => lines.push("    both say the same in other bytes".to_owned()),
        0 => {}
        more => lines.push(format!("    and {more} fields more; --json has all")),
    }
    lines
}

fn day(session: Option<bellwether_schemas::Date>) -> String {
    session.map_or_else(|| "session unknown".to_owned(), |session| session.to_string())
}
