//! Time and chance as the rules see them: the runtime's own, and in a simulation the simulation's.

#[cfg(test)]
pub(crate) use crate::sim::time::{jitter, now, sleep};
#[cfg(not(test))]
pub(crate) use real::{jitter, now, sleep};

#[cfg(not(test))]
mod real {
    use std::{sync::LazyLock, time::Duration};
    use tokio::time::Instant;

    pub(crate) use tokio::time::sleep;

    /// Time since some moment in the past.
    pub(crate) fn now() -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }

    /// A factor that keeps a thousand tracks out of step.
    pub(crate) fn jitter() -> f64 {
        rand::random_range(0.5..1.5)
    }
}
