use crate::{Bus, Entry, broker};
use anyhow::Result;
use async_nats::jetstream::stream::Stream;
use bellwether_schemas::Ordinal;
use futures::TryStreamExt;
use jiff::Timestamp;

/// The row of ordinals on one subject, and where it lies in the stream.
///
/// Anybody with the right to publish can put a message past our numbering, and then neither a sequence nor an ordinal
/// says where the others are. As long as nobody did, there are as many messages as ordinals from the first to the last:
/// that takes three requests to know. Otherwise the headers of the subject are walked.
pub(super) struct Row {
    pub(super) first: Ordinal,
    pub(super) last: Ordinal,
    /// Sequence of the last message, ours or not.
    pub(super) sequence: u64,
    /// When the stream was made.
    pub(super) created: Timestamp,
    places: Places,
}

enum Places {
    /// Ordinals rise with sequences.
    Rising,
    /// Sequence of each ordinal from the first on.
    Listed(Vec<u64>),
}

impl Row {
    /// `None` for a subject that holds no numbered message.
    pub(super) async fn survey(bus: &Bus, stream: &Stream<()>, subject: &str) -> Result<Option<Self>> {
        let Some(last) = broker::last_of_leader(stream, subject).await? else { return Ok(None) };
        let first = broker::next(stream, subject, 1).await?.and_then(|entry| entry.ordinal);
        let mut info = stream.info_with_subjects(subject).await?;
        let created = crate::entry::timestamp(info.info.created.unix_timestamp_nanos())?;
        let count = info.try_next().await?.map_or(0, |(_, count)| count as u64);
        let sequence = last.sequence;
        match (first, last.ordinal) {
            (Some(first), Some(last))
                if last.checked_sub(first).and_then(|more| more.checked_add(1)) == Some(count) =>
            {
                Ok(Some(Self { first, last, sequence, created, places: Places::Rising }))
            }
            _ => Ok(Self::walked(&super::everything(bus, stream, subject).await?, sequence, created)),
        }
    }

    fn walked(all: &[Entry], sequence: u64, created: Timestamp) -> Option<Self> {
        let ordinals = || all.iter().filter_map(|entry| entry.ordinal);
        // Logs begin with 1. One that does not was cut, and begins with what is left of it.
        let first = if ordinals().any(|ordinal| ordinal == 1) { 1 } else { ordinals().next()? };
        let mut places = Vec::new();
        for entry in all {
            if entry.ordinal == Some(first + places.len() as u64) {
                places.push(entry.sequence);
            }
        }
        let last = first + places.len() as u64 - 1;
        Some(Self { first, last, sequence, created, places: Places::Listed(places) })
    }

    /// Sequence of the message with that ordinal.
    pub(super) async fn place(&self, stream: &Stream<()>, subject: &str, ordinal: Ordinal) -> Result<Option<u64>> {
        if !(self.first..=self.last).contains(&ordinal) {
            return Ok(None);
        }
        match &self.places {
            Places::Listed(places) => Ok(places.get((ordinal - self.first) as usize).copied()),
            Places::Rising if ordinal == self.first => Ok(Some(1)),
            Places::Rising => self.search(stream, subject, ordinal).await.map(Some),
        }
    }

    /// By bisection, after a guess that is right where the stream holds one subject only.
    async fn search(&self, stream: &Stream<()>, subject: &str, ordinal: Ordinal) -> Result<u64> {
        let (mut low, mut high) = (1, self.sequence);
        let mut middle = self.sequence.saturating_sub(self.last - ordinal).max(1);
        while low < high {
            match broker::next(stream, subject, middle).await? {
                Some(entry) if entry.ordinal == Some(ordinal) => return Ok(entry.sequence),
                Some(entry) if entry.ordinal < Some(ordinal) => low = entry.sequence + 1,
                _ => high = middle,
            }
            middle = u64::midpoint(low, high);
        }
        Ok(low)
    }
}
