//! What a worker puts into its bucket.

use crate::{Basis, Coverage, Date, Ordinal, Scan, Timestamp};
use serde::{Deserialize, Serialize};

/// Whether the event could be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Folded.
    Ok,
    /// Refused: the state is carried on unchanged, and the event is in REJECTS.
    Rejected,
}

/// How far a result can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// Nothing known against it.
    Ok,
    /// Usable with care, e.g. coverage below 0.90.
    Degraded,
    /// Not to be used, e.g. coverage below 0.50 or a data fault.
    Insufficient,
}

/// Quality with the reason that made it less than `ok`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The level.
    pub quality: Quality,
    /// Why it is not `ok`, in one sentence.
    pub reason: Option<String>,
}

impl Assessment {
    /// Nothing known against the result.
    pub const fn ok() -> Self {
        Self { quality: Quality::Ok, reason: None }
    }

    /// What the scan alone says: its coverage, its suspects, its place on the calendar.
    pub fn of(scan: &Scan) -> Self {
        let coverage = scan.coverage();
        let suspects = scan.suspects.len();
        let mut found = Self::ok();
        if coverage.share < 0.5 {
            found.worsen(Quality::Insufficient, format!("coverage {:.3}, under 0.50", coverage.share));
        } else if coverage.share < 0.9 {
            found.worsen(Quality::Degraded, format!("coverage {:.3}, under 0.90", coverage.share));
        }
        if suspects as f64 > 0.01 * f64::from(coverage.eligible) {
            let reason = format!("{suspects} of {} bars are implausible, over 1 %", coverage.eligible);
            found.worsen(Quality::Degraded, reason);
        }
        if !scan.on_calendar {
            let reason = format!("{} is no session of {}", scan.session, scan.exchange);
            found.worsen(Quality::Insufficient, reason);
        }
        found
    }

    /// Lowers the quality to `quality` if that is worse; every reason is kept.
    pub fn worsen(&mut self, quality: Quality, reason: impl Into<String>) {
        self.quality = self.quality.max(quality);
        let reason = reason.into();
        self.reason = Some(match self.reason.take() {
            Some(earlier) => format!("{earlier}; {reason}"),
            None => reason,
        });
    }
}

/// The scan a result speaks of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub struct ScanRef {
    /// Position within lane and universe.
    pub ordinal: Ordinal,
    /// Scan id; null when the scan could not be read.
    pub id: Option<String>,
    /// Session; null when the scan could not be read.
    pub session: Option<Date>,
    /// Instant the scan speaks of; null when it could not be read.
    pub as_of: Option<Timestamp>,
    /// Close or intraday; null when it could not be read.
    pub basis: Option<Basis>,
    /// Exchange whose calendar rules the universe; null when the scan could not be read.
    pub exchange: Option<String>,
    /// Whether the data is made up for show.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sample: bool,
}

impl ScanRef {
    /// Refers to a scan.
    pub fn of(scan: &Scan) -> Self {
        Self {
            ordinal: scan.ordinal,
            id: Some(scan.id.clone()),
            session: Some(scan.session),
            as_of: Some(scan.as_of),
            basis: Some(scan.basis),
            exchange: Some(scan.exchange.clone()),
            sample: scan.sample,
        }
    }

    /// Refers to a scan that could not be read.
    pub fn unreadable(ordinal: Ordinal) -> Self {
        Self { ordinal, id: None, session: None, as_of: None, basis: None, exchange: None, sample: false }
    }
}

/// A worker's result for one scan, and the state it carries on: one value of its bucket.
///
/// `O` is the worker's output, a map with one entry per endpoint; `S` its state, which only the worker reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored<O, S> {
    /// `<worker>/<version>`.
    pub schema: String,
    /// Whether the event could be folded.
    pub status: Status,
    /// Why not.
    pub reason: Option<String>,
    /// The scan it speaks of.
    pub scan: ScanRef,
    /// How much of the universe the scan could see; null when the scan could not be read.
    pub coverage: Option<Coverage>,
    /// How far the result can be trusted.
    pub quality: Quality,
    /// Why it is not `ok`.
    pub quality_reason: Option<String>,
    /// One entry per endpoint; null when the event was rejected.
    pub parts: Option<O>,
    /// What the worker carries on; null before its first folded event.
    pub state: Option<S>,
}
