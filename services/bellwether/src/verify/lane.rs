//! A lane's results computed again, from what they were made from.

use super::{Bounds, Tally, difference::Difference, tally::Place};
use crate::replay::Rerun;
use anyhow::Result;
use bellwether_harness::{Bus, history, lane::Lane};
use bellwether_schemas::{Key, Ordinal, names};
use bellwether_worker::Checked;
use std::collections::BTreeMap;

/// Checks what `services` stored in a lane with a stream of its own; told after each chunk how far it is.
///
/// # Errors
/// When a log cannot be read. A difference is no error.
pub(crate) async fn verify(
    bus: &Bus,
    lane: &Lane,
    services: &[String],
    set: &[String],
    bounds: Bounds,
    mut at: impl FnMut(u64, u64),
) -> Result<Vec<Tally>> {
    let key = Key::new(&*lane.name, &*lane.plan.universe)?;
    let mut rerun = Rerun::open(bus, lane, set).await?;
    let wanted = |name: &str| {
        services.iter().any(|service| service == name || (name == names::LANE_SCANS && service == "scanner"))
    };
    let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
    for (log, service, code) in rerun.logs() {
        if wanted(log) {
            tallies.insert(log, Tally::new(service, code));
        }
    }
    let last = rerun.last();
    while let Some(folded) = rerun.next().await? {
        for (log, made) in folded.made {
            let (Some(tally), Some(first)) = (tallies.get_mut(log), made.first().map(|made| made.ordinal)) else {
                continue;
            };
            let (stream, subject) = names::results(log, &key);
            let stored = history::range(bus, &stream, &subject, first, made.len()).await?;
            let stored: BTreeMap<_, _> = stored.into_iter().filter_map(|entry| Some((entry.ordinal?, entry))).collect();
            for made in made {
                let session = folded.sessions.get(&made.ordinal).copied().flatten();
                if !bounds.hold(made.ordinal, session) {
                    continue;
                }
                match stored.get(&made.ordinal) {
                    None => tally.missing(made.ordinal, session, true),
                    Some(entry) if entry.body == made.body => {
                        tally.take(entry, made.ordinal, session, Checked::Identical)
                    }
                    Some(entry) => {
                        let recomputed = made.body.to_vec();
                        tally.take(entry, made.ordinal, session, Checked::Differs { recomputed });
                    }
                }
            }
        }
        at(folded.reached.min(last), last);
    }
    Ok(tallies.into_values().collect())
}

/// Where two lanes first differ in what one worker stored.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Parting {
    /// The worker.
    pub(crate) service: String,
    /// Scans that both have.
    pub(crate) common: u64,
    /// Of them with other bytes.
    pub(crate) differing: u64,
    /// The first of those: `stored` is the one lane's, `recomputed` the other's.
    pub(crate) first: Option<Difference>,
}

/// Compares what a worker stored in two lanes, by the digests in the headers.
///
/// # Errors
/// When a log cannot be read.
pub(crate) async fn part(bus: &Bus, worker: &str, a: &Key, b: &Key) -> Result<Parting> {
    let (one, other) = (digests(bus, worker, a).await?, digests(bus, worker, b).await?);
    let common: Vec<_> =
        one.iter().filter_map(|(ordinal, digest)| Some((*ordinal, digest == other.get(ordinal)?))).collect();
    let differing: Vec<Ordinal> = common.iter().filter(|(_, same)| !same).map(|(ordinal, _)| *ordinal).collect();
    let first = match differing.first() {
        None => None,
        Some(&ordinal) => Some(difference(bus, worker, (a, b), ordinal).await?),
    };
    let (common, differing) = (common.len() as u64, differing.len() as u64);
    Ok(Parting { service: worker.to_owned(), common, differing, first })
}

async fn digests(bus: &Bus, worker: &str, key: &Key) -> Result<BTreeMap<Ordinal, Option<String>>> {
    let (stream, subject) = names::results(worker, key);
    let entries = history::headers(bus, &stream, &subject, 1, usize::MAX).await?;
    let digest = |entry: &bellwether_harness::Entry| entry.header(names::header::DIGEST).map(str::to_owned);
    Ok(entries.iter().filter_map(|entry| Some((entry.ordinal?, digest(entry)))).collect())
}

async fn difference(bus: &Bus, worker: &str, (a, b): (&Key, &Key), ordinal: Ordinal) -> Result<Difference> {
    let read = async |key: &Key| {
        let (stream, subject) = names::results(worker, key);
        let mut found = history::range(bus, &stream, &subject, ordinal, 1).await?;
        found.pop().ok_or_else(|| anyhow::anyhow!("{subject} has no ordinal {ordinal}"))
    };
    let (one, other) = (read(a).await?, read(b).await?);
    let session = bellwether_gateway::entry::decode(&one.body).ok().and_then(|stored| stored.scan.session);
    let mut found = Difference::between(Place { ordinal, session }, &one, &other.body);
    found.computed_by = other.header(names::header::CODE).unwrap_or("nobody who says so").to_owned();
    Ok(found)
}
