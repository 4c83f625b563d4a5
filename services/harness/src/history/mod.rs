//! Reading the past of one subject.

mod reading;
mod row;

use crate::{Bus, Entry, broker::Broker};
use anyhow::{Context as _, Result};
use async_nats::jetstream::stream::Stream;
use bellwether_schemas::Ordinal;
use jiff::Timestamp;
use reading::Reading;
use row::Row;

/// Where a numbered log begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// Its first ordinal.
    pub first: Ordinal,
    /// Its last ordinal.
    pub last: Ordinal,
    /// Sequence of the last message of the subject, numbered or not.
    pub sequence: u64,
    /// When the stream was made: sequences of two streams cannot be compared.
    pub created: Timestamp,
}

/// The last message of a subject.
///
/// # Errors
/// When the broker cannot be asked.
pub async fn last(bus: &Bus, stream: &str, subject: &str) -> Result<Option<Entry>> {
    bus.last_of_leader(stream, subject).await
}

/// The message at a sequence of a stream.
///
/// # Errors
/// When the broker cannot be asked.
pub async fn message(bus: &Bus, stream: &str, sequence: u64) -> Result<Option<Entry>> {
    bus.at(stream, sequence).await
}

/// Where the row of ordinals of a subject begins and ends; `None` when it holds no numbered message.
///
/// # Errors
/// When the broker cannot be asked.
pub async fn ends(bus: &Bus, stream: &str, subject: &str) -> Result<Option<Ends>> {
    let stream = bus.js().get_stream_no_info(stream).await?;
    let row = Row::survey(bus, &stream, subject).await?;
    Ok(row.map(|Row { first, last, sequence, created, .. }| Ends { first, last, sequence, created }))
}

/// Up to `limit` messages of a subject whose ordinals follow on each other, from ordinal `from` on. Messages past that
/// numbering are left out; of two with one ordinal the first counts.
///
/// # Errors
/// When the broker cannot be asked, or falls silent in the middle.
pub async fn row(bus: &Bus, stream: &str, subject: &str, from: Ordinal, limit: usize) -> Result<Vec<Entry>> {
    let stream = bus.js().get_stream_no_info(stream).await.context("stream")?;
    let Some(row) = Row::survey(bus, &stream, subject).await? else { return Ok(Vec::new()) };
    let mut next = from.max(row.first);
    let Some(start) = row.place(&stream, subject, next).await? else { return Ok(Vec::new()) };
    let reading = Reading { bus, stream: &stream, subject, start, headers_only: false };
    let in_row = |entry: &Entry| {
        let fits = entry.ordinal == Some(next);
        next += u64::from(fits);
        fits
    };
    reading.take(limit, in_row).await
}

/// Up to `limit` messages of a subject in order that carry an ordinal of `from` or more, whether or not they continue
/// the row.
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
    let start = match from {
        0 | 1 => 1,
        from => match Row::survey(bus, &stream, subject).await? {
            Some(row) => row.place(&stream, subject, from).await?.unwrap_or(1),
            None => 1,
        },
    };
    let reading = Reading { bus, stream: &stream, subject, start, headers_only };
    reading.take(limit, |entry| entry.ordinal.is_some_and(|ordinal| ordinal >= from)).await
}

/// Every message of a subject, numbered or not, without the bodies.
pub(crate) async fn everything(bus: &Bus, stream: &Stream<()>, subject: &str) -> Result<Vec<Entry>> {
    Reading { bus, stream, subject, start: 1, headers_only: true }.take(usize::MAX, |_| true).await
}
