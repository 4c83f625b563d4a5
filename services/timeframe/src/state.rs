use crate::{calendar::Length, frame::Frame, series::session, track::Track, universe::Level};
use bellwether_schemas::{Scan, scan::Benchmark};
use bellwether_worker::{Closed, benchmarks::GONE_AFTER};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is carried from close to close.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(crate) closed: Option<Closed>,
    pub(crate) frames: [Frame; 3],
    level: Level,
    pub(crate) universe: Track,
    benchmarks: BTreeMap<String, Carried>,
}

/// A benchmark, and how many sessions ago it had its last bar.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Carried {
    absent: u32,
    track: Track,
}

impl State {
    /// The benchmarks carried.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = &str> {
        self.benchmarks.keys().map(String::as_str)
    }

    /// A benchmark in its frames.
    pub(crate) fn track(&self, symbol: &str) -> Option<&Track> {
        self.benchmarks.get(symbol).map(|carried| &carried.track)
    }

    /// With one more session, or the session so far.
    pub(crate) fn after(&self, chosen: &[&str], scan: &Scan) -> Self {
        let moved: [_; 3] = std::array::from_fn(|at| self.frames[at].after(Length::ALL[at], scan));
        let courses = moved.map(|(_, course)| course);
        let (level, universe) = self.level.after(scan.session, scan.mean_log_return);
        let benchmark = |symbol: &&str| {
            let carried = self.benchmarks.get(*symbol).cloned().unwrap_or_default();
            let bar = bar(scan, symbol).map(|bar| session(scan.session, bar.open, bar.high, bar.low, bar.close));
            let absent = if bar.is_some() { 0 } else { carried.absent.saturating_add(1) };
            let next = Carried { absent, track: carried.track.after(bar, &courses) };
            (absent < GONE_AFTER).then(|| ((*symbol).to_owned(), next))
        };
        Self {
            closed: Some(Closed::of(scan)),
            frames: moved.map(|(frame, _)| frame),
            level,
            universe: self.universe.after(universe, &courses),
            benchmarks: chosen.iter().filter_map(benchmark).collect(),
        }
    }
}

/// The bar of a benchmark; of two, the first.
pub(crate) fn bar<'a>(scan: &'a Scan, symbol: &str) -> Option<&'a Benchmark> {
    scan.benchmarks.iter().find(|benchmark| benchmark.symbol == symbol)
}
