//! `bisect`: where two lanes part.

use super::with_bus;
use crate::{
    cli, registry,
    say::{print, say},
    verify::{self, Parting},
};
use anyhow::{Result, bail};
use bellwether_harness::{Bus, lane};
use bellwether_schemas::Key;
use serde_json::json;
use std::process::ExitCode;

const DIFFERS: u8 = 1;
const FAILED: u8 = 2;
/// Fields of a difference that are printed.
const FIELDS: usize = 12;

/// Compares, prints, and says by the exit code whether they are the same.
pub(crate) async fn bisect(args: cli::Bisect) -> Result<ExitCode> {
    let parted = with_bus("bisect", &args.broker, async |bus| compare(&bus, &args).await).await;
    match parted {
        Ok(partings) => {
            if args.json {
                let report = json!({"a": args.lane_a, "b": args.lane_b, "services": partings});
                print(&serde_json::to_string_pretty(&report)?);
            } else {
                partings.iter().flat_map(|parting| lines(&args, parting)).for_each(|line| print(&line));
            }
            let same = partings.iter().all(|parting| parting.differing == 0);
            Ok(if same { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
        }
        Err(error) => {
            say(&format!("bellwether: {error:#}"));
            Ok(ExitCode::from(FAILED))
        }
    }
}

async fn compare(bus: &Bus, args: &cli::Bisect) -> Result<Vec<Parting>> {
    let universe = match &args.universe {
        Some(universe) => universe.clone(),
        None => universe(bus, args).await?,
    };
    let (a, b) = (Key::new(&*args.lane_a, &*universe)?, Key::new(&*args.lane_b, &*universe)?);
    let mut partings = Vec::new();
    for worker in registry::workers() {
        if args.services.is_empty() || args.services.iter().any(|name| name == worker) {
            partings.push(verify::part(bus, worker, &a, &b).await?);
        }
    }
    if partings.iter().all(|parting| parting.common == 0) {
        bail!("{a} and {b} have no scan in common");
    }
    Ok(partings)
}

async fn universe(bus: &Bus, args: &cli::Bisect) -> Result<String> {
    for name in [&args.lane_a, &args.lane_b] {
        if let Some(lane) = lane::find(bus, name).await? {
            return Ok(lane.plan.universe);
        }
    }
    bail!("neither {:?} nor {:?} is a replay or what-if; say which --universe", args.lane_a, args.lane_b)
}

fn lines(args: &cli::Bisect, parting: &Parting) -> Vec<String> {
    let Parting { service, common, differing, first } = parting;
    let Some(first) = first else { return vec![format!("{service:<12} the same in all {common} scans both have")] };
    let day = first.place.session.map_or_else(|| "session unknown".to_owned(), |session| session.to_string());
    let mut lines = vec![
        format!("{service:<12} parts at scan {} ({day}); {differing} of {common} scans differ", first.place.ordinal),
        format!("    {} written by {}", args.lane_a, first.written_by.as_deref().unwrap_or("nobody who says so")),
        format!("    {} written by {}", args.lane_b, first.computed_by),
    ];
    for field in first.fields.iter().take(FIELDS) {
        let (a, b) = (&args.lane_a, &args.lane_b);
        lines.push(format!("    {}: {a} {}, {b} {}", field.field, field.stored, field.recomputed));
    }
    if first.fields.len() > FIELDS {
        lines.push(format!("    and {} fields more; --json has all", first.fields.len() - FIELDS));
    }
    lines
}
