//! The index worker: averages, momentum and divergences of the benchmarks.
//!
//! A close scan moves what is carried. An intraday scan is computed on top of the last close and carried no further.

mod averages;
mod cross;
mod divergence;
mod event;
mod missing;
mod momentum;
mod past;
mod swings;
mod track;

pub use event::BreadthResult;

use bellwether_schemas::{
    Assessment, Basis, Quality, Scan,
    index::{Averages, Divergence, Momentum, Output, Sma},
    scan::Benchmark,
};
use bellwether_worker::{BadSetting, Closed, FromSettings, Reject, Settings, Step, Worker, benchmarks::Choice};
use past::{Moment, Past};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};
use track::Track;

/// Benchmarks carried: more would push a stored result over its limit of 16 kB.
const MOST: usize = 8;

/// Folds benchmarks and breadth into what the indices do.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexWorker {
    choice: Choice,
}

impl Default for IndexWorker {
    fn default() -> Self {
        Self { choice: Choice::first(MOST) }
    }
}

impl FromSettings for IndexWorker {
    /// Every setting this worker reads. `index.benchmarks`: up to 8 symbols joined by commas, in the order they are to
    /// be shown; without it the first 8 by [`Choice`].
    const KNOWN: &'static [&'static str] = &["index.benchmarks"];

    fn from_settings(settings: &Settings) -> Result<Self, BadSetting> {
        Ok(Self { choice: Choice::from_settings(settings, Self::KNOWN[0], MOST)? })
    }
}

/// What is carried from close to close.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    closed: Option<Closed>,
    past: Past,
    tracks: BTreeMap<String, Track>,
}

impl Worker for IndexWorker {
    const NAME: &'static str = "index";
    const VERSION: u32 = 1;
    type Event = BreadthResult;
    type State = State;
    type Output = Output;

    fn step(&self, state: Option<&State>, event: &BreadthResult, scan: &Scan) -> Result<Step<State, Output>, Reject> {
        let breadth = event.of(scan)?;
        let carried = state.cloned().unwrap_or_default();
        Closed::admit(carried.closed, scan)?;
        let trusted = event.assessment();
        let moment = match trusted.quality {
            Quality::Ok | Quality::Degraded => Moment::of(scan, breadth),
            Quality::Insufficient => Moment::blank(scan),
        };
        let chosen = self.choice.of(carried.tracks.keys().map(String::as_str), scan);
        let next = carried.after(&chosen, moment, scan);
        let shown: Vec<_> = chosen.iter().filter_map(|symbol| Shown::of(symbol, &carried, &next, scan)).collect();
        let step = Step { output: output(&shown, &next.past), assessment: assess(scan, &trusted, &next), state: next };
        Ok(match scan.basis {
            Basis::Close => step,
            Basis::Intraday => Step { state: carried, ..step },
        })
    }
}

impl State {
    /// With one more session, as if it had closed.
    fn after(&self, chosen: &[&str], moment: Moment, scan: &Scan) -> Self {
        let past = self.past.after(moment);
        let track = |symbol: &&str| {
            let before = self.tracks.get(*symbol);
            let after = match bar(scan, symbol) {
                Some(benchmark) => before.unwrap_or(&Track::default()).after(benchmark, past.folded),
                None => before.filter(|track| !track.gone(past.folded))?.clone(),
            };
            Some(((*symbol).to_owned(), after))
        };
        Self { closed: Some(Closed::of(scan)), tracks: chosen.iter().filter_map(track).collect(), past }
    }
}

/// The bar of a benchmark; of two, the first.
fn bar<'a>(scan: &'a Scan, symbol: &str) -> Option<&'a Benchmark> {
    scan.benchmarks.iter().find(|benchmark| benchmark.symbol == symbol)
}

/// A benchmark with a bar in the scan, before it and with it.
struct Shown<'a> {
    benchmark: &'a Benchmark,
    before: Cow<'a, Track>,
    track: &'a Track,
}

impl<'a> Shown<'a> {
    fn of(symbol: &str, carried: &'a State, next: &'a State, scan: &'a Scan) -> Option<Self> {
        let before = carried.tracks.get(symbol).map_or_else(|| Cow::Owned(Track::default()), Cow::Borrowed);
        Some(Self { benchmark: bar(scan, symbol)?, before, track: next.tracks.get(symbol)? })
    }

    fn averages(&self, now: u32) -> Averages {
        let cross = self.track.cross.part(now, self.benchmark.bars);
        averages::part(self.benchmark, [&self.before.trail, &self.track.trail], cross)
    }
}

fn output(shown: &[Shown<'_>], past: &Past) -> Output {
    let motion = |shown: &Shown<'_>| momentum::part(shown.benchmark, &shown.track.volatility);
    let swings = shown.iter().map(|shown| (shown.benchmark.symbol.as_str(), &shown.track.swings));
    Output {
        sma: Sma { benchmarks: shown.iter().map(|shown| shown.averages(past.folded)).collect() },
        momentum: Momentum { benchmarks: shown.iter().map(motion).collect() },
        divergence: Divergence { benchmarks: divergence::part(swings, past) },
    }
}

/// What the scan and the breadth are worth, and whether every carried benchmark has its bar.
fn assess(scan: &Scan, breadth: &Assessment, next: &State) -> Assessment {
    let mut assessment = Assessment::of(scan);
    if breadth.quality > assessment.quality {
        assessment
            .worsen(breadth.quality, format!("breadth: {}", breadth.reason.as_deref().unwrap_or("no reason given")));
    }
    let absent: Vec<_> = next.tracks.keys().map(String::as_str).filter(|symbol| bar(scan, symbol).is_none()).collect();
    if next.tracks.len() == absent.len() {
        assessment.worsen(Quality::Insufficient, "no benchmark has a bar");
    } else if !absent.is_empty() {
        assessment.worsen(Quality::Degraded, format!("no bar of {}", absent.join(", ")));
    }
    assessment
}
