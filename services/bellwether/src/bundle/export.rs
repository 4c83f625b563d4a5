use super::record::{Head, Message, Writer};
use crate::{registry, verify::Bounds};
use anyhow::{Context, Result, ensure};
use bellwether_harness::{
    Bus, Entry, history,
    lane::{self, Delivery, Recorded},
};
use bellwether_schemas::{Key, Ordinal, Scan, names};
use std::{collections::BTreeMap, io::Write};

const TOGETHER: usize = 64;

/// What was written.
#[derive(Debug, Clone)]
pub(crate) struct Exported {
    /// First and last scan.
    pub(crate) first: Ordinal,
    pub(crate) last: Ordinal,
    /// Messages.
    pub(crate) messages: u64,
    /// Hash of everything.
    pub(crate) chain: String,
}

/// Writes the bars, scans and results of `key` within the bounds. Each worker's result just before them goes in, too:
/// what follows can be computed from it.
///
/// # Errors
/// When there is nothing within the bounds, a log cannot be read, or the file not written.
pub(crate) async fn export(
    bus: &Bus,
    key: &Key,
    bounds: Bounds,
    out: impl Write,
    mut at: impl FnMut(u64, u64),
) -> Result<Exported> {
    let own_lane = lane::find(bus, key.lane()).await?;
    let scans = scans(bus, key).await?;
    let (first, last) = range(bus, &scans, bounds).await.with_context(|| format!("{key} has no scan"))?;
    let set = own_lane.map(|lane| lane.plan.set).unwrap_or_default();
    let mut logs = Vec::new();
    if let Some(bars) = bars(bus, key, &scans, (first, last)).await? {
        logs.push(bars);
    }
    logs.push((names::LANE_SCANS.to_owned(), scans, (first, last)));
    for worker in registry::workers() {
        let log = names::results(worker, key);
        let headers = history::headers(bus, &log.0, &log.1, 1, 1).await?;
        let Some(begins) = headers.first().and_then(|entry| entry.ordinal) else { continue };
        let ends = history::last(bus, &log.0, &log.1).await?.and_then(|entry| entry.ordinal).unwrap_or(0);
        ensure!(ends >= last, "{worker} has not come to scan {last} yet");
        logs.push((worker.to_owned(), log, (first.saturating_sub(1).max(begins), last)));
    }
    let head = Head {
        universe: key.universe().to_owned(),
        lane: key.lane().to_owned(),
        first,
        last,
        set,
        workers: logs.iter().map(|(log, ..)| log.clone()).filter(|log| registry::workers().contains(&&**log)).collect(),
        counts: logs.iter().map(|(log, _, (first, last))| (log.clone(), last + 1 - first)).collect(),
    };
    let all: u64 = head.counts.values().sum();
    let mut writer = Writer::begin(out, &head)?;
    let mut messages = 0;
    for (log, place, range) in logs {
        let mut recorded = Recorded::new(bus, place, range, Delivery::Instant, TOGETHER);
        loop {
            let entries = recorded.take().await;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                writer.add(&message(&log, entry))?;
                messages += 1;
            }
            at(messages, all);
        }
    }
    let (mut out, chain) = writer.end()?;
    out.flush()?;
    Ok(Exported { first, last, messages, chain })
}

fn message(log: &str, entry: Entry) -> Message {
    let ours = |name: &str| name.starts_with("Bw-") || name == names::header::CONTENT_TYPE;
    let headers: BTreeMap<_, _> = entry
        .headers
        .iter()
        .filter(|(name, _)| ours(name.as_ref()))
        .filter_map(|(name, values)| Some((name.to_string(), values.first()?.to_string())))
        .collect();
    Message { log: log.to_owned(), ordinal: entry.ordinal.unwrap_or(0), headers, body: entry.body.to_vec() }
}

/// The scans a lane's results speak of: its own, or those of the running market.
async fn scans(bus: &Bus, key: &Key) -> Result<(String, String)> {
    let own = names::scans(key);
    if history::last(bus, &own.0, &own.1).await.with_context(|| format!("there is no lane {:?}", key.lane()))?.is_some()
    {
        return Ok(own);
    }
    Ok(names::scans(&Key::live(key.universe())?))
}

async fn range(bus: &Bus, (stream, subject): &(String, String), bounds: Bounds) -> Result<(Ordinal, Ordinal)> {
    let ends = async |from: Ordinal| {
        let found = history::headers(bus, stream, subject, from, 1).await?;
        anyhow::Ok(found.first().and_then(|entry| entry.ordinal))
    };
    let begins = ends(1).await?.context("it is empty")?;
    let end = history::last(bus, stream, subject).await?.and_then(|entry| entry.ordinal).context("it is empty")?;
    let (mut first, mut last) = (None, None);
    let whole = bounds.from.is_none() && bounds.to.is_none();
    if whole {
        return Ok((begins, end));
    }
    let mut recorded =
        Recorded::new(bus, (stream.clone(), subject.clone()), (begins, end), Delivery::Instant, TOGETHER);
    loop {
        let entries = recorded.take().await;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            let ordinal = entry.ordinal.unwrap_or(0);
            if bounds.hold(ordinal, Scan::decode(&entry.body).ok().map(|scan| scan.session)) {
                first = first.or(Some(ordinal));
                last = Some(ordinal);
            }
        }
    }
    first.zip(last).context("within these bounds")
}

type Place = (String, (String, String), (Ordinal, Ordinal));

/// The bars the scans were made of, if they were: all from the start when the scans are, so that they can be made again.
async fn bars(
    bus: &Bus,
    key: &Key,
    scans: &(String, String),
    (first, last): (Ordinal, Ordinal),
) -> Result<Option<Place>> {
    let ends = async |ordinal: Ordinal| {
        let scan = history::headers(bus, &scans.0, &scans.1, ordinal, 1).await?;
        anyhow::Ok(scan.first().filter(|scan| scan.ordinal == Some(ordinal)).and_then(Entry::cause_ordinal))
    };
    let (Some(from), Some(to)) = (ends(first).await?, ends(last).await?) else { return Ok(None) };
    let from = if first == 1 { 1 } else { from };
    for key in [key.clone(), Key::live(key.universe())?] {
        let place = names::bars(&key);
        let held = history::headers(bus, &place.0, &place.1, from, 1).await?;
        if held.first().is_some_and(|entry| entry.ordinal == Some(from)) {
            return Ok(Some((names::LANE_BARS.to_owned(), place, (from, to))));
        }
    }
    Ok(None)
}
