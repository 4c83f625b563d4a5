//! The regime worker: which of seven market regimes the long and short hits speak for.
