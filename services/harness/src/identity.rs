//! Notices that a log was made anew or went back, for those who write it and have nothing to write just now.

use crate::Bus;
use anyhow::Result;
use std::time::Duration;
use tokio::{sync::watch, time::MissedTickBehavior};

/// One question per service and period, however many universes it works on.
const PERIOD: Duration = Duration::from_secs(2);

/// What tells one life of a stream from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    created: i128,
    last_sequence: u64,
}

impl Identity {
    async fn of(bus: &Bus, stream: &str) -> Result<Self> {
        let stream = bus.js().get_stream(stream).await?;
        let info = stream.cached_info();
        Ok(Self { created: info.created.unix_timestamp_nanos(), last_sequence: info.state.last_sequence })
    }

    /// Whether what was stored under `before` may be gone now.
    fn broke_with(self, before: Self) -> bool {
        self.created != before.created || self.last_sequence < before.last_sequence
    }
}

/// Counts how often `stream` was made anew or went back, for as long as anybody listens.
pub(crate) fn breaks(bus: Bus, stream: String) -> watch::Receiver<u64> {
    let (count, breaks) = watch::channel(0);
    tokio::spawn(async move {
        let mut known = None;
        let mut period = tokio::time::interval(PERIOD);
        period.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = period.tick() => {}
                () = count.closed() => return,
            }
            // A stream that is not there is no news yet: it is once it is there again.
            let Ok(found) = Identity::of(&bus, &stream).await else { continue };
            if known.replace(found).is_some_and(|before| found.broke_with(before)) {
                tracing::warn!(stream, "the log was made anew or went back; its writers start over from what it holds");
                count.send_modify(|count| *count += 1);
            }
        }
    });
    breaks
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
