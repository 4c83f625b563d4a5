//! Reads a log from one ordinal to another, once, as fast as it comes or as it once came.

use crate::{Bus, Entry, backoff::Backoff, broker::ephemeral, entry, history};
use anyhow::{Context as _, Result, ensure};
use async_nats::jetstream::consumer::{DeliverPolicy, ReplayPolicy, push};
use bellwether_schemas::Ordinal;
use futures::{StreamExt, stream::ReadyChunks};
use std::time::Duration;
use tokio::sync::watch;

/// How the broker hands the messages over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// As fast as they are taken.
    Instant,
    /// With the pauses between them with which they were once stored.
    Original,
}

/// The messages of one subject from one ordinal to another, each once and in order, through outages of the broker.
pub struct Recorded {
    bus: Bus,
    stream: String,
    subject: String,
    next: Ordinal,
    last: Ordinal,
    delivery: Delivery,
    most: usize,
    open: Option<Open>,
    pause: Backoff,
}

struct Open {
    name: String,
    inbox: ReadyChunks<push::Messages>,
    connections: watch::Receiver<u64>,
    delivered: u64,
}

impl std::fmt::Debug for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorded").field("subject", &self.subject).field("next", &self.next).finish_non_exhaustive()
    }
}

impl Recorded {
    /// From ordinal `first` to `last`, both included, at most `most` at once.
    pub fn new(
        bus: &Bus,
        (stream, subject): (String, String),
        (first, last): (Ordinal, Ordinal),
        delivery: Delivery,
        most: usize,
    ) -> Self {
        let pause = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
        Self { bus: bus.clone(), stream, subject, next: first, last, delivery, most, open: None, pause }
    }

    /// What is at hand, at least one message; nothing at the end. While the broker is away it waits.
    pub async fn take(&mut self) -> Vec<Entry> {
        while self.next <= self.last {
            match self.some().await {
                Ok(entries) if entries.is_empty() => {}
                Ok(entries) => {
                    self.pause.reset();
                    return entries;
                }
                Err(error) => {
                    tracing::debug!(self.subject, error = format!("{error:#}"), "reading again");
                    self.close().await;
                    self.pause.wait().await;
                }
            }
        }
        self.close().await;
        Vec::new()
    }

    async fn some(&mut self) -> Result<Vec<Entry>> {
        if self.open.is_none() {
            self.open = Some(self.open().await?);
        }
        let open = self.open.as_mut().context("not open")?;
        // Silence ends with an error: the consumer misses heartbeats when it is gone.
        let chunk = tokio::select! {
            chunk = open.inbox.next() => chunk.context("closed")?,
            _ = open.connections.changed() => anyhow::bail!("reconnected"),
        };
        let mut entries = Vec::with_capacity(chunk.len());
        for message in chunk {
            let delivery = match message {
                Ok(message) => entry::Delivery::of(message)?,
                Err(error) if entries.is_empty() => return Err(error.into()),
                // What came before it is good; the next call meets the same fault, or none.
                Err(_) => break,
            };
            ensure!(delivery.consumer_sequence == open.delivered + 1, "a delivery was lost on the way");
            open.delivered += 1;
            // A message past our numbering is none of ours; of two with one ordinal the first counts.
            if let Ok(entry) = delivery.entry
                && entry.ordinal == Some(self.next)
                && self.next <= self.last
            {
                self.next += 1;
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    async fn open(&self) -> Result<Open> {
        let mut connections = self.bus.connections();
        connections.borrow_and_update();
        let first = history::headers(&self.bus, &self.stream, &self.subject, self.next, 1).await?;
        let first = first.first().with_context(|| format!("{} has no ordinal {}", self.subject, self.next))?;
        let stream = self.bus.js().get_stream_no_info(&self.stream).await?;
        let config = push::Config {
            name: Some(format!("replay-{:08x}", rand::random::<u32>())),
            deliver_subject: self.bus.deliver_subject(),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: first.sequence },
            filter_subject: self.subject.clone(),
            replay_policy: match self.delivery {
                Delivery::Instant => ReplayPolicy::Instant,
                Delivery::Original => ReplayPolicy::Original,
            },
            ..ephemeral()
        };
        let consumer = stream.create_consumer(config).await.context("consumer")?;
        let name = consumer.cached_info().name.clone();
        let inbox = consumer.messages().await.context("deliveries")?.ready_chunks(self.most);
        Ok(Open { name, inbox, connections, delivered: 0 })
    }

    async fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        drop(open.inbox);
        // It would go by itself after a while; gone at once is kinder to the broker.
        if let Ok(stream) = self.bus.js().get_stream_no_info(&self.stream).await {
            let _ = stream.delete_consumer(&open.name).await;
        }
    }
}
