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
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long a question to a log may go on. Who asked has given up long before; the answer is kept for the next who asks,
/// so that a slow log is read all the same.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads and keeps the past.
pub(crate) struct Past {
    guard: Guard,
    shelf: Arc<Shelf>,
}

/// What is kept, and what it is filled from.
struct Shelf {
    history: Arc<dyn History>,
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
    pub(crate) fn with_limit(history: Arc<dyn History>, limit: Duration) -> Self {
        let shelf = Shelf { history, held: Mutex::default(), gates: DashMap::new() };
        Self { guard: Guard::new(limit), shelf: Arc::new(shelf) }
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
        match (self.ask(self.shelf.clone().ends(of.clone())).await, known) {
            (Ok(ends), _) => Ok(ends.map(|ends| Known { ends, stale: None })),
            (Err(Unreachable(reason)), Some(ends)) => Ok(Some(Known { ends, stale: Some(reason) })),
            (Err(unreachable), None) => Err(unreachable),
        }
    }

    /// The piece of the log that holds `ordinal`, complete up to where the log is known to end.
    pub(crate) async fn chunk(&self, of: &Of, ordinal: Ordinal, ends: &Ends) -> Result<Shared, Unreachable> {
        let piece = Piece { of: of.clone(), number: number(of, ordinal), ends: *ends };
        if let Some(chunk) = self.shelf.get(&piece) {
            return Ok(chunk);
        }
        self.ask(self.shelf.clone().read(piece)).await
    }

    /// Asks, and lets the question go on when the one who asked gives up waiting.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl Future<Output = anyhow::Result<T>> + Send + 'static,
    ) -> Result<T, Unreachable> {
        self.guard.ask(async { tokio::spawn(tokio::time::timeout(PATIENCE, question)).await?? }).await
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
        self.guard.ask(self.shelf.history.message(stream, sequence)).await
    }

    fn held<T>(&self, use_it: impl FnOnce(&mut Held) -> T) -> T {
        self.shelf.held(use_it)
    }
}

/// A piece of a log, and where the log is known to end.
struct Piece {
    of: Of,
    number: u64,
    ends: Ends,
}

impl Piece {
    fn at(&self) -> (Of, u64) {
        (self.of.clone(), self.number)
    }

    /// The ordinal after its last.
    fn end(&self) -> Ordinal {
        (self.number + 1) * Chunk::span(&self.of.0) + 1
    }

    fn is_whole(&self, chunk: &Chunk) -> bool {
        let last = (self.end() - 1).min(self.ends.last);
        chunk.rows.last().is_some_and(|row| row.ordinal >= last) || chunk.seen >= self.ends.sequence
    }
}

impl Shelf {
    /// A piece, if all of it is here.
    fn get(&self, piece: &Piece) -> Option<Shared> {
        self.held(|held| held.chunks.get(&piece.at())).filter(|chunk| piece.is_whole(chunk))
    }

    /// Where a log begins and ends.
    async fn ends(self: Arc<Self>, of: Of) -> anyhow::Result<Option<Ends>> {
        let ends = self.history.ends(&of.0, &of.1).await?;
        if let Some(ends) = ends {
            self.held(|held| held.learn(&of, ends));
        }
        Ok(ends)
    }

    /// Reads what is missing of a piece.
    async fn read(self: Arc<Self>, piece: Piece) -> anyhow::Result<Shared> {
        let gate = self.gates.entry(piece.of.clone()).or_default().clone();
        let _only = gate.lock().await;
        if let Some(chunk) = self.get(&piece) {
            return Ok(chunk);
        }
        let before = self.held(|held| held.chunks.get(&piece.at())).unwrap_or_default();
        let (log, key) = &piece.of;
        let begin = piece.number * Chunk::span(log) + 1;
        let from = before.rows.last().map_or(begin, |row| row.ordinal + 1).max(piece.ends.first);
        let records = self.history.row(log, key, from, piece.end().saturating_sub(from) as usize).await?;
        let (log, seen) = (log.clone(), piece.ends.sequence);
        let chunk = tokio::task::spawn_blocking(move || before.extended(&log, &records, seen)).await?;
        let chunk = Shared::new(chunk);
        self.held(|held| held.chunks.put(piece.at(), chunk.clone(), chunk.bytes()));
        Ok(chunk)
    }

    fn held<T>(&self, use_it: impl FnOnce(&mut Held) -> T) -> T {
        use_it(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Which chunk holds an ordinal.
pub(crate) fn number(of: &Of, ordinal: Ordinal) -> u64 {
    ordinal.saturating_sub(1) / Chunk::span(&of.0)
}
