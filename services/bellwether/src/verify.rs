//! Every stored result computed again from what it was computed from, and compared byte for byte.

mod difference;
mod lane;
mod log;
mod scanner;
mod tally;

pub(crate) use difference::Difference;
pub(crate) use lane::{Parting, part, verify as verify_lane};
pub(crate) use tally::Tally;

use crate::registry;
use anyhow::{Context, Result, bail};
use bellwether_harness::{Bus, Entry};
use bellwether_schemas::{Date, Key, Ordinal, Refusal, Scan, names};
use bellwether_worker::{Check, Event, Settings, Source};
use log::{Log, Numbered};
use std::{collections::BTreeMap, str::FromStr, sync::Arc};

/// Scans that are read and checked together.
pub(crate) const TOGETHER: u64 = 256;

/// One end of what is compared. Everything before it is folded all the same: a result rests on all that went before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// A position in the log.
    Ordinal(Ordinal),
    /// A session.
    Session(Date),
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text.parse(), text.parse()) {
            (Ok(ordinal), _) => Ok(Self::Ordinal(ordinal)),
            (_, Ok(session)) => Ok(Self::Session(session)),
            _ => Err("expected a session (2026-11-20) or an ordinal (1284)".to_owned()),
        }
    }
}

/// What is compared.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bounds {
    /// First; the first there is if none.
    pub(crate) from: Option<Bound>,
    /// Last; the last there is if none.
    pub(crate) to: Option<Bound>,
}

impl Bounds {
    pub(crate) fn hold(&self, ordinal: Ordinal, session: Option<Date>) -> bool {
        let reached = |bound, ordinal_fits: fn(&Ordinal, &Ordinal) -> bool, fits: fn(&Date, &Date) -> bool| match bound
        {
            None => true,
            Some(Bound::Ordinal(bound)) => ordinal_fits(&ordinal, &bound),
            Some(Bound::Session(bound)) => session.is_some_and(|session| fits(&session, &bound)),
        };
        reached(self.from, Ordinal::ge, Date::ge) && reached(self.to, Ordinal::le, Date::le)
    }
}

/// A scan as all checks of a chunk share it.
pub(crate) struct Decoded {
    entry: Entry,
    scan: Result<Scan, Refusal>,
}

type Scans = Arc<BTreeMap<Ordinal, Decoded>>;

/// Checks the results of `services` for one key; told after each chunk how far it is.
///
/// # Errors
/// When a log cannot be read. A difference is no error.
pub(crate) async fn verify(
    bus: &Bus,
    key: &Key,
    services: &[String],
    settings: &Settings,
    bounds: Bounds,
    mut at: impl FnMut(u64, u64),
) -> Result<Vec<Tally>> {
    let scans = Log::scans(key);
    let Some(last) = scans.last(bus).await? else { bail!("there is no scan of {key}") };
    let codes: Vec<_> = registry::folds(settings)?.into_iter().map(|(folding, code)| (folding.name(), code)).collect();
    let mut pairs = Vec::new();
    for check in registry::checks(settings)? {
        if services.iter().any(|name| name == check.name()) {
            let code =
                codes.iter().find(|(name, _)| *name == check.name()).map_or(String::new(), |(_, code)| code.clone());
            pairs.push((Tally::new(check.name(), code), check));
        }
    }
    let mut from_bars = scanner::Rescan::open(bus, key, services).await?;
    let mut first = 1;
    while first <= last {
        let to = (first + TOGETHER - 1).min(last);
        let chunk = decode(scans.read(bus, first, to).await?).await?;
        if let Some(rescan) = from_bars.take() {
            from_bars = Some(rescan.check(bus, chunk.clone(), to, bounds).await?);
        }
        pairs = check_chunk(bus, key, pairs, &chunk, (first, to), bounds).await?;
        at(to, last);
        first = to + 1;
    }
    let rescanned = from_bars.map(scanner::Rescan::into_tally);
    Ok(rescanned.into_iter().chain(pairs.into_iter().map(|(tally, _)| tally)).collect())
}

