//! What is told beside results: encoded once, the same for every client.

use crate::bell::Bell;
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
}

impl Ticks {
    /// Tells `changes` to those who hold the tick before, and `full` to everybody else.
    pub(crate) fn publish(&self, full: &Value, changes: &Value) {
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        *newest = Newest { number: newest.number + 1, full: event(full), changes: event(changes) };
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

    /// What a client that holds the tick `held` must be told, and the number it then holds.
    pub(super) fn after(&self, held: u64) -> Option<(u64, Bytes)> {
        let newest = self.newest.read().unwrap_or_else(PoisonError::into_inner);
        if held == newest.number {
            return None;
        }
        let next = held > 0 && held + 1 == newest.number;
        Some((newest.number, if next { newest.changes.clone() } else { newest.full.clone() }))
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
        ticks.publish(&json!("a"), &json!("a"));
        ticks.publish(&json!("ab"), &json!("b"));
        let (all, changes) = (event(&json!("ab")), event(&json!("b")));
        assert_eq!((ticks.after(0), ticks.after(1), ticks.after(2)), (Some((2, all)), Some((2, changes)), None));
        ticks.publish(&json!("abc"), &json!("c"));
        assert_eq!(ticks.after(1).unwrap().1, event(&json!("abc")), "one was missed");
    }
}
