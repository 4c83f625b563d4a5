//! What the rules of following and folding ask of a broker. All of it goes through this one trait, so that the same
//! rules can be run against a broker that dies, forgets, delays and comes back with less (see `sim`).

use crate::{
    Bus, Entry, batch,
    cache::Decoded,
    crash::{self, Point},
    entry::Delivery,
    follow::Source,
    history,
    identity::Identity,
    locate::Start,
    log::Draft,
};
use anyhow::{Context as _, Result};
use async_nats::{
    HeaderMap,
    jetstream::{
        ErrorCode,
        consumer::{AckPolicy, DeliverPolicy, push},
        context::{PublishError, PublishErrorKind},
        message::StreamMessage,
        stream::{DirectGetError, DirectGetErrorKind, RawMessageErrorKind, Stream},
    },
};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::sync::{Semaphore, watch};

const HEARTBEAT: Duration = Duration::from_secs(1);
/// A follower that died leaves its consumer behind for no longer.
const CONSUMER_LINGERS: Duration = Duration::from_secs(10);

/// Deliveries, as many at once as are waiting. An error is the end of them.
pub(crate) type Inbox = BoxStream<'static, Vec<Result<Delivery>>>;

/// Why a message was not stored, as far as is known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unstored {
    /// The subject has moved on.
    #[error("the subject has moved on")]
    Refused,
    /// There is no room now; nothing is lost by waiting.
    #[error("{0}")]
    Full(String),
    /// No answer: it may be stored, or not, or be stored later.
    #[error("{0}")]
    Unknown(String),
}

/// A broker, as one process sees it.
pub(crate) trait Broker: Clone + Send + Sync + 'static {
    /// The first message on `subject` at `sequence` or after it. A replica may answer, so it may be missing for a
    /// moment.
    fn next(&self, stream: &str, subject: &str, sequence: u64) -> impl Future<Output = Result<Option<Entry>>> + Send;

    /// The last message on `subject`; a replica may answer, so it may be late.
    fn last(&self, stream: &str, subject: &str) -> impl Future<Output = Result<Option<Entry>>> + Send;

    /// The message at `sequence`; a replica may answer.
    fn at(&self, stream: &str, sequence: u64) -> impl Future<Output = Result<Option<Entry>>> + Send;

    /// The last message on `subject`, from the leader: never late.
    fn last_of_leader(&self, stream: &str, subject: &str) -> impl Future<Output = Result<Option<Entry>>> + Send;

    /// How many messages `subject` holds.
    fn count(&self, stream: &str, subject: &str) -> impl Future<Output = Result<u64>> + Send;

    /// Every message of `subject`, numbered or not, without the bodies.
    fn headers(&self, stream: &str, subject: &str) -> impl Future<Output = Result<Vec<Entry>>> + Send;

    /// What tells this life of a stream from another.
    fn identity(&self, stream: &str) -> impl Future<Output = Result<Identity>> + Send;

    /// Stores a message on the condition that the last one on `subject` is at `follows`. Gives its sequence.
    fn put(
        &self,
        subject: &str,
        headers: HeaderMap,
        body: Bytes,
        follows: u64,
    ) -> impl Future<Output = Result<u64, Unstored>> + Send;

    /// Stores all of `drafts` or none, under the same condition. Gives the sequence of the last. After an error they
    /// may be stored all the same.
    fn put_batch(&self, subject: &str, drafts: &[Draft], follows: u64) -> impl Future<Output = Result<u64>> + Send;

    /// Delivers what `source` names, from `start` on.
    fn deliver(&self, source: &Source<Self>, start: Start) -> impl Future<Output = Result<Inbox>> + Send;

    /// Counts connections; a follower that sees it change attaches again.
    fn connections(&self) -> watch::Receiver<u64>;

    /// Lets so many tracks attach at once.
    fn gate(&self) -> Arc<Semaphore>;

    /// The largest body the broker accepts, in bytes; 0 while it has not said.
    fn max_payload(&self) -> usize;

    /// A scan, decoded once per process.
    fn decode(&self, body: &Bytes) -> Decoded;
}

impl Bus {
    async fn stream(&self, name: &str) -> Result<Stream<()>> {
        self.js().get_stream_no_info(name).await.with_context(|| format!("stream {name}"))
    }
}

impl Broker for Bus {
    async fn next(&self, stream: &str, subject: &str, sequence: u64) -> Result<Option<Entry>> {
        next(&self.stream(stream).await?, subject, sequence).await
    }

    async fn last(&self, stream: &str, subject: &str) -> Result<Option<Entry>> {
        found(self.stream(stream).await?.direct_get_last_for_subject(subject).await)
    }

