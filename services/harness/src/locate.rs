//! Finding an ordinal in a stream. The ordinal decides; a sequence is only a hint where to look.

use crate::{Entry, broker::Broker};
use anyhow::{Context as _, Result};
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
pub(crate) async fn locate(broker: &impl Broker, stream: &str, subject: &str, mark: Mark) -> Result<Start> {
    #[cfg(test)]
    if crate::sim::left_out(crate::sim::Mutant::BelievedHint) {
        return Ok(Start { sequence: mark.sequence + 1, exact: true });
    }
    let mut from = mark.sequence;
    while mark.ordinal > 0 && from > 1 {
        match broker.next(stream, subject, from).await? {
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

/// Sequence of the first message with an ordinal of `from` or above, by bisection: ordinals rise with sequences.
pub(crate) async fn find(broker: &impl Broker, stream: &str, subject: &str, from: Ordinal) -> Result<u64> {
    if from <= 1 {
        return Ok(1);
    }
    let Some(last) = broker.last(stream, subject).await? else { return Ok(1) };
    let (mut low, mut high) = (1, last.sequence);
    while low < high {
        let middle = u64::midpoint(low, high);
        match broker.next(stream, subject, middle).await? {
            Some(entry) if entry.ordinal.is_none_or(|ordinal| ordinal < from) => low = entry.sequence + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The message with this ordinal. `hint` is where it was once.
pub(crate) async fn numbered(
    broker: &impl Broker,
    stream: &str,
    subject: &str,
    ordinal: Ordinal,
    hint: u64,
) -> Result<Option<Entry>> {
    let wanted = |entry: &Entry| entry.subject == subject && entry.ordinal == Some(ordinal);
    if let Some(entry) = broker.at(stream, hint).await?.filter(wanted) {
        return Ok(Some(entry));
    }
    let found = find(broker, stream, subject, ordinal).await?;
    if let Some(entry) = broker.next(stream, subject, found).await?.filter(wanted) {
        return Ok(Some(entry));
    }
    // Messages past our numbering lead a search astray.
    let all = broker.headers(stream, subject).await?;
    let Some(place) = all.iter().find(|entry| wanted(entry)) else { return Ok(None) };
    broker.at(stream, place.sequence).await
}

/// The end of the row 1, 2, 3 … on `subject`, and the sequence of the very last message, ours or not.
///
/// Anybody with the right to publish can put a message past our numbering: without an ordinal, or with one that jumps
/// or comes again. It must neither hide the end of the row nor move it. As long as nobody did, the number of messages
/// is the last ordinal, and one look is enough.
pub(crate) async fn end_of_row(broker: &impl Broker, stream: &str, subject: &str) -> Result<(Option<Entry>, u64)> {
    let Some(last) = broker.last_of_leader(stream, subject).await? else { return Ok((None, 0)) };
    let revision = last.sequence;
    if last.ordinal == Some(broker.count(stream, subject).await?) {
        return Ok((Some(last), revision));
    }
    let all = broker.headers(stream, subject).await?;
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
        Some(sequence) if sequence == revision => Ok((Some(last), revision)),
        // A replica may not have heard of it yet. An empty log is not what that means.
        Some(sequence) => {
            let end = broker.at(stream, sequence).await?;
            Ok((Some(end.with_context(|| format!("{stream} does not show {sequence} yet"))?), revision))
        }
    }
}
