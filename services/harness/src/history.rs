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

/// The last numbered message of a subject.
///
/// # Errors
/// When the broker cannot be asked.
pub async fn last(bus: &Bus, stream: &str, subject: &str) -> Result<Option<Entry>> {
    let stream = bus.js().get_stream_no_info(stream).await?;
    Ok(locate::last_numbered(&stream, subject).await?.0)
}

/// Up to `limit` messages of a subject in order, from ordinal `from` on.
///
/// # Errors
/// When the broker cannot be asked, or falls silent in the middle.
pub async fn range(bus: &Bus, stream: &str, subject: &str, from: Ordinal, limit: usize) -> Result<Vec<Entry>> {
    read(bus, stream, subject, from, limit, false).await
}

/// As [`range`], without the bodies.
///
/// # Errors
/// As [`range`].
pub async fn headers(bus: &Bus, stream: &str, subject: &str, from: Ordinal, limit: usize) -> Result<Vec<Entry>> {
    read(bus, stream, subject, from, limit, true).await
}

async fn read(
    bus: &Bus,
    stream: &str,
    subject: &str,
    from: Ordinal,
    limit: usize,
    headers_only: bool,
) -> Result<Vec<Entry>> {
    let stream = bus.js().get_stream_no_info(stream).await.context("stream")?;
    let config = push::Config {
        name: Some(format!("history-{:08x}", rand::random::<u32>())),
        deliver_subject: bus.client().new_inbox(),
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: find(&stream, subject, from).await? },
        filter_subject: subject.to_owned(),
        headers_only,
        ..ephemeral()
    };
    let consumer = stream.create_consumer(config).await.context("consumer")?;
    let info = consumer.cached_info();
    let mut waiting = info.num_pending + info.delivered.consumer_sequence;
    let name = info.name.clone();
    let mut messages = consumer.messages().await.context("deliveries")?;
    let mut entries = Vec::with_capacity(limit.min(waiting as usize));
    while waiting > 0 && entries.len() < limit {
        let message = tokio::time::timeout(SILENCE, messages.next()).await.context("the log fell silent")?;
        let delivery = Delivery::of(message.context("closed")??)?;
        waiting = delivery.pending;
        if delivery.entry.ordinal.is_some_and(|ordinal| ordinal >= from) {
            entries.push(delivery.entry);
        }
    }
    drop(messages);
    // It would go by itself after a while; gone at once is kinder to the broker.
    let _ = stream.delete_consumer(&name).await;
    Ok(entries)
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
