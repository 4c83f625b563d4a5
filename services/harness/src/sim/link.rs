//! The broker as one process sees it: slow, sometimes gone, now and then with an answer lost or a put that comes late.

use super::{
    mutant::{Mutant, left_out},
    store::stream_of,
    world::{Life, World},
};
use crate::{
    Entry,
    broker::{Broker, Inbox, Unstored},
    cache::Decoded,
    entry::Delivery,
    follow::Source,
    identity::Identity,
    locate::Start,
    log::Draft,
};
use anyhow::{Result, anyhow, bail};
use async_nats::HeaderMap;
use bellwether_schemas::Scan;
use bytes::Bytes;
use futures::{StreamExt, stream::unfold};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::sync::{Semaphore, watch};

const UNANSWERED: Duration = Duration::from_secs(3);
/// Two heartbeats.
const SILENT: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(super) struct Link {
    pub(super) world: Arc<World>,
    pub(super) life: Arc<Life>,
}

impl Link {
    /// A moment at which the process may end; it never comes back from that.
    async fn survive(&self) {
        let dying = self.life.dying.load(std::sync::atomic::Ordering::Relaxed);
        if dying || self.world.chance(|odds| odds.crash) {
            self.world.kill(self.life.slot, !dying);
            pending::<()>().await;
        }
    }

    async fn unanswered(&self) -> anyhow::Error {
        self.world.time.sleep(UNANSWERED).await;
        anyhow!("timed out")
    }

    async fn travel(&self) {
        if self.world.chance(|odds| odds.slow) {
            self.world.time.sleep(self.world.time.millis(40)).await;
        }
    }

    /// The way there.
    async fn reach(&self) -> Result<()> {
        self.survive().await;
        self.travel().await;
        if !self.life.linked() || self.world.chance(|odds| odds.lose) {
            return Err(self.unanswered().await);
        }
        Ok(())
    }

    async fn ask<T>(&self, read: impl FnOnce(&super::store::Log) -> T, stream: &str) -> Result<T> {
        self.reach().await?;
        let answer = read(self.world.store().log(stream));
        self.travel().await;
        Ok(answer)
    }

    /// How many of the newest messages a replica has not heard of yet.
    fn late(&self) -> u64 {
        if self.world.chance(|odds| odds.late_replica) { self.world.time.below(3) } else { 0 }
    }

    async fn send(
        &self,
        subject: &str,
        messages: Vec<(HeaderMap, Bytes)>,
        follows: Option<u64>,
    ) -> Result<u64, Unstored> {
        let unknown = |error: anyhow::Error| Unstored::Unknown(error.to_string());
        self.survive().await;
        if self.world.chance(|odds| odds.late_put) {
            self.world.put_later(subject.to_owned(), messages, follows);
            return Err(unknown(self.unanswered().await));
        }
        self.reach().await.map_err(unknown)?;
        let answer = self.world.store().put(subject, messages, follows);
        self.survive().await;
        if self.world.chance(|odds| odds.lose) {
            return Err(unknown(self.unanswered().await));
        }
        self.travel().await;
        answer
    }
}

impl Broker for Link {
    async fn next(&self, stream: &str, subject: &str, sequence: u64) -> Result<Option<Entry>> {
        let late = self.late();
        let first = |log: &super::store::Log| {
            log.of(subject).find(|entry| entry.sequence >= sequence && entry.sequence + late <= log.last).cloned()
        };
        self.ask(first, stream).await
    }

    async fn last(&self, stream: &str, subject: &str) -> Result<Option<Entry>> {
        let late = self.late();
        let last = |log: &super::store::Log| log.of(subject).rfind(|entry| entry.sequence + late <= log.last).cloned();
        self.ask(last, stream).await
    }

    async fn at(&self, stream: &str, sequence: u64) -> Result<Option<Entry>> {
        let late = self.late();
        let at = |log: &super::store::Log| {
            log.entries.iter().find(|entry| entry.sequence == sequence && sequence + late <= log.last).cloned()
        };
        self.ask(at, stream).await
    }

    async fn last_of_leader(&self, stream: &str, subject: &str) -> Result<Option<Entry>> {
        self.ask(|log| log.of(subject).next_back().cloned(), stream).await
    }

    async fn count(&self, stream: &str, subject: &str) -> Result<u64> {
        self.ask(|log| log.of(subject).count() as u64, stream).await
    }

    async fn headers(&self, stream: &str, subject: &str) -> Result<Vec<Entry>> {
        let bare = |entry: &Entry| Entry { body: Bytes::new(), ..entry.clone() };
        self.ask(|log| log.of(subject).map(bare).collect(), stream).await
    }

