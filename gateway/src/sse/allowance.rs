//! How many results may be sent now.

use std::time::{Duration, Instant};

/// Results per second, and at once after a pause. What the running market does never comes near it, so it is sent
/// without delay; a replay at full speed must not drown a page in thousands of results a second.
const PACE: f64 = 256.0;

/// A token bucket.
#[derive(Debug)]
pub(super) struct Allowance {
    tokens: f64,
    at: Instant,
}

impl Allowance {
    pub(super) fn full() -> Self {
        Self { tokens: PACE, at: Instant::now() }
    }

    pub(super) fn left(&mut self) -> bool {
        if self.tokens >= 1.0 {
            return true;
        }
        let now = Instant::now();
        self.tokens = PACE.min(self.tokens + PACE * now.duration_since(self.at).as_secs_f64());
        self.at = now;
        self.tokens >= 1.0
    }

    pub(super) fn take(&mut self) {
        // The clock is looked at only when the bucket runs low; a full one must not be credited with the time before.
        if self.tokens >= PACE {
            self.at = Instant::now();
        }
        self.tokens -= 1.0;
    }

    /// How long until there is some again; `None` while there is.
    pub(super) fn wait(&self) -> Option<Duration> {
        (self.tokens < 1.0).then(|| Duration::from_secs_f64((1.0 - self.tokens) / PACE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_running_market_does_is_never_held_back_and_a_flood_is() {
        let mut allowance = Allowance::full();
        for _ in 0..PACE as usize {
            assert!(allowance.left() && allowance.wait().is_none());
            allowance.take();
        }
        // Drawn down to nothing at one instant, some has to come back before the next.
        allowance.tokens = 0.0;
        allowance.at = Instant::now();
        assert!(allowance.wait().expect("a time") <= Duration::from_millis(5));
        allowance.at -= Duration::from_secs(1);
        assert!(allowance.left() && allowance.tokens > PACE - 1.0);
    }
}
