//! What a service knows of its own condition.

use bellwether_schemas::{
    Key, Ordinal,
    ops::{self, ServiceStatus},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// A track this far behind its source makes the service not ready.
const READY_LAG: u64 = 100;
/// How many events' times the percentiles are taken from.
const TIMED: usize = 256;

/// Condition of a service: all its tracks.
#[derive(Debug, Clone, Default)]
pub struct Health {
    tracks: Arc<Mutex<BTreeMap<Key, Report>>>,
    pulse: Arc<Mutex<Pulse>>,
    changed: Arc<Notify>,
}

/// What all tracks have done.
#[derive(Debug, Default)]
struct Pulse {
    /// Times of the last events, from taking one to having stored its result.
    took: VecDeque<Duration>,
    last_event: Option<Instant>,
    folded: u64,
    last_error: Option<String>,
}

/// Condition of one track.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Newest ordinal of the source.
    pub source_ordinal: Ordinal,
    /// Ordinal of the last event folded.
    pub ordinal: Ordinal,
    /// What the track is doing.
    pub condition: Condition,
    /// Events rejected since the process started.
    pub rejected: u64,
    /// Results that another copy of this worker had stored first, byte for byte the same.
    pub confirmed: u64,
    /// Results that another copy had stored with other bytes. Anything but 0 is an alarm.
    pub differing: u64,
}

/// What a track is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "reason", rename_all = "lowercase")]
pub enum Condition {
    /// Reading its checkpoint and finding its place.
    #[default]
    Attaching,
    /// Folding what comes.
    Following,
    /// Lost its link or its place, and is coming back by itself.
    Stumbled(String),
    /// Waiting for the broker to have room.
    Holding(String),
    /// Stopped for good; a person has to look.
    Halted(String),
    /// Another version of the code writes this log.
    Standby(String),
}

impl Health {
    /// The handle of one track.
    pub fn track(&self, key: &Key) -> Track {
        self.lock().entry(key.clone()).or_default();
        Track { health: self.clone(), key: key.clone() }
    }

    /// All tracks, by key.
    pub fn reports(&self) -> BTreeMap<Key, Report> {
        self.lock().clone()
    }

    /// Why the service is not ready; empty when it is.
    pub fn troubles(&self) -> Vec<String> {
        let reports = self.lock();
        reports.iter().filter_map(|(key, report)| Some(format!("{key}: {}", report.trouble()?))).collect()
    }

    /// Notes that `events` were folded and their results stored in `took`.
    pub(crate) fn folded(&self, events: u64, took: Duration) {
        let mut pulse = self.pulse();
        if pulse.took.len() == TIMED {
            pulse.took.pop_front();
        }
        pulse.took.push_back(took.div_f64(events.max(1) as f64));
        pulse.last_event = Some(Instant::now());
        pulse.folded += events;
    }

    /// Wakes its holder when a track begins to do something else.
    pub(crate) fn changed(&self) -> Arc<Notify> {
        self.changed.clone()
    }

    /// The service's condition as it is told to the others; who it is, is for the caller to fill in.
    pub fn status(&self) -> ServiceStatus {
        let (reports, pulse) = (self.reports(), self.pulse());
        let active = || reports.values().filter(|report| !matches!(report.condition, Condition::Standby(_)));
        let (status, reason) = verdict(&reports);
        let mut took: Vec<_> = pulse.took.iter().map(Duration::as_secs_f64).collect();
        took.sort_by(f64::total_cmp);
        ServiceStatus {
            status,
            reason,
            p50_ms: percentile(&took, 0.50),
            p95_ms: percentile(&took, 0.95),
            lag: active().map(Report::lag).max(),
            last_event_age_seconds: pulse.last_event.map(|at| at.elapsed().as_secs_f64()),
            last_error: pulse.last_error.clone(),
            tracks: reports.len() as u64,
            folded: pulse.folded,
            rejected: reports.values().map(|report| report.rejected).sum(),
            standing_by: !reports.is_empty() && active().next().is_none(),
            ..ServiceStatus::default()
        }
    }

    fn failed(&self, key: &Key, reason: &str) {
        self.pulse().last_error = Some(format!("{key}: {reason}"));
    }

