//! Finding an ordinal in a stream. The ordinal decides; a sequence is only a hint where to look.

use crate::{Bus, Entry};
use anyhow::Result;
use async_nats::jetstream::{
    message::StreamMessage,
    stream::{DirectGetErrorKind, RawMessageErrorKind, Stream},
};
use bellwether_schemas::Ordinal;
use futures::TryStreamExt;

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

/// The end of the row 1, 2, 3 … on `subject`, and the sequence of the very last message, ours or not.
///
/// Anybody with the right to publish can put a message past our numbering: without an ordinal, or with one that jumps
/// or comes again. It must neither hide the end of the row nor move it. As long as nobody did, the number of messages
/// is the last ordinal, and one look is enough.
pub(crate) async fn end_of_row(bus: &Bus, stream: &Stream<()>, subject: &str) -> Result<(Option<Entry>, u64)> {
    let Some(last) = last_of_leader(stream, subject).await? else { return Ok((None, 0)) };
    let revision = last.sequence;
    if last.ordinal == Some(count(stream, subject).await?) {
        return Ok((Some(last), revision));
    }
    let all = crate::history::everything(bus, stream, subject).await?;
    let mut row = 0;
    let mut end = None;
    for entry in all.iter().filter(|entry| entry.sequence <= revision) {
        if entry.ordinal == Some(row + 1) {
            row += 1;
            end = Some(entry.sequence);
        }
    }
    match end {
        None => Ok((None, revision)),
        Some(sequence) => Ok((at(stream, sequence).await?, revision)),
    }
}

async fn count(stream: &Stream<()>, subject: &str) -> Result<u64> {
    let mut subjects = stream.info_with_subjects(subject).await?;
    Ok(subjects.try_next().await?.map_or(0, |(_, count)| count as u64))
}
