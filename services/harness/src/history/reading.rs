use crate::{Bus, Entry, broker::ephemeral, entry::Delivery};
use anyhow::{Context as _, Result, ensure};
use async_nats::jetstream::{
    consumer::{DeliverPolicy, push},
    stream::Stream,
};
use futures::StreamExt;
use std::time::Duration;

/// A log that stays silent for so long in the middle of a read is given up on.
const SILENCE: Duration = Duration::from_secs(3);
/// A read that breaks off goes on where it was, unless it came no further so many times in a row.
const TRIES: u32 = 3;

/// A subject that is read once, up to where the log ended when that began.
pub(super) struct Reading<'a> {
    pub(super) bus: &'a Bus,
    pub(super) stream: &'a Stream<()>,
    pub(super) subject: &'a str,
    /// Sequence of the stream to begin at.
    pub(super) start: u64,
    pub(super) headers_only: bool,
}

impl Reading<'_> {
    /// Up to `limit` messages that are wanted.
    pub(super) async fn take(mut self, limit: usize, mut wanted: impl FnMut(&Entry) -> bool) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut failures = 0;
        loop {
            let start = self.start;
            // On a busy machine a heartbeat comes late, and a delivery can be lost: neither is the end of a read.
            match self.pass(limit, &mut wanted, &mut entries).await {
                Ok(()) => return Ok(entries),
                Err(error) => {
                    failures = if self.start > start { 1 } else { failures + 1 };
                    if failures == TRIES {
                        return Err(error);
                    }
                }
            }
        }
    }

    async fn pass(
        &mut self,
        limit: usize,
        wanted: &mut impl FnMut(&Entry) -> bool,
        entries: &mut Vec<Entry>,
    ) -> Result<()> {
        let config = push::Config {
            name: Some(format!("history-{:08x}", rand::random::<u32>())),
            deliver_subject: self.bus.deliver_subject(),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.start },
            filter_subject: self.subject.to_owned(),
            headers_only: self.headers_only,
            ..ephemeral()
        };
        let consumer = self.stream.create_consumer(config).await.context("consumer")?;
        let info = consumer.cached_info();
        let (name, mut waiting) = (info.name.clone(), info.num_pending + info.delivered.consumer_sequence);
        let mut messages = consumer.messages().await.context("deliveries")?;
        let mut delivered = 0;
        while waiting > 0 && entries.len() < limit {
            let message = tokio::time::timeout(SILENCE, messages.next()).await.context("the log fell silent")?;
            let delivery = Delivery::of(message.context("closed")??)?;
            delivered += 1;
            ensure!(delivery.consumer_sequence == delivered, "a delivery was lost");
            (self.start, waiting) = (delivery.sequence + 1, delivery.pending);
            entries.extend(delivery.entry.ok().filter(&mut *wanted));
        }
        drop(messages);
        // It would go by itself after a while; gone at once is kinder to the broker.
        let _ = self.stream.delete_consumer(&name).await;
        Ok(())
    }
}