    async fn identity(&self, stream: &str) -> Result<Identity> {
        if left_out(Mutant::NoEpoch) {
            return Ok(Identity { created: 0, last_sequence: 0 });
        }
        self.ask(|log| Identity { created: log.created, last_sequence: log.last }, stream).await
    }

    async fn put(&self, subject: &str, headers: HeaderMap, body: Bytes, follows: u64) -> Result<u64, Unstored> {
        let follows = (!left_out(Mutant::PutWithoutRevision)).then_some(follows);
        self.send(subject, vec![(headers, body)], follows).await
    }

    async fn put_batch(&self, subject: &str, drafts: &[Draft], follows: u64) -> Result<u64> {
        let follows = (!left_out(Mutant::BatchWithoutRevision)).then_some(follows);
        let messages = drafts.iter().map(|draft| (draft.headers.clone(), draft.body.clone())).collect();
        Ok(self.send(subject, messages, follows).await?)
    }

    async fn deliver(&self, source: &Source<Self>, start: Start) -> Result<Inbox> {
        let (created, last) = self.ask(|log| (log.created, log.last), &source.stream).await?;
        let next = if left_out(Mutant::ResumeAtTheEnd) { last + 1 } else { start.sequence };
        let consumer = Consumer {
            link: self.clone(),
            stream: source.stream.clone(),
            subject: source.subject.clone(),
            chunk: source.chunk,
            created,
            broker: self.world.broker_life(),
            next,
            delivered: 0,
        };
        Ok(unfold(consumer, |mut consumer| async { Some((consumer.chunk().await, consumer)) }).boxed())
    }

    fn connections(&self) -> watch::Receiver<u64> {
        self.life.connections.subscribe()
    }

    fn gate(&self) -> Arc<Semaphore> {
        self.life.gate.clone()
    }

    fn max_payload(&self) -> usize {
        8 << 20
    }

    fn decode(&self, body: &Bytes) -> Decoded {
        Arc::new(Scan::decode(body))
    }
}

/// Delivers one subject of one life of a stream, for one life of the broker.
struct Consumer {
    link: Link,
    stream: String,
    subject: String,
    chunk: usize,
    created: i128,
    broker: u64,
    next: u64,
    delivered: u64,
}

impl Consumer {
    async fn chunk(&mut self) -> Vec<Result<Delivery>> {
        loop {
            let world = self.link.world.clone();
            if world.chance(|odds| odds.stall) {
                pending::<()>().await;
            }
            self.link.travel().await;
            let mut changed = world.store().log(&self.stream).changed.subscribe();
            match self.waiting() {
                Err(gone) => {
                    world.time.sleep(SILENT).await;
                    return vec![Err(gone)];
                }
                Ok(entries) if entries.is_empty() => {
                    // The sender is gone with its life of the stream; either way there is something to look at.
                    let _ = changed.changed().await;
                }
                Ok(entries) => return entries.into_iter().filter_map(|entry| self.delivery(entry)).collect(),
            }
        }
    }

    fn waiting(&self) -> Result<Vec<Entry>> {
        let world = &self.link.world;
        if world.broker_life() != self.broker || !self.link.life.linked() {
            bail!("heartbeats missed");
        }
        let store = world.store();
        let log = store.log(&self.stream);
        if log.created != self.created {
            bail!("the consumer is gone");
        }
        let most = 1 + world.time.below(self.chunk as u64) as usize;
        Ok(log.of(&self.subject).filter(|entry| entry.sequence >= self.next).take(most).cloned().collect())
    }

    /// Counts and hands over, unless it is lost on the way.
    fn delivery(&mut self, entry: Entry) -> Option<Result<Delivery>> {
        self.next = entry.sequence + 1;
        let lost = self.link.world.chance(|odds| odds.lost_delivery);
        if !(lost && left_out(Mutant::LostDelivery)) {
            self.delivered += 1;
        }
        let (sequence, consumer_sequence) = (entry.sequence, self.delivered);
        (!lost).then_some(Ok(Delivery { entry: Ok(entry), sequence, consumer_sequence, pending: 0 }))
    }
}

/// Puts without any of our rules: somebody who has the right to publish.
pub(super) fn publish_raw(world: &World, subject: &str, ordinal: Option<u64>) {
    let mut headers = HeaderMap::new();
    if let Some(ordinal) = ordinal {
        headers.insert(bellwether_schemas::names::header::ORDINAL, ordinal.to_string());
    }
    let stray = vec![(headers, Bytes::from_static(b"stray"))];
    // A full log takes strays as little as anything.
    let _ = world.store().put(subject, stray, None);
    debug_assert!(stream_of(subject) != bellwether_schemas::names::REJECTS);
}
