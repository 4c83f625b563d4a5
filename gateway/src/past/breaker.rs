//! Stops asking what does not answer, and tries again after a while.

use std::time::{Duration, Instant};

/// Failures in a row after which nothing is asked for a while.
const FAILURES: u32 = 3;
/// For how long.
const OPEN: Duration = Duration::from_secs(2);

/// A circuit breaker. Closed it admits everything; open it admits nothing until its time is over, and then one trial,
/// whose success closes it.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    open_until: Option<Instant>,
    trial: bool,
}

/// What became of something that was admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    Failed,
    /// Nobody waits for the answer any more; nothing is known.
    Abandoned,
}

impl Breaker {
    /// Whether the other side may be asked now.
    pub(super) fn admit(&mut self, now: Instant) -> bool {
        match self.open_until {
            None => true,
            Some(until) if now < until || self.trial => false,
            Some(_) => {
                self.trial = true;
                true
            }
        }
    }

    /// Learns what became of it.
    pub(super) fn record(&mut self, outcome: Outcome, now: Instant) {
        self.trial = false;
        match outcome {
            Outcome::Answered => *self = Self::default(),
            Outcome::Abandoned => {}
            Outcome::Failed => {
                self.failures = self.failures.saturating_add(1);
                if self.failures >= FAILURES {
                    self.open_until = Some(now + OPEN);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_open_it_and_one_answered_trial_closes_it() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..3 {
            assert!(breaker.admit(start));
            breaker.record(Outcome::Failed, start);
        }
        assert!(!breaker.admit(start + OPEN / 2));
        assert!(breaker.admit(start + OPEN), "one trial");
        assert!(!breaker.admit(start + OPEN), "and no second one beside it");
        breaker.record(Outcome::Failed, start + OPEN);
        assert!(!breaker.admit(start + OPEN), "a failed trial opens it again");
        assert!(breaker.admit(start + 2 * OPEN));
        breaker.record(Outcome::Answered, start + 2 * OPEN);
        assert!(breaker.admit(start + 2 * OPEN) && breaker.admit(start + 2 * OPEN));
    }

    #[test]
    fn an_answer_in_between_starts_the_count_anew_and_an_abandoned_trial_is_given_back() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        for outcome in [Outcome::Failed, Outcome::Failed, Outcome::Answered, Outcome::Failed, Outcome::Failed] {
            breaker.record(outcome, now);
        }
        assert!(breaker.admit(now));
        breaker.record(Outcome::Failed, now);
        assert!(breaker.admit(now + OPEN));
        breaker.record(Outcome::Abandoned, now + OPEN);
        assert!(breaker.admit(now + OPEN));
    }
}
