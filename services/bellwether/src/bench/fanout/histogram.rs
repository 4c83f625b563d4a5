//! Many times, in little memory.

use serde::{Deserialize, Serialize};

/// Buckets per doubling: percentiles are right to 3 in a hundred.
const STEPS: u32 = 32;

/// Counts of times in microseconds, in buckets that grow with the time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    count: u64,
    max_us: u64,
}

impl Histogram {
    pub(super) fn add(&mut self, micros: u64) {
        let bucket = bucket(micros);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.count += 1;
        self.max_us = self.max_us.max(micros);
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn max_us(&self) -> u64 {
        self.max_us
    }

    /// The smallest time that so many per cent do not exceed, rounded up to its bucket; 0 when nothing was counted.
    pub(super) fn percentile(&self, percent: u64) -> u64 {
        let wanted = (self.count * percent).div_ceil(100);
        let mut seen = 0;
        let reached = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        reached.map_or(0, |bucket| upper(bucket).min(self.max_us))
    }
}

fn bucket(micros: u64) -> usize {
    if micros < u64::from(STEPS) {
        return micros as usize;
    }
    let doublings = micros.ilog2() - STEPS.ilog2();
    ((doublings * STEPS) as u64 + (micros >> doublings)) as usize
}

/// The largest time of a bucket.
fn upper(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let steps = u64::from(STEPS);
    if bucket < 2 * steps {
        return bucket;
    }
    let doublings = bucket / steps - 1;
    ((bucket - doublings * steps + 1) << doublings) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        let mut before = bucket(0);
        for micros in 1..2_000_000 {
            let now = bucket(micros);
            assert!(now == before || now == before + 1, "{micros}");
            assert!(upper(now) >= micros && upper(now) <= micros + micros / 31, "{micros}: {}", upper(now));
            before = now;
        }
    }

    #[test]
    fn percentiles_are_those_of_the_times() {
        let mut times = Histogram::default();
        assert_eq!(times.percentile(99), 0);
        (1..=1000).for_each(|time| times.add(time * 10));
        assert_eq!((times.count(), times.max_us()), (1000, 10_000));
        assert!((5000..5160).contains(&times.percentile(50)), "{}", times.percentile(50));
        assert!((9900..=10_000).contains(&times.percentile(99)));
    }
}
