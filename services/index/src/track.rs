use crate::{
    averages::Trail,
    cross::Crossing,
    swings::{Extent, Swings},
};
use bellwether_schemas::scan::Benchmark;
use bellwether_worker::{Volatility, benchmarks::GONE_AFTER};
use serde::{Deserialize, Serialize};

/// What is carried of one benchmark. It is stored with every result, hence the short names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Track {
    /// Number of the session of its last bar.
    #[serde(rename = "l")]
    last: u32,
    #[serde(rename = "t")]
    pub(crate) trail: Trail,
    #[serde(rename = "c")]
    pub(crate) cross: Crossing,
    #[serde(rename = "v")]
    pub(crate) volatility: Volatility,
    #[serde(rename = "s")]
    pub(crate) swings: Swings,
}

impl Track {
    /// The track with the bar of session number `now`.
    pub(crate) fn after(&self, benchmark: &Benchmark, now: u32) -> Self {
        let before = benchmark.previous_close.filter(|close| *close > 0.0);
        Self {
            last: now,
            trail: self.trail.after(benchmark),
            cross: self.cross.after(benchmark, now),
            volatility: before.map_or(self.volatility, |before| self.volatility.after(before, benchmark.close)),
            swings: self.swings.after(Extent::of(benchmark, now)),
        }
    }

    /// Whether there has been no bar for so long that the benchmark is given up.
    pub(crate) fn gone(&self, now: u32) -> bool {
        now.saturating_sub(self.last) >= GONE_AFTER
    }
}