async fn decode(entries: Numbered) -> Result<Scans> {
    let decoded = move || {
        let decode = |(ordinal, entry): (Ordinal, Entry)| {
            let scan = Scan::decode(&entry.body);
            (ordinal, Decoded { entry, scan })
        };
        Arc::new(entries.into_iter().map(decode).collect())
    };
    tokio::task::spawn_blocking(decoded).await.context("decoding")
}

type Pair = (Tally, Box<dyn Check>);

/// Every worker checks the chunk on a thread of its own.
async fn check_chunk(
    bus: &Bus,
    key: &Key,
    pairs: Vec<Pair>,
    scans: &Scans,
    (from, to): (Ordinal, Ordinal),
    bounds: Bounds,
) -> Result<Vec<Pair>> {
    let mut buckets: BTreeMap<&'static str, Arc<Numbered>> = BTreeMap::new();
    let wanted: Vec<_> = pairs.iter().map(|(_, check)| (check.name(), check.source())).collect();
    for (name, source) in wanted {
        let upstream = match source {
            Source::Scans => None,
            Source::Bucket(name) => Some(name),
        };
        for name in upstream.into_iter().chain([name]) {
            if !buckets.contains_key(name) {
                buckets.insert(name, Arc::new(Log::bucket(name, key).read(bus, from, to).await?));
            }
        }
    }
    let running = pairs.into_iter().map(|(tally, check)| {
        let stored = buckets[check.name()].clone();
        let events = match check.source() {
            Source::Scans => None,
            Source::Bucket(name) => Some(buckets[name].clone()),
        };
        let scans = scans.clone();
        tokio::task::spawn_blocking(move || check_all((tally, check), &scans, events.as_deref(), &stored, bounds))
    });
    let running: Vec<_> = running.collect();
    let mut done = Vec::with_capacity(running.len());
    for task in running {
        done.push(task.await.context("checking")?);
    }
    Ok(done)
}

fn check_all(
    (mut tally, mut check): Pair,
    scans: &BTreeMap<Ordinal, Decoded>,
    events: Option<&Numbered>,
    stored: &Numbered,
    bounds: Bounds,
) -> Pair {
    for (&ordinal, decoded) in scans {
        let session = decoded.scan.as_ref().ok().map(|scan| scan.session);
        let counted = bounds.hold(ordinal, session);
        let event = events.map_or(Some(&decoded.entry), |events| events.get(&ordinal));
        let (Some(event), Some(result)) = (event, stored.get(&ordinal)) else {
            tally.missing(ordinal, session, counted);
            continue;
        };
        let event = Event { ordinal, body: &event.body, scan: decoded.scan.as_ref(), deaths: None };
        let checked = check.check(&event, &result.body);
        if counted {
            tally.take(result, ordinal, session, checked);
        }
    }
    (tally, check)
}

/// Names of everything that can be checked: the scanner and the workers.
pub(crate) fn services() -> Vec<&'static str> {
    [crate::services::scanner::NAME].into_iter().chain(registry::workers()).collect()
}

/// Universes of a lane.
///
/// # Errors
/// When SCANS cannot be read.
pub(crate) async fn keys(bus: &Bus, lane: &str) -> Result<Vec<Key>> {
    let keys = crate::services::universes(bus, names::SCANS, names::SCANS_SUBJECTS).await?;
    Ok(keys.into_iter().filter(|key| key.lane() == lane).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_sessions_or_ordinals_and_both_ends_count() {
        let day = |text: &str| text.parse::<Date>().ok();
        let bounds = Bounds { from: "3".parse().ok(), to: "2026-11-20".parse().ok() };
        assert!(bounds.hold(3, day("2026-11-18")) && bounds.hold(9, day("2026-11-20")));
        assert!(!bounds.hold(2, day("2026-11-18")) && !bounds.hold(9, day("2026-11-21")) && !bounds.hold(9, None));
        assert!(Bounds::default().hold(1, None));
        assert!("yesterday".parse::<Bound>().is_err() && "-1".parse::<Bound>().is_err());
    }
}
