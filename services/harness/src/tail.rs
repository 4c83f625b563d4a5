//! Read the end of a stream that forgets, and everything that comes after: for log lines.
//!
//! Like [`crate::watch`] it notices at once when the broker was restarted and tells its reader when the stream is
//! another one; unlike it, it hands over every message and not only the newest of each subject.

use crate::{Bus, backoff::Backoff, broker::ephemeral, entry::timestamp};
use anyhow::{Context as _, Result, bail, ensure};
use async_nats::jetstream::{
    consumer::{DeliverPolicy, push},
    stream::{Info, Stream},
};
use bytes::Bytes;
use futures::StreamExt;
use jiff::Timestamp;
use std::{convert::Infallible, time::Duration};
use tokio::sync::mpsc;

const SILENCE: Duration = Duration::from_secs(3);
const WAITING: usize = 256;

/// What happened.
#[derive(Debug, Clone)]
pub enum Heard {
    /// What follows belongs to another life of the stream. Always the first.
    Reset {
        /// When the stream was created.
        epoch: String,
    },
    /// A message. Sequences rise within an epoch; those that are missing were forgotten by the stream.
    Message {
        /// Sequence in the stream.
        sequence: u64,
        /// The bytes.
        body: Bytes,
    },
    /// The link is gone; it comes back by itself.
    Lost {
        /// Why, in one sentence.
        reason: String,
    },
}

/// Hands over the newest `newest` messages of `stream` and then every further one, until the receiver is dropped.
pub fn tail(bus: &Bus, stream: &str, newest: u64) -> mpsc::Receiver<Heard> {
    let (out, heard) = mpsc::channel(WAITING);
    let reader = Reader { bus: bus.clone(), stream: stream.to_owned(), newest, out, epoch: None, seen: 0 };
    tokio::spawn(run(reader));
    heard
}

struct Reader {
    bus: Bus,
    stream: String,
    newest: u64,
    out: mpsc::Sender<Heard>,
    epoch: Option<Timestamp>,
    seen: u64,
}

async fn run(mut reader: Reader) {
    let mut pause = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
    loop {
        let begun = tokio::time::Instant::now();
        let Err(error) = reader.attached().await;
        if reader.out.is_closed() {
            return;
        }
        tracing::debug!(reader.stream, error = format!("{error:#}"), "reading on");
        let _ = reader.out.send(Heard::Lost { reason: format!("{error:#}") }).await;
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
        let stream = self.bus.js().get_stream_no_info(&self.stream).await.context("stream")?;
        self.check(&stream.get_info().await.context("stream info")?).await?;
        let mut messages = self.consume(&stream).await?;
        let mut delivered = 0;
        loop {
            tokio::select! {
                message = messages.next() => {
                    let message = message.context("closed")??;
                    let info = message.info().map_err(|error| anyhow::anyhow!(error))?;
                    delivered += 1;
                    ensure!(info.consumer_sequence == delivered, "a delivery was lost on the way");
                    let sequence = info.stream_sequence;
                    self.seen = sequence;
                    self.send(Heard::Message { sequence, body: message.message.payload }).await?;
                }
                _ = connections.changed() => bail!("reconnected"),
                () = self.out.closed() => bail!("nobody reads"),
                () = tokio::time::sleep(SILENCE) => {
                    self.check(&stream.get_info().await.context("silence")?).await?;
                }
            }
        }
    }

    async fn consume(&self, stream: &Stream<()>) -> Result<push::Messages> {
        let config = push::Config {
            name: Some(format!("tail-{:08x}", rand::random::<u32>())),
            deliver_subject: self.bus.deliver_subject(),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.seen + 1 },
            ..ephemeral()
        };
        let consumer = stream.create_consumer(config).await.context("consumer")?;
        consumer.messages().await.context("deliveries")
    }

    async fn check(&mut self, info: &Info) -> Result<()> {
        let epoch = timestamp(info.created.unix_timestamp_nanos())?;
        let last = info.state.last_sequence;
        if self.epoch == Some(epoch) && last >= self.seen {
            return Ok(());
        }
        let first = self.epoch.replace(epoch).is_none();
        self.seen = last.saturating_sub(self.newest);
        self.send(Heard::Reset { epoch: epoch.to_string() }).await?;
        ensure!(first, "the stream was made again or went back");
        Ok(())
    }

    async fn send(&self, heard: Heard) -> Result<()> {
        self.out.send(heard).await.ok().context("nobody reads")
    }
}
