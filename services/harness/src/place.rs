//! Where a delivered message stands in the row of ordinals.

use crate::{Entry, broker::Broker, follow::Batch, rejects, rejects::Cause, rejects::Rejected};
use anyhow::{Result, bail};
use bellwether_schemas::{Key, Ordinal};

/// Keeps count of the ordinals a fold has taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// Last ordinal folded.
    pub(crate) ordinal: Ordinal,
    /// Last ordinal of the unbroken row delivered in this attachment, once it is known where in the row we are. From
    /// there on a number that does not continue the row stands so in the log.
    row: Option<Ordinal>,
}

/// What a delivered message is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Folded before.
    Old,
    /// The next one.
    Next(Ordinal),
    /// None of ours: it was published past our numbering. Why, in one sentence.
    Stray(String),
}

impl Place {
    /// After reading the checkpoint. A log that is never cut at its start begins with ordinal 1.
    pub(crate) fn at(ordinal: Ordinal, never_cut: bool) -> Self {
        Self { ordinal, row: (never_cut && ordinal == 0).then_some(0) }
    }

    /// Before the messages of a batch. An unbroken one continues where the checkpoint stands.
    pub(crate) fn begin(&mut self, batch: &Batch<'_>) {
        if self.row.is_none() && batch.unbroken {
            self.row = Some(self.ordinal);
        }
    }

    /// Says what `entry` is.
    ///
    /// # Errors
    /// When an ordinal is missing before it and it cannot be told why: attach again, never guess.
    pub(crate) fn turn(&mut self, entry: &Entry) -> Result<Turn> {
        let Some(ordinal) = entry.ordinal else {
            return Ok(Turn::Stray("it carries no Bw-Ordinal".to_owned()));
        };
        match self.row {
            Some(row) if ordinal != row + 1 => {
                return Ok(Turn::Stray(format!("its Bw-Ordinal is {ordinal}; expected {}", row + 1)));
            }
            None if ordinal > self.ordinal + 1 => bail!("ordinal {} is missing before {ordinal}", self.ordinal + 1),
            None if ordinal < self.ordinal => return Ok(Turn::Old),
            _ => self.row = Some(ordinal),
        }
        Ok(if ordinal <= self.ordinal { Turn::Old } else { Turn::Next(ordinal) })
    }

    /// After folding, or adopting what another copy folded.
    pub(crate) fn advance(&mut self, ordinal: Ordinal) {
        self.ordinal = ordinal;
    }
}

/// Records a message that stands in a log of ours and is none of ours.
pub(crate) async fn record_stray(
    broker: &impl Broker,
    service: &str,
    key: &Key,
    stream: &str,
    entry: &Entry,
    reason: &str,
) -> Result<()> {
    tracing::warn!(%key, stream, sequence = entry.sequence, reason, "a message that is none of ours; skipped");
    // Its ordinal means nothing, so only its place tells whether it is recorded already.
    let cause = Some(Cause { stream, sequence: entry.sequence, ordinal: None });
    rejects::record_on(broker, &Rejected { service, key, reason, cause, body: entry.body.clone() }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(ordinal: Option<Ordinal>) -> Entry {
        Entry {
            subject: "scan.completed.live.u".to_owned(),
            key: Key::live("u").unwrap(),
            sequence: 1,
            ordinal,
            headers: async_nats::HeaderMap::new(),
            body: bytes::Bytes::new(),
            stored_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_next_ordinal_is_taken_and_earlier_ones_are_not() {
        let mut place = Place::at(4, true);
        assert_eq!(place.turn(&entry(Some(4))).unwrap(), Turn::Old);
        assert_eq!(place.turn(&entry(Some(5))).unwrap(), Turn::Next(5));
    }

    #[test]
    fn a_jump_is_a_loss_until_our_own_ordinal_was_seen() {
        let mut place = Place::at(4, true);
        assert!(place.turn(&entry(Some(9))).is_err());
        place.turn(&entry(Some(4))).unwrap();
        assert!(matches!(place.turn(&entry(Some(9))).unwrap(), Turn::Stray(_)));
        assert_eq!(place.turn(&entry(Some(5))).unwrap(), Turn::Next(5));
    }

    #[test]
    fn a_number_that_comes_again_is_a_stray_but_not_while_catching_up() {
        let mut place = Place::at(4, true);
        for old in [2, 3, 4] {
            assert_eq!(place.turn(&entry(Some(old))).unwrap(), Turn::Old);
        }
        assert!(matches!(place.turn(&entry(Some(3))).unwrap(), Turn::Stray(_)));
        assert_eq!(place.turn(&entry(Some(5))).unwrap(), Turn::Next(5));
    }

    #[test]
    fn what_another_copy_folded_first_is_old_and_no_stray() {
        let mut place = Place::at(4, true);
        place.turn(&entry(Some(4))).unwrap();
        assert_eq!(place.turn(&entry(Some(5))).unwrap(), Turn::Next(5));
        place.advance(7);
        assert_eq!(place.turn(&entry(Some(6))).unwrap(), Turn::Old);
        assert_eq!(place.turn(&entry(Some(7))).unwrap(), Turn::Old);
        assert_eq!(place.turn(&entry(Some(8))).unwrap(), Turn::Next(8));
    }

    #[test]
    fn a_message_without_an_ordinal_is_a_stray_anywhere() {
        assert!(matches!(Place::at(0, false).turn(&entry(None)).unwrap(), Turn::Stray(_)));
    }

    #[test]
    fn the_first_message_of_a_log_that_may_be_cut_is_never_guessed_at() {
        assert!(Place::at(0, false).turn(&entry(Some(2))).is_err());
        assert!(matches!(Place::at(0, true).turn(&entry(Some(2))).unwrap(), Turn::Stray(_)));
    }
}
