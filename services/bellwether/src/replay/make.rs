//! From what somebody asks for to a lane.

use super::Speed;
use crate::{
    registry,
    verify::{self, Bound},
};
use anyhow::Result;
use bellwether_harness::{
    Bus, history,
    lane::{self, Lane, Material, Plan, Runner},
};
use bellwether_schemas::{Key, Ordinal, Refusal, Scan, key, names};
use bellwether_worker::Source;

const REPLAY: &str = "replay-";
const WHAT_IF: &str = "what-if-";
/// Room of a lane beside what its results take by the look of the record.
const MARGIN: i64 = 16 << 20;
/// A stored result stays under this.
const LARGEST_RESULT: usize = 16 << 10;

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) universe: String,
    pub(crate) from: Option<Bound>,
    pub(crate) to: Option<Bound>,
    pub(crate) speed: Speed,
    pub(crate) lane: Option<String>,
    /// Workers; all if empty.
    pub(crate) services: Vec<String>,
    pub(crate) set: Vec<String>,
    pub(crate) from_bars: bool,
    pub(crate) runner: Runner,
}

/// Makes a lane.
///
/// # Errors
/// A [`Refusal`] when what is asked for cannot be; otherwise when the broker cannot be asked or has no room.
pub(crate) async fn make(bus: &Bus, ask: &Ask) -> Result<Lane> {
    let live = Key::live(&*ask.universe)?;
    registry::settings(&ask.set)
        .map_err(|bad| Refusal::new("set", format!("{}={}", bad.name, bad.value), bad.expected))?;
    let workers = workers(&ask.services)?;
    let (first, last) = range(bus, &live, ask).await?;
    let material = if ask.from_bars { Material::Bars } else { Material::Scans };
    if ask.from_bars && history::last(bus, names::BARS, &names::bars_subject(&live)).await?.is_none() {
        return Err(Refusal::new("from_bars", "true", "a universe with bars: its scans come from elsewhere").into());
    }
    let bytes = room(bus, &live, &workers, ask.from_bars, last - first + 1).await?;
    let plan = Plan {
        universe: ask.universe.clone(),
        material,
        first,
        last,
        workers,
        set: ask.set.clone(),
        speed: ask.speed.to_string(),
        runner: ask.runner,
    };
    let prefix = if ask.set.is_empty() { REPLAY } else { WHAT_IF };
    if let Some(name) = &ask.lane
        && !names::has_own_stream(name)
    {
        return Err(Refusal::new("lane", name, format!("a name that begins with {REPLAY} or {WHAT_IF}")).into());
    }
    let name = lane::create(bus, ask.lane.as_deref(), prefix, &plan, bytes).await?;
    lane::changed(bus).await?;
    let made = lane::find(bus, &name).await?;
    made.ok_or_else(|| anyhow::anyhow!("lane {name} was deleted at once"))
}

/// The workers asked for and those they build on, in the order of the registry.
fn workers(asked: &[String]) -> Result<Vec<String>, Refusal> {
    let known = registry::sources();
    let mut wanted: Vec<&str> = Vec::new();
    for name in asked {
        let mut name = name.as_str();
        while let Some((known, source)) = known.iter().find(|(known, _)| *known == name) {
            wanted.push(known);
            match source {
                Source::Scans => break,
                Source::Bucket(upstream) => name = upstream,
            }
        }
        if !wanted.contains(&name) {
            let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
            return Err(Refusal::new("services", name, format!("of {}", names.join(", "))));
        }
    }
    let all = asked.is_empty();
    Ok(known.iter().map(|(name, _)| *name).filter(|name| all || wanted.contains(name)).map(str::to_owned).collect())
}

/// First and last scan.
async fn range(bus: &Bus, live: &Key, ask: &Ask) -> Result<(Ordinal, Ordinal)> {
    let (stream, subject) = names::scans(live);
    let Some(end) = history::last(bus, &stream, &subject).await?.and_then(|entry| entry.ordinal) else {
        let known: Vec<_> = verify::keys(bus, key::LIVE).await?.iter().map(|key| key.universe().to_owned()).collect();
        return Err(Refusal::new("universe", live.universe(), format!("one with scans: {}", known.join(", "))).into());
    };
    let first = match ask.from {
        None => 1,
        Some(Bound::Ordinal(ordinal)) => ordinal.max(1),
        Some(Bound::Session(day)) => first_where(bus, live, end, |scan| scan.session >= day).await?,
    };
    let last = match ask.to {
        None => end,
        Some(Bound::Ordinal(ordinal)) => ordinal.min(end),
        Some(Bound::Session(day)) => first_where(bus, live, end, |scan| scan.session > day).await? - 1,
    };
    if first > last {
        return Err(Refusal::new("from", format!("scan {first}"), format!("at most scan {last}, the last one")).into());
    }
    Ok((first, last))
}

/// The first scan for which `reached` holds, which then holds for all behind it; one past the end if for none.
async fn first_where(bus: &Bus, live: &Key, end: Ordinal, reached: impl Fn(&Scan) -> bool) -> Result<Ordinal> {
    let (stream, subject) = names::scans(live);
    let (mut low, mut high) = (1, end + 1);
    while low < high {
        let middle = u64::midpoint(low, high);
        let found = history::range(bus, &stream, &subject, middle, 1).await?;
        // A scan that cannot be read says nothing; it is taken as one of the part before.
        let holds = found.first().and_then(|entry| Scan::decode(&entry.body).ok()).is_some_and(|scan| reached(&scan));
        if holds { high = middle } else { low = middle + 1 }
    }
    Ok(low)
}

/// Room for `scans` results of every worker, by the size of the newest ones and with a half more.
async fn room(bus: &Bus, live: &Key, workers: &[String], own_scans: bool, scans: u64) -> Result<i64> {
    let mut each = 0;
    for worker in workers {
        let (stream, subject) = names::results(worker, live);
        let last = history::last(bus, &stream, &subject).await?;
        each += last.map_or(LARGEST_RESULT, |entry| entry.body.len() + 1024);
    }
    if own_scans {
        let (stream, subject) = names::scans(live);
        each += history::last(bus, &stream, &subject).await?.map_or(0, |entry| entry.body.len() + 1024);
    }
    Ok(MARGIN + (each as u64 * scans * 3 / 2) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_worker_builds_on_runs_with_it() {
        let asked = |names: &[&str]| workers(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(asked(&["position"]).unwrap(), ["regime", "position"]);
        assert_eq!(asked(&["index", "timeframe"]).unwrap(), ["timeframe", "breadth", "index"]);
        assert_eq!(asked(&[]).unwrap().len(), 5);
        assert_eq!(asked(&["scanner"]).unwrap_err().field, "services");
    }
}
