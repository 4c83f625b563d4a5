//! What the broker says of its streams, for those who look after it.

use crate::{Bus, broker::ephemeral, entry::timestamp};
use anyhow::{Context as _, Result};
use async_nats::jetstream::{
    consumer::push,
    stream::{DiscardPolicy, Info},
};
use bellwether_schemas::names::{self, api};
use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;

/// After so long without another answer all have answered.
const SILENCE: Duration = Duration::from_millis(300);

/// Everything the account holds.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Bytes on disk.
    pub bytes: u64,
    /// The most there may be; `None` when nothing but the disk limits it.
    pub limit: Option<u64>,
    /// By name.
    pub streams: Vec<StreamState>,
}

/// One stream.
#[derive(Debug, Clone)]
pub struct StreamState {
    /// Its name.
    pub name: String,
    /// Messages held.
    pub messages: u64,
    /// Bytes held.
    pub bytes: u64,
    /// Bytes it may hold; `None` when unlimited.
    pub limit: Option<u64>,
    /// Sequence of its last message.
    pub last_sequence: u64,
    /// Readers now.
    pub consumers: usize,
    /// Subjects with a message.
    pub subjects: u64,
    /// The oldest goes when it is full.
    pub forgets: bool,
}

/// Asks for all streams.
///
/// # Errors
/// When the broker does not answer or does not let us ask.
pub async fn streams(bus: &Bus) -> Result<Found> {
    if bus.keeps_apart() {
        return of_all_accounts(bus).await;
    }
    let account = bus.js().query_account().await.context("account")?;
    let mut streams: Vec<_> = bus.js().streams().map_ok(StreamState::of).try_collect().await.context("streams")?;
    streams.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Found { bytes: account.storage, limit: u64::try_from(account.limits.max_storage.unwrap_or(-1)).ok(), streams })
}

/// On a broker that keeps services apart every stream is in an account of its own, and each of them answers.
async fn of_all_accounts(bus: &Bus) -> Result<Found> {
    let client = bus.client();
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await?;
    let question = format!("{}.{}", api::IMPORTED, api::STREAM_LIST);
    client.publish_with_reply(question, inbox, "{}".into()).await?;
    let mut streams = Vec::new();
    while let Ok(Some(answer)) = timeout(SILENCE, answers.next()).await {
        let listed: Listed = serde_json::from_slice(&answer.payload).context("streams")?;
        streams.extend(listed.streams.into_iter().flatten().map(StreamState::of));
    }
    streams.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Found { bytes: streams.iter().map(|stream| stream.bytes).sum(), limit: None, streams })
}

/// One account's answer.
#[derive(Deserialize)]
struct Listed {
    streams: Option<Vec<Info>>,
}

/// How far the broker's clock is ahead of ours, give or take the time of a question.
///
/// # Errors
/// When the broker does not answer.
pub async fn clock_difference(bus: &Bus) -> Result<SignedDuration> {
    let stream = bus.js().get_stream_no_info(names::BARS).await.context("stream")?;
    // Nobody listens to it, so it is gone in a moment; what counts is when the broker says it was made.
    let config = push::Config { deliver_subject: bus.client().new_inbox(), ..ephemeral() };
    let before = Timestamp::now();
    let consumer = stream.create_consumer(config).await.context("consumer")?;
    let half = Timestamp::now().duration_since(before) / 2;
    let made = timestamp(consumer.cached_info().created.unix_timestamp_nanos())?;
    Ok(made.duration_since(before) - half)
}

impl StreamState {
    fn of(info: Info) -> Self {
        Self {
            name: info.config.name,
            messages: info.state.messages,
            bytes: info.state.bytes,
            limit: u64::try_from(info.config.max_bytes).ok(),
            last_sequence: info.state.last_sequence,
            consumers: info.state.consumer_count,
            subjects: info.state.subjects_count,
            forgets: info.config.discard == DiscardPolicy::Old,
        }
    }
}