    async fn at(&self, stream: &str, sequence: u64) -> Result<Option<Entry>> {
        found(self.stream(stream).await?.direct_get(sequence).await)
    }

    async fn last_of_leader(&self, stream: &str, subject: &str) -> Result<Option<Entry>> {
        last_of_leader(&self.stream(stream).await?, subject).await
    }

    async fn count(&self, stream: &str, subject: &str) -> Result<u64> {
        let mut subjects = self.stream(stream).await?.info_with_subjects(subject).await?;
        Ok(subjects.try_next().await?.map_or(0, |(_, count)| count as u64))
    }

    async fn headers(&self, stream: &str, subject: &str) -> Result<Vec<Entry>> {
        history::everything(self, &self.stream(stream).await?, subject).await
    }

    async fn identity(&self, stream: &str) -> Result<Identity> {
        let stream = self.js().get_stream(stream).await?;
        let info = stream.cached_info();
        Ok(Identity { created: info.created.unix_timestamp_nanos(), last_sequence: info.state.last_sequence })
    }

    async fn put(&self, subject: &str, mut headers: HeaderMap, body: Bytes, follows: u64) -> Result<u64, Unstored> {
        headers.insert(async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, follows.to_string());
        let answer = match self.js().publish_with_headers(subject.to_owned(), headers, body).await {
            Ok(answer) => {
                crash::point(Point::Sent);
                answer.await
            }
            Err(error) => Err(error),
        };
        crash::point(Point::Stored);
        answer.map(|ack| ack.sequence).map_err(fate)
    }

    async fn put_batch(&self, subject: &str, drafts: &[Draft], follows: u64) -> Result<u64> {
        batch::publish(self.js(), subject, follows, drafts).await
    }

    async fn deliver(&self, source: &Source, start: Start) -> Result<Inbox> {
        let config = push::Config {
            // Fresh each time: it inherits nothing.
            name: Some(format!("{}-{:08x}", source.name, rand::random::<u32>())),
            deliver_subject: self.deliver_subject(),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: start.sequence },
            filter_subject: source.subject.clone(),
            ..ephemeral()
        };
        let consumer = self.stream(&source.stream).await?.create_consumer(config).await.context("consumer")?;
        let messages = consumer.messages().await.context("deliveries")?;
        Ok(messages.map(|message| Delivery::of(message?)).ready_chunks(source.chunk).boxed())
    }

    fn connections(&self) -> watch::Receiver<u64> {
        Bus::connections(self)
    }

    fn gate(&self) -> Arc<Semaphore> {
        Bus::gate(self)
    }

    fn max_payload(&self) -> usize {
        Bus::max_payload(self)
    }

    fn decode(&self, body: &Bytes) -> Decoded {
        self.cache().decode(body)
    }
}

/// What all our consumers have in common: nothing to acknowledge, nothing to keep, nothing left behind.
pub(crate) fn ephemeral() -> push::Config {
    push::Config {
        ack_policy: AckPolicy::None,
        flow_control: true, // the broker holds back what we have not read
        idle_heartbeat: HEARTBEAT,
        memory_storage: true,
        num_replicas: 1,
        inactive_threshold: CONSUMER_LINGERS,
        ..Default::default()
    }
}

pub(crate) async fn next(stream: &Stream<()>, subject: &str, sequence: u64) -> Result<Option<Entry>> {
    found(stream.direct_get_next_for_subject(subject, Some(sequence)).await)
}

pub(crate) async fn last_of_leader(stream: &Stream<()>, subject: &str) -> Result<Option<Entry>> {
    match stream.get_last_raw_message_by_subject(subject).await {
        Ok(message) => Entry::of(message).map(Some),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn found(answer: Result<StreamMessage, DirectGetError>) -> Result<Option<Entry>> {
    match answer {
        Ok(message) => Entry::of(message).map(Some),
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Another publisher was first; only seen on streams with replicas, where 10071 is not the only answer.
const SEQUENCE_CONSTRAINT: ErrorCode = ErrorCode(10164);
const STORE_FULL: ErrorCode = ErrorCode(10023);
const STREAM_FULL: ErrorCode = ErrorCode(10077);

fn fate(error: PublishError) -> Unstored {
    if error.kind() == PublishErrorKind::WrongLastSequence {
        return Unstored::Refused;
    }
    match code_of(&error) {
        Some(SEQUENCE_CONSTRAINT) => Unstored::Refused,
        Some(STORE_FULL | STREAM_FULL) => Unstored::Full(error.to_string()),
        _ => Unstored::Unknown(error.to_string()),
    }
}

fn code_of(error: &PublishError) -> Option<ErrorCode> {
    let source = std::error::Error::source(error)?;
    Some(source.downcast_ref::<async_nats::jetstream::Error>()?.error_code())
}
