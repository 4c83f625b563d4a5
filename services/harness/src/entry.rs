use anyhow::{Context as _, Result};
use async_nats::{HeaderMap, jetstream};
use bellwether_schemas::{Key, Ordinal, Refusal, names, names::header};
use bytes::Bytes;
use jiff::Timestamp;

/// One stored message of a numbered log.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Subject it was published to.
    pub subject: String,
    /// Lane and universe.
    pub key: Key,
    /// Sequence in its stream.
    pub sequence: u64,
    /// Position within the key; `None` when the message carries none, so is none of ours.
    pub ordinal: Option<Ordinal>,
    /// Headers, see [`header`].
    pub headers: HeaderMap,
    /// Body; empty where only headers were asked for.
    pub body: Bytes,
    /// When the broker stored it. Says nothing about the market.
    pub stored_at: Timestamp,
}

impl Entry {
    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        header_text(&self.headers, name)
    }

    /// Ordinal of the message that triggered this one.
    pub fn cause_ordinal(&self) -> Option<Ordinal> {
        self.header(header::CAUSE_ORDINAL)?.parse().ok()
    }

    /// Stream and sequence of the message that triggered this one.
    pub fn cause(&self) -> Option<(&str, u64)> {
        let (stream, sequence) = self.header(header::CAUSE)?.split_once(':')?;
        Some((stream, sequence.parse().ok()?))
    }

    pub(crate) fn of(message: jetstream::message::StreamMessage) -> Result<Self> {
        Ok(Self {
            key: names::key_of(&message.subject)?,
            sequence: message.sequence,
            ordinal: ordinal_of(&message.headers),
            stored_at: timestamp(message.time.unix_timestamp_nanos())?,
            subject: message.subject.into_string(),
            headers: message.headers,
            body: message.payload,
        })
    }
}

/// One message as a consumer delivers it.
pub(crate) struct Delivery {
    /// The message, unless its subject names no key: then it is none of ours.
    pub(crate) entry: Result<Entry, Refusal>,
    /// Sequence in its stream.
    pub(crate) sequence: u64,
    /// Counts deliveries of this consumer: a hole means that a message was lost on the way.
    pub(crate) consumer_sequence: u64,
    /// How many messages the consumer still holds back.
    pub(crate) pending: u64,
}

impl Delivery {
    pub(crate) fn of(message: jetstream::Message) -> Result<Self> {
        let info = message.info().map_err(|error| anyhow::anyhow!(error)).context("delivery without its place")?;
        let (consumer_sequence, pending, sequence) = (info.consumer_sequence, info.pending, info.stream_sequence);
        let stored_at = timestamp(info.published.unix_timestamp_nanos())?;
        let message = message.message;
        let headers = message.headers.unwrap_or_default();
        let entry = names::key_of(&message.subject).map(|key| Entry {
            key,
            sequence,
            ordinal: ordinal_of(&headers),
            stored_at,
            subject: message.subject.into_string(),
            headers,
            body: message.payload,
        });
        Ok(Self { entry, sequence, consumer_sequence, pending })
    }
}

pub(crate) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(async_nats::HeaderValue::as_str)
}

/// Ordinals start at 1; a 0 or anything unreadable is no ordinal.
pub(crate) fn ordinal_of(headers: &HeaderMap) -> Option<Ordinal> {
    header_text(headers, header::ORDINAL)?.parse().ok().filter(|&ordinal| ordinal > 0)
}

pub(crate) fn timestamp(nanoseconds: i128) -> Result<Timestamp> {
    Timestamp::from_nanosecond(nanoseconds).context("time of the message")
}
