//! Technical indicators, updated bar by bar over a struct of arrays.
//!
//! [`Table`] holds one slot per symbol and does a constant amount of work per bar, whatever the span of an indicator.
//! Everything runs over a symbol's own bars: a session without one is not filled.

mod reading;
mod smoothed;
mod sums;
mod table;
mod tile;
mod trend;

pub use reading::{Reading, Records};
pub use smoothed::Smoothed;
pub use table::Table;
pub use trend::Trend;
