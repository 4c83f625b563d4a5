//! What the broker says of its streams, for those who look after it.

use crate::Bus;
use anyhow::{Context as _, Result};
use async_nats::jetstream::stream::DiscardPolicy;
use futures::TryStreamExt;

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
    let account = bus.js().query_account().await.context("account")?;
    let mut streams: Vec<_> = bus.js().streams().map_ok(StreamState::of).try_collect().await.context("streams")?;
    streams.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Found { bytes: account.storage, limit: u64::try_from(account.limits.max_storage.unwrap_or(-1)).ok(), streams })
}

impl StreamState {
    fn of(info: async_nats::jetstream::stream::Info) -> Self {
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
