//! Figures of the last hour, a sample a second.

use bellwether_schemas::{Key, Ordinal, Timestamp};
use serde::Serialize;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// An hour of samples.
const KEPT: usize = 3600;
/// Delays of the last results, for the percentile.
const DELAYS: usize = 256;
/// Scans of a universe whose results may still come.
const SCANS: usize = 64;
/// Universes and lanes that are timed; more are not.
const KEYS: usize = 256;

/// What was measured at one time. Null is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sample {
    /// When.
    pub time: Timestamp,
    /// Results that reached the gateway, per second, since the sample before.
    pub events_per_second: f64,
    /// From a scan being stored to its result being here, in milliseconds: what 95 of 100 of the last 256 stay under.
    pub scan_to_gateway_p95_ms: Option<f64>,
    /// Events not yet folded, of the service that is furthest behind.
    pub lag: Option<u64>,
    /// Events rejected since the services started.
    pub rejected: u64,
    /// Streams open to browsers.
    pub sse_clients: usize,
    /// Error lines of the last minute.
    pub errors_per_minute: usize,
}

/// What the sampler knows that the meter does not count itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// See [`Sample::lag`].
    pub lag: Option<u64>,
    /// See [`Sample::rejected`].
    pub rejected: u64,
    /// See [`Sample::sse_clients`].
    pub sse_clients: usize,
    /// See [`Sample::errors_per_minute`].
    pub errors_per_minute: usize,
}

/// Counts and remembers.
#[derive(Debug, Default)]
pub struct Meter {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    arrived: u64,
    scans: BTreeMap<Key, VecDeque<(Ordinal, Timestamp)>>,
    delays: VecDeque<f64>,
    samples: VecDeque<Sample>,
}

impl Meter {
    /// A scan was stored at `at`.
    pub fn scan(&self, key: &Key, ordinal: Ordinal, at: Timestamp) {
        let mut inner = self.lock();
        if inner.scans.len() >= KEYS && !inner.scans.contains_key(key) {
            return;
        }
        let scans = inner.scans.entry(key.clone()).or_default();
        if scans.len() == SCANS {
            scans.pop_front();
        }
        scans.push_back((ordinal, at));
    }

    /// A result reached the gateway at `at`.
    pub fn arrived(&self, key: &Key, ordinal: Option<Ordinal>, at: Timestamp) {
        let mut inner = self.lock();
        inner.arrived += 1;
        let Some(ordinal) = ordinal else { return };
        let known = inner.scans.get(key).and_then(|scans| scans.iter().rev().find(|(scan, _)| *scan == ordinal));
        let Some(delay) = known.map(|(_, stored)| at.duration_since(*stored).as_secs_f64()) else { return };
        if inner.delays.len() == DELAYS {
            inner.delays.pop_front();
        }
        // Two clocks may differ by a little; time does not run backwards.
        inner.delays.push_back(delay.max(0.0));
        metrics::histogram!("bellwether_gateway_scan_to_result_seconds").record(delay.max(0.0));
    }

    /// Takes the sample of `time`, and keeps it.
    pub fn sample(&self, time: Timestamp, known: Known) -> Sample {
        let mut inner = self.lock();
        let Known { lag, rejected, sse_clients, errors_per_minute } = known;
        let before = inner.samples.back().map(|sample| time.duration_since(sample.time).as_secs_f64());
        let seconds = before.filter(|seconds| *seconds > 0.0).unwrap_or(1.0);
        let events_per_second = (std::mem::take(&mut inner.arrived) as f64 / seconds * 10.0).round() / 10.0;
        let scan_to_gateway_p95_ms = inner.p95();
        let sample =
            Sample { time, events_per_second, scan_to_gateway_p95_ms, lag, rejected, sse_clients, errors_per_minute };
        if inner.samples.len() == KEPT {
            inner.samples.pop_front();
        }
        inner.samples.push_back(sample);
        sample
    }

    /// The newest sample.
    pub fn newest(&self) -> Option<Sample> {
        self.lock().samples.back().copied()
    }

    /// The samples of the last `minutes`, in order.
    pub fn last(&self, minutes: u32) -> Vec<Sample> {
        let inner = self.lock();
        let first = inner.samples.len().saturating_sub(minutes as usize * 60);
        inner.samples.range(first..).copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn p95(&self) -> Option<f64> {
        let mut sorted: Vec<_> = self.delays.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len() * 95).div_ceil(100).checked_sub(1)?;
        Some((sorted[place] * 1e6).round() / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_sample_counts_what_came_since_the_one_before_and_how_long_it_took() {
        let (meter, key) = (Meter::default(), Key::live("sp500").unwrap());
        meter.scan(&key, 7, at("2024-03-14T20:00:00Z"));
        meter.arrived(&key, Some(7), at("2024-03-14T20:00:00.012Z"));
        meter.arrived(&key, Some(8), at("2024-03-14T20:00:00.5Z"));
        let first = meter.sample(at("2024-03-14T20:00:01Z"), Known::default());
        assert_eq!((first.events_per_second, first.scan_to_gateway_p95_ms), (2.0, Some(12.0)));
        meter.arrived(&key, None, at("2024-03-14T20:00:02Z"));
        let second = meter.sample(at("2024-03-14T20:00:03Z"), Known { rejected: 4, ..Known::default() });
        assert_eq!((second.events_per_second, second.rejected), (0.5, 4));
        assert_eq!(meter.last(10), [first, second]);
        assert_eq!(meter.newest(), Some(second));
    }

    #[test]
    fn nothing_grows_for_ever() {
        let meter = Meter::default();
        let start = at("2024-03-14T20:00:00Z");
        for n in 0..1000_u64 {
            let key = Key::live(format!("u{n}")).unwrap();
            for scan in 0..SCANS as u64 + 2 {
                meter.scan(&key, scan, start);
                meter.arrived(&key, Some(scan), start);
            }
        }
        for _ in 0..KEPT + 9 {
            meter.sample(start, Known::default());
        }
        let inner = meter.lock();
        assert_eq!((inner.scans.len(), inner.delays.len(), inner.samples.len()), (KEYS, DELAYS, KEPT));
        assert!(inner.scans.values().all(|scans| scans.len() == SCANS));
    }
}
