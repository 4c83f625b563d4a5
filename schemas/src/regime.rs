//! Output of the regime worker.
