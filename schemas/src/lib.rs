//! Wire types, names and codec shared by every service.
//!
//! Everything that travels between two processes is declared here, and nowhere else: the subjects and buckets
//! ([`names`]), the three kinds of message ([`Bars`], [`Scan`], [`Stored`]), and how they become bytes ([`codec`]).
//! The crate does no I/O and reads no clock: equal values give equal bytes, on every machine, for ever.

pub mod bars;
pub mod breadth;
pub mod calendar;
pub mod codec;
mod column;
#[cfg(feature = "fixture")]
pub mod fixture;
pub mod index;
pub mod key;
pub mod names;
pub mod ops;
pub mod position;
mod refusal;
pub mod regime;
pub mod scan;
pub mod stored;
mod symbol;
mod symbols;
pub mod timeframe;

pub use bars::{Bars, Panel};
pub use jiff::{Timestamp, civil::Date};
pub use key::Key;
pub use refusal::Refusal;
pub use scan::{Basis, Coverage, Scan, Side};
pub use stored::{Assessment, Quality, ScanRef, Status, Stored};
pub use symbol::{Symbol, check_symbol};
pub use symbols::Symbols;

/// Position of a message within its `lane.universe`: 1, 2, 3 … without holes. 0 stands for "nothing yet".
pub type Ordinal = u64;

/// The most symbols one session or scan may hold. A message above it is refused before it is stored.
pub const MAX_SYMBOLS: usize = 20_000;
