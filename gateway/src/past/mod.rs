//! The past: pieces of the logs, read when they are asked for, decoded once, kept within a budget of memory.
//!
//! The past does not change, so what was read stays good until its log is made anew. A log that does not answer costs a
//! reader no more than the time limit of [`guard`]; what was read before is then still there.

mod at;
mod breaker;
mod chunk;
mod entries;
mod find;
mod guard;
mod held;
mod leaves;

pub(crate) use at::At;
pub(crate) use chunk::Row;
pub(crate) use entries::NoEntry;
pub(crate) use find::Edge;
pub(crate) use guard::Unreachable;
pub(crate) use held::Of;
pub(crate) use leaves::Cell;

pub(crate) use crate::sources::Ends;
use crate::sources::{History, Record};
use bellwether_schemas::Ordinal;
use chunk::{Chunk, Shared};
use dashmap::DashMap;
use guard::Guard;
use held::Held;
use std::sync::{Arc, Mutex, PoisonError};

/// Reads and keeps the past.
pub(crate) struct Past {
    history: Arc<dyn History>,
    guard: Guard,
    held: Mutex<Held>,
    /// One reader of a log at a time: the others wait for what it reads instead of reading it, too.
    gates: DashMap<Of, Arc<tokio::sync::Mutex<()>>>,
}

/// Where a log ends, as far as is known.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) ends: Ends,
    /// Why it may have grown since.
    pub(crate) stale: Option<String>,
}

impl Past {
    pub(crate) fn new(history: Arc<dyn History>) -> Self {
        Self::with_limit(history, guard::LIMIT)
    }

    /// With another time limit than the usual one.
    pub(crate) fn with_limit(history: Arc<dyn History>, limit: std::time::Duration) -> Self {
        Self { history, guard: Guard::new(limit), held: Mutex::default(), gates: DashMap::new() }
    }

    /// Where the log begins and ends; `None` when it holds nothing. It is not asked when it was seen to end at `newest`
    /// or later, and when it does not answer what was known is told.
    pub(crate) async fn ends(&self, of: &Of, newest: Option<u64>) -> Result<Option<Known>, Unreachable> {
        let known = self.held(|held| held.ends.get(of).copied());
        if let (Some(ends), Some(newest)) = (known, newest)
            && ends.sequence >= newest
        {
            return Ok(Some(Known { ends, stale: None }));
        }
        match (self.guard.ask(self.history.ends(&of.0, &of.1)).await, known) {
            (Ok(Some(ends)), _) => {
                self.held(|held| held.learn(of, ends));
                Ok(Some(Known { ends, stale: None }))
            }
            (Ok(None), _) => Ok(None),
            (Err(Unreachable(reason)), Some(ends)) => Ok(Some(Known { ends, stale: Some(reason) })),
            (Err(unreachable), None) => Err(unreachable),
        }
    }

    /// The piece of the log that holds `ordinal`, complete up to where the log is known to end.
    pub(crate) async fn chunk(&self, of: &Of, ordinal: Ordinal, ends: &Ends) -> Result<Shared, Unreachable> {
        let (number, span) = (number(of, ordinal), Chunk::span(&of.0));
        let at = (of.clone(), number);
        let full = |chunk: &Shared| {
            let last = ((number + 1) * span).min(ends.last);
            chunk.rows.last().is_some_and(|row| row.ordinal >= last) || chunk.seen >= ends.sequence
        };
        if let Some(chunk) = self.held(|held| held.chunks.get(&at)).filter(full) {
            return Ok(chunk);
        }
        let read = async {
            let gate = self.gates.entry(of.clone()).or_default().clone();
            let _only = gate.lock().await;
            let before = self.held(|held| held.chunks.get(&at));
            if let Some(chunk) = before.clone().filter(full) {
                return Ok(chunk);
            }
            let before = before.unwrap_or_default();
            let from = before.rows.last().map_or(number * span + 1, |row| row.ordinal + 1).max(ends.first);
            let room = ((number + 1) * span + 1).saturating_sub(from);
            let records = self.history.row(&of.0, &of.1, from, room as usize).await?;
            let (log, seen) = (of.0.clone(), ends.sequence);
            let chunk = tokio::task::spawn_blocking(move || before.extended(&log, &records, seen)).await?;
            let chunk = Shared::new(chunk);
            self.held(|held| held.chunks.put(at.clone(), chunk.clone(), chunk.bytes()));
            Ok(chunk)
        };
        self.guard.ask(read).await
    }

    /// The row of an ordinal, if the log has it.
    pub(crate) async fn row(&self, of: &Of, ordinal: Ordinal, ends: &Ends) -> Result<Option<Row>, Unreachable> {
        if !(ends.first..=ends.last).contains(&ordinal) {
            return Ok(None);
        }
        Ok(self.chunk(of, ordinal, ends).await?.row(ordinal).map(|(_, row)| row.clone()))
    }

    /// The message at a sequence of a stream.
    pub(crate) async fn message(&self, stream: &str, sequence: u64) -> Result<Option<Record>, Unreachable> {
        self.guard.ask(self.history.message(stream, sequence)).await
    }

    fn held<T>(&self, use_it: impl FnOnce(&mut Held) -> T) -> T {
        use_it(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Which chunk holds an ordinal.
pub(crate) fn number(of: &Of, ordinal: Ordinal) -> u64 {
    ordinal.saturating_sub(1) / Chunk::span(&of.0)
}
