//! What services say of themselves: log lines and status. Not part of the record; nothing is computed from it.
//!
//! Unlike the record these travel as JSON, so that `nats sub 'bw.>'` shows them to a person.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How grave a log line is; the graver, the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What happened.
    Info,
    /// What somebody should know.
    Warn,
    /// What somebody has to do something about.
    Error,
}

impl Level {
    /// `info`, `warn` or `error`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Info, Self::Warn, Self::Error].into_iter().find(|level| level.name() == name)
    }
}

/// One field of a log line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Field {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Number(f64),
    /// Anything else, as text.
    Text(String),
}

/// One line of a service's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub struct LogLine {
    /// When it was written, by the clock of the machine that wrote it.
    pub time: Timestamp,
    /// How grave it is.
    pub level: Level,
    /// The service that wrote it.
    pub service: String,
    /// Which copy of it.
    pub instance: String,
    /// The module that wrote it.
    pub target: String,
    /// The sentence.
    pub message: String,
    /// What the sentence speaks of.
    #[serde(default)]
    pub fields: BTreeMap<String, Field>,
    /// Id of the scan it speaks of.
    #[serde(default)]
    pub scan: Option<String>,
    /// Trace it belongs to, 32 hexadecimal digits.
    #[serde(default)]
    pub trace: Option<String>,
}

/// How a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// It does what it is there for.
    #[default]
    Ok,
    /// It works, but not as it should; the reason says how.
    Degraded,
    /// It does nothing.
    Down,
}

/// What a service says of itself about once a second.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ServiceStatus {
    /// Name of the service.
    pub service: String,
    /// Which copy of it.
    pub instance: String,
    /// How it is.
    pub status: Condition,
    /// Why it is not ok.
    pub reason: Option<String>,
    /// Median time to fold an event and store its result, in milliseconds, of the last 256.
    pub p50_ms: Option<f64>,
    /// The time that 95 of 100 events stay under, in milliseconds.
    pub p95_ms: Option<f64>,
    /// Events of the source that are not folded yet, on the track that is furthest behind; null for a service that
    /// follows nothing.
    pub lag: Option<u64>,
    /// Seconds since the last event was folded.
    pub last_event_age_seconds: Option<f64>,
    /// How often the service was started again.
    pub restarts: u32,
    /// Version of the product.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// The last thing that went wrong since the process started.
    pub last_error: Option<String>,
    /// Lanes and universes it works on.
    pub tracks: u64,
    /// Events folded since the process started.
    pub folded: u64,
    /// Events rejected since the process started.
    pub rejected: u64,
    /// Another version of the code writes its log, and it waits.
    pub standing_by: bool,
}
