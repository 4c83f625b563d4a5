//! What is told beside results: encoded once, the same for every client.

use crate::{bell::Bell, vector::Mark};
use bytes::Bytes;
use serde_json::Value;
use std::sync::{PoisonError, RwLock};

/// The newest tick.
#[derive(Debug, Default)]
pub(crate) struct Ticks {
    newest: RwLock<Newest>,
    bell: Bell,
}

#[derive(Debug, Default)]
struct Newest {
    number: u64,
    full: Bytes,
    changes: Bytes,
    log: Option<Mark>,
}

/// What a client must be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tick {
    /// Number of the tick it then holds.
    pub(super) number: u64,
    /// The newest log line it then holds.
    pub(super) log: Option<Mark>,
    /// In what way.
    pub(super) told: Told,
}

/// How much of a tick a client needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// What has changed since the tick before, log lines included.
    Changes(Bytes),
    /// Everything but log lines.
    All(Bytes),
}

impl Ticks {
    /// Tells `changes` to those who hold the tick before, and `full` and the log lines they lack up to `log` to everybody
    /// else.
    pub(crate) fn publish(&self, full: &Value, changes: &Value, log: Option<Mark>) {
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        *newest = Newest { number: newest.number + 1, full: event(full), changes: event(changes), log };
        drop(newest);
        self.bell.ring();
    }

    /// Calls `ring` at every new tick, where it is published; it must return at once.
    pub(crate) fn on_change(&self, ring: impl Fn() + Send + Sync + 'static) {
        self.bell.hang(ring);
    }

    /// Number of the newest; 0 before the first.
    pub(super) fn number(&self) -> u64 {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).number
    }

    /// What a client that holds the tick `held` must be told.
    pub(super) fn after(&self, held: u64) -> Option<Tick> {
        let newest = self.newest.read().unwrap_or_else(PoisonError::into_inner);
        if held == newest.number {
            return None;
        }
        let next = held > 0 && held + 1 == newest.number;
        let told = if next { Told::Changes(newest.changes.clone()) } else { Told::All(newest.full.clone()) };
        Some(Tick { number: newest.number, log: newest.log.clone(), told })
    }
}

fn event(data: &Value) -> Bytes {
    format!("event: tick\ndata: {data}\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_holds_the_tick_before_is_told_the_changes_and_everybody_else_all() {
        let ticks = Ticks::default();
        assert_eq!(ticks.after(0), None);
        ticks.publish(&json!("a"), &json!("a"), None);
        ticks.publish(&json!("ab"), &json!("b"), None);
        let (all, changes) = (Told::All(event(&json!("ab"))), Told::Changes(event(&json!("b"))));
        let tick = |told| Some(Tick { number: 2, log: None, told });
        assert_eq!((ticks.after(0), ticks.after(1), ticks.after(2)), (tick(all), tick(changes), None));
        ticks.publish(&json!("abc"), &json!("c"), None);
        assert_eq!(ticks.after(1).unwrap().told, Told::All(event(&json!("abc"))), "one was missed");
    }
}
