//! Reading the past of one subject.

use crate::{Bus, Entry, entry::Delivery, follow::ephemeral, locate};
use anyhow::{Context as _, Result};
use async_nats::jetstream::{
    consumer::{DeliverPolicy, push},
    stream::Stream,
};
use bellwether_schemas::Ordinal;
use futures::StreamExt;
use std::time::Duration;

/// A log that stays silent for so long in the middle of a read is given up on.
const SILENCE: Duration = Duration::from_secs(3);

/// The last message of a subject.
///
/// # Errors
/// When the broker cannot be asked.
pub async fn last(bus: &Bus, stream: &str, subject: &str) -> Result<Option<Entry>> {
    let stream = bus.js().get_stream_no_info(stream).await?;
    locate::last_of_leader(&stream, subject).await
}

/// Up to `limit` messages of a subject in order, from ordinal `from` on.
///
/// # Errors
/// When the broker cannot be asked, or falls silent in the middle.
pub async fn range(bus: &Bus, stream: &str, subject: &str, from: Ordinal, limit: usize) -> Result<Vec<Entry>> {
    numbered(bus, stream, subject, from, limit, false).await
}

/// As [`range`], without the bodies.
///
/// # Errors
/// As [`range`].
pub async fn headers(bus: &Bus, stream: &str, subject: &str, from: Ordinal, limit: usize) -> Result<Vec<Entry>> {
    numbered(bus, stream, subject, from, limit, true).await
}

async fn numbered(
    bus: &Bus,
    stream: &str,
    subject: &str,
    from: Ordinal,
    limit: usize,
    headers_only: bool,
) -> Result<Vec<Entry>> {
    let stream = bus.js().get_stream_no_info(stream).await.context("stream")?;
    let start = find(&stream, subject, from).await?;
    let reading = Reading::open(bus, &stream, subject, start, headers_only).await?;
    reading.take(limit, |entry| entry.ordinal.is_some_and(|ordinal| ordinal >= from)).await
}

/// Every message of a subject, numbered or not, without the bodies.
pub(crate) async fn everything(bus: &Bus, stream: &Stream<()>, subject: &str) -> Result<Vec<Entry>> {
    Reading::open(bus, stream, subject, 1, true).await?.take(usize::MAX, |_| true).await
}

/// A consumer that is read once, up to where the log ended when it was made.
struct Reading<'a> {
    stream: &'a Stream<()>,
    name: String,
    waiting: u64,
    messages: push::Messages,
}

impl<'a> Reading<'a> {
    async fn open(bus: &Bus, stream: &'a Stream<()>, subject: &str, start: u64, headers_only: bool) -> Result<Self> {
        let config = push::Config {
            name: Some(format!("history-{:08x}", rand::random::<u32>())),
            deliver_subject: bus.client().new_inbox(),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: start },
            filter_subject: subject.to_owned(),
            headers_only,
            ..ephemeral()
        };
        let consumer = stream.create_consumer(config).await.context("consumer")?;
        let info = consumer.cached_info();
        let (name, waiting) = (info.name.clone(), info.num_pending + info.delivered.consumer_sequence);
        Ok(Self { stream, name, waiting, messages: consumer.messages().await.context("deliveries")? })
    }

    async fn take(mut self, limit: usize, wanted: impl Fn(&Entry) -> bool) -> Result<Vec<Entry>> {
        let mut entries = Vec::with_capacity(limit.min(self.waiting as usize));
        while self.waiting > 0 && entries.len() < limit {
            let message = tokio::time::timeout(SILENCE, self.messages.next()).await.context("the log fell silent")?;
            let delivery = Delivery::of(message.context("closed")??)?;
            self.waiting = delivery.pending;
            entries.extend(delivery.entry.ok().filter(&wanted));
        }
        drop(self.messages);
        // It would go by itself after a while; gone at once is kinder to the broker.
        let _ = self.stream.delete_consumer(&self.name).await;
        Ok(entries)
    }
}

/// Sequence of the first message with an ordinal of `from` or above, by bisection: ordinals rise with sequences.
async fn find(stream: &Stream<()>, subject: &str, from: Ordinal) -> Result<u64> {
    if from <= 1 {
        return Ok(1);
    }
    let Some(last) = locate::last(stream, subject).await? else { return Ok(1) };
    let (mut low, mut high) = (1, last.sequence);
    while low < high {
        let middle = u64::midpoint(low, high);
        match locate::next(stream, subject, middle).await? {
            Some(entry) if entry.ordinal.is_none_or(|ordinal| ordinal < from) => low = entry.sequence + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}
