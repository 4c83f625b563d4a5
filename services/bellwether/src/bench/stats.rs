//! What is said of many measured times.

use serde::Serialize;
use std::time::Duration;

/// Percentiles of a series, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Summary {
    /// How many were measured.
    pub(super) count: usize,
    /// Half took no longer.
    pub(super) p50: f64,
    /// Nine in ten took no longer.
    pub(super) p90: f64,
    /// 99 in a hundred took no longer.
    pub(super) p99: f64,
    /// The longest.
    pub(super) max: f64,
}

/// Lowest and highest of the rounds' values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Spread {
    /// Of the best round.
    pub(super) low: f64,
    /// Of the worst.
    pub(super) high: f64,
}

/// How one series compares with another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Ratio {
    /// Of the medians.
    pub(super) p50: f64,
    /// Of the 99th percentiles.
    pub(super) p99: f64,
    /// Of the medians, round by round.
    pub(super) p50_rounds: Spread,
    /// Of the 99th percentiles, round by round.
    pub(super) p99_rounds: Spread,
}

/// Times of one kind, round by round.
#[derive(Debug, Clone, Default)]
pub(super) struct Series {
    rounds: Vec<Vec<Duration>>,
}

impl Series {
    /// Adds a time to a round, counted from 0.
    pub(super) fn add(&mut self, round: usize, time: Duration) {
        if self.rounds.len() <= round {
            self.rounds.resize(round + 1, Vec::new());
        }
        self.rounds[round].push(time);
    }

    /// Of all rounds together; `None` when nothing was measured.
    pub(super) fn all(&self) -> Option<Summary> {
        Summary::of(self.rounds.iter().flatten().copied())
    }

    /// Of each round.
    pub(super) fn rounds(&self) -> Vec<Summary> {
        self.rounds.iter().filter_map(|round| Summary::of(round.iter().copied())).collect()
    }

    /// This series over another of as many rounds; `None` when either is empty.
    pub(super) fn over(&self, other: &Self) -> Option<Ratio> {
        let (ours, theirs) = (self.all()?, other.all()?);
        let by_round = |of: fn(&Summary) -> f64| {
            let pairs = self.rounds().into_iter().zip(other.rounds());
            Spread::of(pairs.map(|(ours, theirs)| of(&ours) / of(&theirs)))
        };
        Some(Ratio {
            p50: ours.p50 / theirs.p50,
            p99: ours.p99 / theirs.p99,
            p50_rounds: by_round(|summary| summary.p50)?,
            p99_rounds: by_round(|summary| summary.p99)?,
        })
    }
}

impl Summary {
    fn of(times: impl Iterator<Item = Duration>) -> Option<Self> {
        let mut times: Vec<_> = times.collect();
        times.sort_unstable();
        let max = micros(*times.last()?);
        let at = |percent| micros(times[rank(times.len(), percent)]);
        Some(Self { count: times.len(), p50: at(50), p90: at(90), p99: at(99), max })
    }
}

impl Spread {
    /// Of any values; `None` when there are none.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let join = |spread: Self, value: f64| Self { low: spread.low.min(value), high: spread.high.max(value) };
        values.fold(None, |spread, value| {
            let alone = Self { low: value, high: value };
            Some(spread.map_or(alone, |spread| join(spread, value)))
        })
    }
}

/// Place of a percentile among `count` sorted values, by the nearest rank: the smallest value that so many per cent do
/// not exceed. Never between two values, so each figure was really measured.
fn rank(count: usize, percent: usize) -> usize {
    (count * percent).div_ceil(100).max(1) - 1
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(rounds: &[&[u64]]) -> Series {
        let mut series = Series::default();
        for (round, times) in rounds.iter().enumerate() {
            times.iter().for_each(|&time| series.add(round, Duration::from_micros(time)));
        }
        series
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let hundred: Vec<_> = (1..=100).rev().collect();
        let all = series(&[&hundred]).all().unwrap();
        assert_eq!((all.count, all.p50, all.p90, all.p99, all.max), (100, 50.0, 90.0, 99.0, 100.0));
        let two = series(&[&[7, 3]]).all().unwrap();
        assert_eq!((two.p50, two.p90, two.p99, two.max), (3.0, 7.0, 7.0, 7.0));
        let one = series(&[&[5]]).all().unwrap();
        assert_eq!((one.p50, one.p99), (5.0, 5.0));
        assert_eq!(Series::default().all(), None);
    }

    #[test]
    fn a_percentile_is_the_smallest_value_that_covers_its_share() {
        for count in 1..300 {
            for percent in [50, 90, 99] {
                let covered = rank(count, percent) + 1;
                assert!(covered * 100 >= count * percent, "{count} {percent}");
                assert!((covered - 1) * 100 < count * percent, "{count} {percent}");
            }
        }
    }

    #[test]
    fn a_ratio_is_given_for_all_and_for_the_best_and_worst_round() {
        let (ours, theirs) = (series(&[&[20, 20], &[30, 30]]), series(&[&[10, 10], &[10, 10]]));
        let ratio = ours.over(&theirs).unwrap();
        assert_eq!((ratio.p50, ratio.p99), (2.0, 3.0));
        assert_eq!(ratio.p50_rounds, Spread { low: 2.0, high: 3.0 });
        assert!(ours.over(&Series::default()).is_none());
    }
}
