//! Waiting longer each time, with jitter, so that a thousand tracks do not come back in one stride.

use crate::clock;
use std::time::Duration;

/// A growing pause between attempts.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Starts at `first`, doubles to `longest`.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// Waits for the next pause, give or take half of it.
    pub async fn wait(&mut self) {
        clock::sleep(self.next.mul_f64(clock::jitter())).await;
        self.next = (self.next * 2).min(self.longest);
    }

    /// Starts again from the first pause.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}
