//! Scans made by somebody else's scanner, as JSON or CSV.
//!
//! JSON is one object: `universe`, `session` (a date), optional `as_of` (an instant, by default the session's close),
//! `exchange` (by default `XNYS`), `basis` (`close` or `intraday`, by default what `as_of` says), and `rows`. A row has
//! `symbol`, `side` (`long`, `short`, or none for a symbol that was scanned without a hit), and, where known, `close`,
//! `previous_close`, `volume` and `score` (rules met, 0 to 7). CSV has the same row fields as columns in any order;
//! the rest comes from the caller. Other fields and columns are ignored.

mod cell;
mod faults;
mod heading;
mod merge;
mod read;

pub use heading::Heading;
pub use read::{parse_csv, parse_json};

use bellwether_schemas::{Ordinal, Scan};

/// A foreign scan that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignScan {
    /// Complete but for its ordinal.
    scan: Scan,
}

impl ForeignScan {
    /// Name of the universe the scan belongs to.
    pub fn universe(&self) -> &str {
        &self.scan.universe
    }

    /// The scan as number `ordinal` of its universe.
    ///
    /// Symbols with a close are eligible, the others failed. Without the indicators of our own scanner it has no flags
    /// but those of direction, no rules and no stops. A volume that was not given counts as 0.
    pub fn into_scan(self, ordinal: Ordinal) -> Scan {
        Scan { ordinal, ..self.scan }
    }
}
