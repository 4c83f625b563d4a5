//! Finding an ordinal in a stream. The ordinal decides; a sequence is only a hint where to look.

use crate::Entry;
use anyhow::Result;
use async_nats::jetstream::{
    message::StreamMessage,
    stream::{DirectGetErrorKind, RawMessageErrorKind, Stream},
};
use bellwether_schemas::Ordinal;

/// How far a fold has come in its source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) ordinal: Ordinal,
    /// Sequence of that ordinal when it was folded; a hint.
    pub(crate) sequence: u64,
}

/// Where to start reading so that nothing after the mark is missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) sequence: u64,
    /// The message just before is the one at the mark, so the next numbered message must be the next ordinal.
    pub(crate) exact: bool,
}

/// The mark's sequence is used only if the message there carries its ordinal. Otherwise the source was replaced or went
/// back: halve until a message is found that is not after the mark, and let the ordinals sort it out.
pub(crate) async fn locate(stream: &Stream<()>, subject: &str, mark: Mark) -> Result<Start> {
    let mut from = mark.sequence;
    while mark.ordinal > 0 && from > 1 {
        match next(stream, subject, from).await? {
            Some(entry) if entry.sequence == mark.sequence && entry.ordinal == Some(mark.ordinal) => {
                return Ok(Start { sequence: from + 1, exact: true });
            }
            Some(entry) if entry.ordinal.is_some_and(|ordinal| ordinal <= mark.ordinal) => {
                return Ok(Start { sequence: from, exact: false });
            }
            _ => from /= 2,
        }
    }
    Ok(Start { sequence: 1, exact: false })
}

/// The first message on `subject` at `sequence` or after it.
pub(crate) async fn next(stream: &Stream<()>, subject: &str, sequence: u64) -> Result<Option<Entry>> {
    found(stream.direct_get_next_for_subject(subject, Some(sequence)).await)
}

/// The last message on `subject`; a replica may answer, so it may be late.
pub(crate) async fn last(stream: &Stream<()>, subject: &str) -> Result<Option<Entry>> {
    found(stream.direct_get_last_for_subject(subject).await)
}

/// The message at `sequence`.
pub(crate) async fn at(stream: &Stream<()>, sequence: u64) -> Result<Option<Entry>> {
    found(stream.direct_get(sequence).await)
}

/// The last message on `subject`, from the leader: never late.
pub(crate) async fn last_of_leader(stream: &Stream<()>, subject: &str) -> Result<Option<Entry>> {
    match stream.get_last_raw_message_by_subject(subject).await {
        Ok(message) => Entry::of(message).map(Some),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn found(answer: Result<StreamMessage, async_nats::jetstream::stream::DirectGetError>) -> Result<Option<Entry>> {
    match answer {
        Ok(message) => Entry::of(message).map(Some),
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The last message on `subject` that is numbered, and the sequence of the very last one, ours or not.
///
/// Anybody with the right to publish can put a message without an ordinal behind ours; it must not hide our own.
pub(crate) async fn last_numbered(stream: &Stream<()>, subject: &str) -> Result<(Option<Entry>, u64)> {
    let Some(last) = last_of_leader(stream, subject).await? else { return Ok((None, 0)) };
    let revision = last.sequence;
    if last.ordinal.is_some() {
        return Ok((Some(last), revision));
    }
    let mut step = 16;
    while step < revision * 2 {
        let from = revision.saturating_sub(step).max(1);
        if let Some(entry) = last_numbered_between(stream, subject, from, revision).await? {
            return Ok((Some(entry), revision));
        }
        step *= 4;
    }
    Ok((None, revision))
}

async fn last_numbered_between(stream: &Stream<()>, subject: &str, from: u64, to: u64) -> Result<Option<Entry>> {
    let (mut at, mut best) = (from, None);
    while let Some(entry) = next(stream, subject, at).await?.filter(|entry| entry.sequence < to) {
        at = entry.sequence + 1;
        if entry.ordinal.is_some() {
            best = Some(entry);
        }
    }
    Ok(best)
}
