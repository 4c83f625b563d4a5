//! The scanner: bars to scans, and where bars come from.

mod benchmarks;
pub mod foreign;
mod log_mean;
mod order;
mod outcomes;
mod roll;
mod rules;
pub mod sample;
mod scan;
pub mod sources;
mod stocks;
mod suspect;
mod universe;

pub use scan::Scanner;
