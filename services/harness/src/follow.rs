//! Follow one subject of a log from an ordinal on: every message, in order, none skipped, for ever.
//!
//! The follower owns no state. Whoever folds owns it, and keeps it in the log it writes. The rules are numbered as in
//! `docs/ARCHITECTURE.md`.

use crate::{
    Bus, Entry,
    backoff::Backoff,
    broker::Broker,
    clock,
    crash::{self, Point},
    entry::Delivery,
    locate::{self, Mark, Start},
};
use anyhow::{Context as _, Result, bail, ensure};
use futures::StreamExt;
use std::{convert::Infallible, future::Future, time::Duration};
use tokio::sync::watch;

/// After so long without a message the source is asked whether there is none.
const SILENCE: Duration = Duration::from_secs(3);
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// What folds the messages of a source.
pub(crate) trait Fold: Send {
    /// Reads the checkpoint: the last value of the log this fold writes.
    fn load(&mut self) -> impl Future<Output = Result<Mark>> + Send;

    /// Folds and stores. Skips what is stored; fails on a gap, and on anything that needs a fresh [`Fold::load`].
    fn take(&mut self, batch: Batch<'_>) -> impl Future<Output = Result<()>> + Send;

    /// Told before each attachment ends in an error.
    fn stumbled(&mut self, error: &anyhow::Error);
}

/// Messages that were delivered together.
pub(crate) struct Batch<'a> {
    pub(crate) entries: &'a [Entry],
    /// Whether everything since the mark has been delivered in an unbroken row. If so an ordinal that jumps is no
    /// loss on the way but stands so in the log: it is none of ours.
    pub(crate) unbroken: bool,
}

/// The subject that is followed.
#[derive(Clone)]
pub(crate) struct Source<B = Bus> {
    pub(crate) bus: B,
    pub(crate) stream: String,
    /// Exact, no wildcard: ordinals count per subject.
    pub(crate) subject: String,
    /// Prefix of the consumer's name: says on the broker who listens.
    pub(crate) name: String,
    /// Hand over at most so many at once; never wait to fill up.
    pub(crate) chunk: usize,
    /// Changes when the log that the fold writes may have lost what the fold remembers of it; 0 until that can be told.
    pub(crate) breaks: watch::Receiver<u64>,
}

/// Going on would do harm; attaching again would not help.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Halt(pub(crate) String);

/// Follows for ever; returns only when the fold halts.
pub(crate) async fn follow<B: Broker>(source: Source<B>, mut fold: impl Fold) -> Halt {
    let mut connections = source.bus.connections();
    let mut breaks = source.breaks.clone();
    let mut pause = Backoff::new(PAUSE.0, PAUSE.1);
    loop {
        let begun = clock::now();
        let Err(error) = attached(&source, &mut fold, &mut connections, &mut breaks).await;
        fold.stumbled(&error);
        let error = match error.downcast::<Halt>() {
            Ok(halt) => {
                tracing::error!(source.subject, %halt, "stopped");
                return halt;
            }
            Err(error) => error,
        };
        tracing::debug!(source.subject, error = format!("{error:#}"), "attaching again");
        // Rule 7: back off, with jitter; an attachment that lasted earns a quick retry.
        if clock::now() - begun > PAUSE.1 {
            pause.reset();
        }
        pause.wait().await;
    }
}

/// One attachment. It always ends with an error, and the cure for every error but [`Halt`] is to attach again.
async fn attached<B: Broker>(
    source: &Source<B>,
    fold: &mut impl Fold,
    connections: &mut watch::Receiver<u64>,
    breaks: &mut watch::Receiver<u64>,
) -> Result<Infallible> {
    let gate = source.bus.gate();
    let permit = gate.acquire().await?;
    connections.borrow_and_update();
    // Before it is known which life of the own log this is, nobody would notice that it is another one now.
    breaks.wait_for(|&count| count > 0).await?;
    breaks.borrow_and_update();
    // Rule 1: every attachment starts from the stored checkpoint, never from memory.
    let mark = fold.load().await.context("load")?;
    let start = locate::locate(&source.bus, &source.stream, &source.subject, mark).await.context("locate")?;
    let mut inbox = source.bus.deliver(source, start).await?;
    drop(permit);
    let mut row = Row::after(start);
    loop {
        tokio::select! {
            biased; // what says that the ground has shifted comes before what stood on it
            // Rule 5: a new connection is a new attachment: a restarted broker may have forgotten what it said.
            _ = connections.changed() => bail!("reconnected"),
            // Rule 1 again: what was lost of the own log has to be written again, and not only when the next event comes.
            Ok(()) = breaks.changed() => bail!("the own log was made anew or went back"),
            chunk = inbox.next() => take(chunk.context("closed")?, fold, &mut row).await?,
            // Rule 6: silence is believed only if the source has nothing newer than we have, and nothing older.
            () = clock::sleep(SILENCE) => row.believe_silence(source).await?,
        }
    }
}

async fn take(chunk: Vec<Result<Delivery>>, fold: &mut impl Fold, row: &mut Row) -> Result<()> {
    let mut failed = None;
    let mut entries = Vec::with_capacity(chunk.len());
    for delivery in chunk {
        match delivery {
            Ok(delivery) => entries.push(row.next(delivery)?),
            // Rule 4: two heartbeats missed: the consumer is gone. What came before it is good.
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    if !entries.is_empty() {
        crash::point(Point::Received);
        // Rule 3: the ordinal is the order. `take` skips what is stored and fails on a gap.
        fold.take(Batch { entries: &entries, unbroken: row.exact }).await?;
    }
    match failed {
        None => Ok(()),
        Some(error) => Err(error),
    }
}

/// What this attachment has been delivered so far.
struct Row {
    exact: bool,
    consumer_sequence: u64,
    /// Stream sequence up to which everything on the subject has been seen.
    seen: u64,
    behind: bool,
}

impl Row {
    fn after(start: Start) -> Self {
        Self { exact: start.exact, consumer_sequence: 0, seen: start.sequence - 1, behind: false }
    }

    fn next(&mut self, delivery: Delivery) -> Result<Entry> {
        let expected = self.consumer_sequence + 1;
        ensure!(delivery.consumer_sequence == expected, "delivery {expected} was lost on the way");
        self.consumer_sequence = expected;
        self.seen = delivery.sequence;
        self.behind = false;
        Ok(delivery.entry?)
    }

    async fn believe_silence<B: Broker>(&mut self, source: &Source<B>) -> Result<()> {
        let last = source.bus.last(&source.stream, &source.subject).await.context("silence")?;
        let last = last.map_or(0, |entry| entry.sequence);
        let seen = if self.consumer_sequence == 0 && last < self.seen { last } else { self.seen };
        ensure!(last >= seen, "the source went back: it ends at {last}, we have seen {seen}");
        ensure!(last == seen || !self.behind, "stalled: the source ends at {last}, we have seen {seen}");
        self.behind = last > seen;
        Ok(())
    }
}
