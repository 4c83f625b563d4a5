//! Notices that a log was made anew or went back, for those who write it and have nothing to write just now.

use crate::{broker::Broker, clock};
use std::time::Duration;
use tokio::sync::watch;

/// One question per service and period, however many universes it works on.
const PERIOD: Duration = Duration::from_secs(2);

/// What tells one life of a stream from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    /// When it was made, in nanoseconds since 1970.
    pub(crate) created: i128,
    pub(crate) last_sequence: u64,
}

impl Identity {
    /// Whether what was stored under `before` may be gone now.
    fn broke_with(self, before: Self) -> bool {
        self.created != before.created || self.last_sequence < before.last_sequence
    }
}

/// Counts the lives of `stream`: 1 once it is known, one more whenever it was made anew or went back. For as long as
/// anybody listens.
pub(crate) fn breaks(broker: impl Broker, stream: String) -> watch::Receiver<u64> {
    let (count, breaks) = watch::channel(0);
    tokio::spawn(watch_over(broker, stream, count));
    breaks
}

/// Asks every now and then, until nobody listens to `count`.
pub(crate) async fn watch_over(broker: impl Broker, stream: String, count: watch::Sender<u64>) {
    let mut known = None;
    loop {
        // A stream that is not there is no news yet: it is once it is there again.
        if let Ok(found) = broker.identity(&stream).await {
            let before = known.replace(found);
            if before.is_some_and(|before| found.broke_with(before)) {
                tracing::warn!(stream, "the log was made anew or went back; its writers start over from what it holds");
            }
            if before.is_none_or(|before| found.broke_with(before)) {
                count.send_modify(|count| *count += 1);
            }
        }
        tokio::select! {
            biased;
            () = count.closed() => return,
            () = clock::sleep(PERIOD) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_is_no_break_and_everything_else_is() {
        let at = |created, last_sequence| Identity { created, last_sequence };
        assert!(!at(1, 5).broke_with(at(1, 5)) && !at(1, 9).broke_with(at(1, 5)));
        assert!(at(1, 4).broke_with(at(1, 5)) && at(2, 9).broke_with(at(1, 5)));
    }
}
