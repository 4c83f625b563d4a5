//! Watch a whole stream: the last message of each subject, then every change.
//!
//! For readers that hold the newest value of every key: the gateway's board, discovery of new universes, `ps`. Unlike
//! the client's own watch it notices at once when the broker was restarted, and tells its reader to start over when the
//! stream was made again or went back.

use crate::{Bus, Entry, backoff::Backoff, broker::ephemeral, entry::Delivery, entry::timestamp};
use anyhow::{Context as _, Result, bail, ensure};
use async_nats::jetstream::{
    consumer::{DeliverPolicy, push},
    stream::{Info, Stream},
};
use futures::StreamExt;
use jiff::Timestamp;
use std::{convert::Infallible, time::Duration};
use tokio::sync::mpsc;

/// After so long without a message the stream is asked whether there is none.
const SILENCE: Duration = Duration::from_secs(3);
/// How many changes wait for a slow reader before the broker is made to wait.
const WAITING: usize = 256;

/// What to watch.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Stream.
    pub stream: String,
    /// Subjects of it, wildcards allowed.
    pub subjects: String,
    /// Leave the bodies out.
    pub headers_only: bool,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Change {
    /// Drop everything held: what follows belongs to another life of the stream. Always the first change.
    Reset {
        /// When the stream was created: tells its lives apart.
        epoch: String,
        /// Why, in one sentence.
        reason: String,
    },
    /// The newest value of a key. Sequences rise within an epoch; an older one is a repetition.
    Put(Box<Entry>),
    /// Everything the stream held has been handed over.
    Current,
    /// The link or the stream is gone. It comes back by itself; `Current` follows when caught up.
    Lost {
        /// Why, in one sentence.
        reason: String,
    },
}

/// Watches until the receiver is dropped.
pub fn watch(bus: &Bus, watch: Watch) -> mpsc::Receiver<Change> {
    let (out, changes) = mpsc::channel(WAITING);
    tokio::spawn(run(bus.clone(), watch, out));
    changes
}

struct Reader {
    bus: Bus,
    watch: Watch,
    out: mpsc::Sender<Change>,
    /// Creation time of the stream as it was last seen.
    epoch: Option<Timestamp>,
    /// Highest sequence handed over in this epoch.
    seen: u64,
}

async fn run(bus: Bus, watch: Watch, out: mpsc::Sender<Change>) {
    let mut reader = Reader { bus, watch, out, epoch: None, seen: 0 };
    let mut pause = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
    loop {
        let begun = tokio::time::Instant::now();
        let Err(error) = reader.attached().await;
        if reader.out.is_closed() {
            return;
        }
        tracing::debug!(reader.watch.stream, error = format!("{error:#}"), "watching again");
        // A full channel means a reader that has not heard of earlier changes yet; it will hear of this one, too.
        let _ = reader.out.send(Change::Lost { reason: format!("{error:#}") }).await;
        if begun.elapsed() > Duration::from_secs(5) {
            pause.reset();
        }
        pause.wait().await;
    }
}

impl Reader {
    async fn attached(&mut self) -> Result<Infallible> {
        let mut connections = self.bus.connections();
        connections.borrow_and_update();
        let stream = self.bus.js().get_stream_no_info(&self.watch.stream).await.context("stream")?;
        self.check(&stream.get_info().await.context("stream info")?).await?;
        let (mut messages, waiting) = self.consume(&stream).await?;
        if waiting == 0 {
            self.send(Change::Current).await?;
        }
        let mut current = waiting == 0;
        let mut consumer_sequence = 0;
        loop {
            tokio::select! {
                message = messages.next() => {
                    let delivery = Delivery::of(message.context("closed")??)?;
                    consumer_sequence += 1;
                    ensure!(delivery.consumer_sequence == consumer_sequence, "a delivery was lost on the way");
                    self.seen = self.seen.max(delivery.sequence);
                    let caught_up = delivery.pending == 0;
                    match delivery.entry {
                        Ok(entry) => self.send(Change::Put(Box::new(entry))).await?,
                        Err(refusal) => tracing::warn!(self.watch.stream, %refusal, "a subject that is none of ours"),
                    }
                    if caught_up && !current {
                        current = true;
                        self.send(Change::Current).await?;
                    }
                }
                _ = connections.changed() => bail!("reconnected"),
                () = self.out.closed() => bail!("nobody reads"),
                () = tokio::time::sleep(SILENCE) => {
                    self.check(&stream.get_info().await.context("silence")?).await?;
                }
            }
        }
    }

    async fn consume(&self, stream: &Stream<()>) -> Result<(push::Messages, u64)> {
        let config = push::Config {
            name: Some(format!("watch-{:08x}", rand::random::<u32>())),
            deliver_subject: self.bus.deliver_subject(),
            deliver_policy: DeliverPolicy::LastPerSubject,
            filter_subject: self.watch.subjects.clone(),
            headers_only: self.watch.headers_only,
            ..ephemeral()
        };
        let consumer = stream.create_consumer(config).await.context("consumer")?;
        let waiting = consumer.cached_info().num_pending + consumer.cached_info().delivered.stream_sequence.min(1);
        Ok((consumer.messages().await.context("deliveries")?, waiting))
    }

    /// Compares the stream with what was seen of it: another life of it, or one that went back, is a reset.
    async fn check(&mut self, info: &Info) -> Result<()> {
        let epoch = timestamp(info.created.unix_timestamp_nanos())?;
        let last = info.state.last_sequence;
        let reason = match self.epoch {
            None => "first sight".to_owned(),
            Some(held) if held != epoch => format!("the stream was made again at {epoch}"),
            Some(_) if last < self.seen => format!("the stream went back from {} to {last}", self.seen),
            Some(_) => return Ok(()),
        };
        let first = self.epoch.replace(epoch).is_none();
        self.seen = 0;
        self.send(Change::Reset { epoch: epoch.to_string(), reason: reason.clone() }).await?;
        ensure!(first || self.out.is_closed(), "{reason}");
        Ok(())
    }

    async fn send(&self, change: Change) -> Result<()> {
        self.out.send(change).await.ok().context("nobody reads")
    }
}
