//! Every question to a log has a time limit, and none is asked while the log does not answer.

use super::breaker::{Breaker, Outcome};
use std::{
    future::Future,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a log may take to answer.
pub(crate) const LIMIT: Duration = Duration::from_secs(2);

/// A log could not be asked; why, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreachable(pub(crate) String);

/// The breaker of all logs: they live on one broker, and fall silent together.
#[derive(Debug)]
pub(super) struct Guard {
    limit: Duration,
    breaker: Mutex<Breaker>,
}

impl Guard {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, breaker: Mutex::default() }
    }

    /// Asks, if asking makes sense, and gives up after the limit.
    pub(super) async fn ask<T>(&self, question: impl Future<Output = anyhow::Result<T>>) -> Result<T, Unreachable> {
        if !self.breaker(|breaker| breaker.admit(Instant::now())) {
            return Err(Unreachable("the logs did not answer; they are asked again in a moment".to_owned()));
        }
        let mut asking = Asking { guard: self, outcome: Outcome::Abandoned };
        let answer = tokio::time::timeout(self.limit, question).await;
        asking.outcome = if matches!(answer, Ok(Ok(_))) { Outcome::Answered } else { Outcome::Failed };
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Unreachable(format!("the log cannot be read: {error:#}"))),
            Err(_) => Err(Unreachable(format!("the log gave no answer for {} s", self.limit.as_secs_f32()))),
        }
    }

    fn breaker<T>(&self, use_it: impl FnOnce(&mut Breaker) -> T) -> T {
        use_it(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Tells the breaker what became of a question, also when the one who asked went away.
struct Asking<'a> {
    guard: &'a Guard,
    outcome: Outcome,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.guard.breaker(|breaker| breaker.record(self.outcome, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn silence_is_given_up_on_and_then_not_waited_for() {
        let guard = Guard::new(Duration::from_millis(20));
        for _ in 0..3 {
            let silent = guard.ask(std::future::pending::<anyhow::Result<()>>()).await;
            assert_eq!(silent, Err(Unreachable("the log gave no answer for 0.02 s".to_owned())));
        }
        let refused = guard.ask(std::future::pending::<anyhow::Result<()>>()).await;
        assert!(refused.is_err_and(|refused| refused.0.contains("asked again")));
    }
}