    fn pulse(&self) -> MutexGuard<'_, Pulse> {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the newest ordinal a source has for `key`.
    pub(crate) fn source(&self, key: &Key, ordinal: Ordinal) {
        self.lock().entry(key.clone()).or_default().source_ordinal = ordinal;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Report>> {
        self.tracks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the service is, and why not better. A track that stands by does what it should.
fn verdict(reports: &BTreeMap<Key, Report>) -> (ops::Condition, Option<String>) {
    let standing_by = |report: &&Report| matches!(report.condition, Condition::Standby(_));
    let halted = |report: &Report| matches!(report.condition, Condition::Halted(_));
    let active = || reports.iter().filter(|(_, report)| !standing_by(report));
    let gravest =
        active().find(|(_, report)| halted(report)).or(active().find(|(_, report)| report.trouble().is_some()));
    let Some((key, report)) = gravest else { return (ops::Condition::Ok, None) };
    let all_halted = active().all(|(_, report)| halted(report));
    let condition = if all_halted { ops::Condition::Down } else { ops::Condition::Degraded };
    (condition, report.trouble().map(|trouble| format!("{key}: {trouble}")))
}

/// The value that the share `at` of the sorted ones does not exceed, in milliseconds.
fn percentile(sorted: &[f64], at: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = ((sorted.len() as f64 * at).ceil() as usize).saturating_sub(1).min(last);
    Some((sorted[place] * 1e6).round() / 1e3)
}

impl Report {
    /// How many events of the source are not folded yet.
    pub fn lag(&self) -> u64 {
        self.source_ordinal.saturating_sub(self.ordinal)
    }

    fn trouble(&self) -> Option<String> {
        match &self.condition {
            Condition::Following if self.lag() > READY_LAG => Some(format!("{} events behind", self.lag())),
            Condition::Following => None,
            Condition::Attaching => Some("attaching".to_owned()),
            Condition::Stumbled(reason)
            | Condition::Holding(reason)
            | Condition::Halted(reason)
            | Condition::Standby(reason) => Some(reason.clone()),
        }
    }
}

/// One track's handle on the health of its service.
#[derive(Debug, Clone)]
pub struct Track {
    health: Health,
    key: Key,
}

impl Track {
    pub(crate) fn following(&self, ordinal: Ordinal) {
        self.edit(|report| {
            report.ordinal = ordinal;
            report.condition = Condition::Following;
        });
    }

    pub(crate) fn stumbled(&self, reason: String) {
        self.health.failed(&self.key, &reason);
        self.edit(|report| {
            if !matches!(report.condition, Condition::Halted(_) | Condition::Standby(_)) {
                report.condition = Condition::Stumbled(reason);
            }
        });
    }

    pub(crate) fn hold(&self, reason: String) {
        self.health.failed(&self.key, &reason);
        self.edit(|report| report.condition = Condition::Holding(reason));
    }

    pub(crate) fn halted(&self, reason: String) {
        self.health.failed(&self.key, &reason);
        self.edit(|report| report.condition = Condition::Halted(reason));
    }

    pub(crate) fn standby(&self, reason: String) {
        self.edit(|report| report.condition = Condition::Standby(reason));
    }

    pub(crate) fn rejected(&self) {
        self.edit(|report| report.rejected += 1);
    }

    pub(crate) fn differs(&self) {
        self.edit(|report| report.differing += 1);
    }

    /// Notes that `events` of this track took so long from being taken to being stored.
    pub(crate) fn folded(&self, events: u64, took: Duration) {
        self.health.folded(events, took);
    }

    fn edit(&self, change: impl FnOnce(&mut Report)) {
        let mut tracks = self.health.lock();
        let report = tracks.entry(self.key.clone()).or_default();
        let before = std::mem::discriminant(&report.condition);
        change(report);
        if before != std::mem::discriminant(&report.condition) {
            self.health.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(universe: &str) -> Key {
        Key::live(universe).unwrap()
    }

    #[test]
    fn a_service_is_as_well_as_its_tracks_and_names_the_gravest_trouble() {
        let health = Health::default();
        assert_eq!(health.status().status, ops::Condition::Ok);
        let (a, b) = (health.track(&key("a")), health.track(&key("b")));
        assert_eq!(health.status().reason.as_deref(), Some("live.a: attaching"));
        a.following(3);
        b.following(3);
        health.source(&key("b"), 5);
        let status = health.status();
        assert_eq!((status.status, status.lag, status.tracks), (ops::Condition::Ok, Some(2), 2));
        a.stumbled("no link".to_owned());
        b.halted("unreadable state".to_owned());
        let status = health.status();
        assert_eq!(
            (status.status, status.reason.as_deref()),
            (ops::Condition::Degraded, Some("live.b: unreadable state"))
        );
        a.halted("unreadable, too".to_owned());
        assert_eq!(health.status().status, ops::Condition::Down);
        assert_eq!(health.status().last_error.as_deref(), Some("live.a: unreadable, too"));
    }

    #[test]
    fn standing_by_is_no_trouble_and_no_lag() {
        let health = Health::default();
        health.track(&key("a")).standby("version 2 writes here".to_owned());
        health.source(&key("a"), 900);
        let status = health.status();
        assert_eq!((status.status, status.standing_by, status.lag), (ops::Condition::Ok, true, None));
    }

    #[test]
    fn percentiles_are_of_the_last_events_alone() {
        let health = Health::default();
        health.folded(1, Duration::from_secs(9));
        for ms in 1..=TIMED as u64 {
            health.folded(10, Duration::from_millis(ms * 10));
        }
        let status = health.status();
        assert_eq!((status.p50_ms, status.p95_ms), (Some(128.0), Some(244.0)));
        assert_eq!(status.folded, 1 + 10 * TIMED as u64);
        assert!(status.last_event_age_seconds.is_some());
    }
}
