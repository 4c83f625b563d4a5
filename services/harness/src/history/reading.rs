use crate::{Bus, Entry, broker::ephemeral, entry::Delivery};
use anyhow::{Context as _, Result};
use async_nats::jetstream::{
    consumer::{DeliverPolicy, push},
    stream::Stream,
};
use futures::StreamExt;
use std::time::Duration;

/// A log that stays silent for so long in the middle of a read is given up on.
const SILENCE: Duration = Duration::from_secs(3);

/// A consumer that is read once, up to where the log ended when it was made.
pub(super) struct Reading<'a> {
    stream: &'a Stream<()>,
    name: String,
    waiting: u64,
    messages: push::Messages,
}

impl<'a> Reading<'a> {
    /// Opens a subject from sequence `start` on.
    pub(super) async fn open(
        bus: &Bus,
        stream: &'a Stream<()>,
        subject: &str,
        start: u64,
        headers_only: bool,
    ) -> Result<Self> {
        let config = push::Config {
            name: Some(format!("history-{:08x}", rand::random::<u32>())),
            deliver_subject: bus.deliver_subject(),
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

    /// Up to `limit` messages that are wanted.
    pub(super) async fn take(mut self, limit: usize, mut wanted: impl FnMut(&Entry) -> bool) -> Result<Vec<Entry>> {
        let mut entries = Vec::with_capacity(limit.min(self.waiting as usize));
        while self.waiting > 0 && entries.len() < limit {
            let message = tokio::time::timeout(SILENCE, self.messages.next()).await.context("the log fell silent")?;
            let delivery = Delivery::of(message.context("closed")??)?;
            self.waiting = delivery.pending;
            entries.extend(delivery.entry.ok().filter(&mut wanted));
        }
        drop(self.messages);
        // It would go by itself after a while; gone at once is kinder to the broker.
        let _ = self.stream.delete_consumer(&self.name).await;
        Ok(entries)
    }
}
