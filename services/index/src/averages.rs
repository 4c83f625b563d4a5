//! A benchmark against its moving averages.

use crate::missing::{self, present};
use bellwether_schemas::{
    index::{Average, Averages, Cross},
    scan::{Benchmark, SMA_SPANS},
};
use bellwether_worker::split;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Places of the averages shown in [`SMA_SPANS`]: 20, 50, 100 and 200 bars.
const SHOWN: [usize; 4] = [2, 3, 4, 5];

/// Bars over which a slope is taken.
const SLOPE: usize = 5;

/// Relative distance under which two prices are the same but for rounding.
const TIE: f64 = 1e-12;

/// What a slope and a streak remember. It is stored with every result, hence the short names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trail {
    /// The averages after each of the last 5 bars, oldest first.
    #[serde(rename = "a")]
    averages: Vec<[Option<f64>; 4]>,
    #[serde(rename = "s")]
    streaks: [Option<i32>; 4],
}

impl Trail {
    pub(crate) fn after(&self, benchmark: &Benchmark) -> Self {
        let now = SHOWN.map(|index| sma(benchmark, index));
        let oldest = (self.averages.len() + 1).saturating_sub(SLOPE);
        let streak =
            |at: usize| now[at].map(|sma| longer(self.streaks[at].unwrap_or(0), compare(benchmark.close, sma)));
        Self {
            averages: self.averages.iter().skip(oldest).copied().chain([now]).collect(),
            streaks: std::array::from_fn(streak),
        }
    }

    /// The average 5 bars ago, when this trail ends with the bar before.
    fn earlier(&self, at: usize) -> Option<f64> {
        self.averages.first().filter(|_| self.averages.len() == SLOPE).and_then(|averages| averages[at])
    }

    fn row(&self, at: usize, before: &Self, benchmark: &Benchmark) -> Average {
        let n = SMA_SPANS[SHOWN[at]] as u32;
        let sma = present(sma(benchmark, SHOWN[at]), benchmark.bars, n);
        let earlier = present(before.earlier(at), benchmark.bars, n + SLOPE as u32);
        let (slope, slope_reason) = split(sma.clone().and_then(|now| missing::change(now, earlier?)));
        let (distance, distance_reason) = split(sma.clone().and_then(|sma| missing::change(benchmark.close, sma)));
        let (streak, streak_reason) = split(present(self.streaks[at], benchmark.bars, n));
        let (value, value_reason) = split(sma);
        Average { n, value, value_reason, distance, distance_reason, slope, slope_reason, streak, streak_reason }
    }
}

/// The part of the output; of the trails the first ends with the bar before, the other with this one.
pub(crate) fn part(benchmark: &Benchmark, trails: [&Trail; 2], cross: Result<Cross, String>) -> Averages {
    let [before, trail] = trails;
    let previous = present(benchmark.previous_close, benchmark.bars, 2);
    let (change, change_reason) = split(previous.and_then(|previous| missing::change(benchmark.close, previous)));
    let (cross, cross_reason) = split(cross);
    Averages {
        symbol: benchmark.symbol.clone(),
        close: benchmark.close,
        change,
        change_reason,
        sma: (0..SHOWN.len()).map(|at| trail.row(at, before, benchmark)).collect(),
        cross,
        cross_reason,
    }
}

/// The average at a place of [`SMA_SPANS`].
pub(crate) fn sma(benchmark: &Benchmark, index: usize) -> Option<f64> {
    benchmark.sma.get(index).copied().flatten()
}

/// Above, below, or the same but for rounding.
pub(crate) fn compare(price: f64, average: f64) -> Ordering {
    let tie = TIE * average.abs();
    if price - average > tie {
        Ordering::Greater
    } else if average - price > tie {
        Ordering::Less
    } else {
        Ordering::Equal
    }
}

/// A streak with one more bar: above counts up from 0, below counts down.
fn longer(streak: i32, side: Ordering) -> i32 {
    match side {
        Ordering::Greater => streak.max(0).saturating_add(1),
        Ordering::Less => streak.min(0).saturating_sub(1),
        Ordering::Equal => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture;

    fn bar(bars: u32, close: f64, sma20: Option<f64>) -> Benchmark {
        let mut benchmark = fixture::benchmark("SPY", &[close]);
        benchmark.bars = bars;
        benchmark.sma[2] = sma20;
        benchmark
    }

    fn row(bars: &[(f64, f64)]) -> Average {
        let bars: Vec<_> = (20..).zip(bars).map(|(n, &(close, sma))| bar(n, close, Some(sma))).collect();
        let (last, earlier) = bars.split_last().unwrap();
        let before = earlier.iter().fold(Trail::default(), |trail, bar| trail.after(bar));
        before.after(last).row(0, &before, last)
    }

    #[test]
    fn a_slope_compares_with_the_average_five_bars_ago() {
        let climb: Vec<_> = (0..7).map(|i| (110.0, 100.0 + f64::from(i))).collect();
        let last = row(&climb);
        assert_eq!((last.slope, last.value), (Some(106.0 / 101.0 - 1.0), Some(106.0)));
        assert_eq!(last.distance, Some(110.0 / 106.0 - 1.0));
        assert_eq!(row(&climb[..5]).slope_reason.as_deref(), Some("24 of 25 bars"));
    }

    #[test]
    fn a_streak_counts_up_above_and_down_below_and_is_0_on_the_average() {
        assert_eq!(row(&[(2.0, 1.0), (2.0, 1.0)]).streak, Some(2));
        assert_eq!(row(&[(2.0, 1.0), (1.0, 2.0), (1.0, 2.0)]).streak, Some(-2));
        assert_eq!(row(&[(2.0, 1.0), (1.0, 1.0 + 1e-15)]).streak, Some(0));
    }

    #[test]
    fn without_an_average_everything_says_how_many_bars_are_missing() {
        let young = bar(19, 10.0, None);
        let row = Trail::default().after(&young).row(0, &Trail::default(), &young);
        let reasons = [row.value_reason, row.distance_reason, row.streak_reason];
        assert!(reasons.iter().all(|reason| reason.as_deref() == Some("19 of 20 bars")));
        assert_eq!((row.value, row.slope, row.streak), (None, None, None));
    }
}
