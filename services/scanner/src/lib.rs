//! The scanner: bars to scans, and where bars come from.
