//! What a service knows of its own condition.

use bellwether_schemas::{Key, Ordinal};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A track this far behind its source makes the service not ready.
const READY_LAG: u64 = 100;

/// Condition of a service: all its tracks.
#[derive(Debug, Clone, Default)]
pub struct Health {
    tracks: Arc<Mutex<BTreeMap<Key, Report>>>,
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

    /// Notes the newest ordinal a source has for `key`.
    pub(crate) fn source(&self, key: &Key, ordinal: Ordinal) {
        self.lock().entry(key.clone()).or_default().source_ordinal = ordinal;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Report>> {
        self.tracks.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        self.edit(|report| {
            if !matches!(report.condition, Condition::Halted(_) | Condition::Standby(_)) {
                report.condition = Condition::Stumbled(reason);
            }
        });
    }

    pub(crate) fn hold(&self, reason: String) {
        self.edit(|report| report.condition = Condition::Holding(reason));
    }

    pub(crate) fn halted(&self, reason: String) {
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

    fn edit(&self, change: impl FnOnce(&mut Report)) {
        change(self.health.lock().entry(self.key.clone()).or_default());
    }
}
