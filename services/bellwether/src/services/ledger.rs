//! Adds sessions to a universe's log of bars, each once and in order.

use anyhow::{Result, bail};
use bellwether_harness::{
    Bus, history,
    publish::{Numbered, Published, Publisher},
};
use bellwether_schemas::{Bars, Date, Key, Ordinal, Refusal, bars, codec, names, names::header};
use bytes::Bytes;
use std::collections::BTreeMap;

/// The log of bars of one universe, as far as it must be known to add to it.
pub(crate) struct Ledger {
    bus: Bus,
    key: Key,
    publisher: Publisher,
    held: Held,
}

/// Digest of each session's bars.
type Held = BTreeMap<Date, String>;

/// What became of a session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is the next of the log.
    New(Ordinal),
    /// The log has it, byte for byte.
    Unchanged,
    /// It contradicts the log.
    Refused(Refusal),
}

impl Ledger {
    /// Reads which sessions a universe has.
    ///
    /// # Errors
    /// When the log cannot be read, or the universe's scans come from another scanner.
    pub(crate) async fn open(bus: &Bus, key: &Key, code: &str) -> Result<Self> {
        let scans = history::last(bus, names::SCANS, &names::scan_subject(key)).await?;
        if scans.is_some_and(|last| last.cause_ordinal().is_none()) {
            bail!("universe {:?} holds scans of another scanner; give the bars another name", key.universe());
        }
        let publisher = Publisher::attach(bus, names::BARS, &names::bars_subject(key), key, code).await?;
        let mut ledger = Self { bus: bus.clone(), key: key.clone(), publisher, held: Held::new() };
        ledger.read().await?;
        Ok(ledger)
    }

    /// How many sessions the log has.
    pub(crate) fn len(&self) -> Ordinal {
        self.publisher.next() - 1
    }

    /// Adds sessions in order of dates, together where all of them come next.
    ///
    /// # Errors
    /// When they cannot be stored.
    pub(crate) async fn add_all(&mut self, sessions: &[Bars]) -> Result<Vec<Fate>> {
        let bodies: Vec<Bytes> = sessions.iter().map(|session| codec::encode(session).into()).collect();
        let fresh = self.held.last_key_value().is_none_or(|(last, _)| sessions.iter().all(|bars| bars.session > *last));
        let first = self.publisher.next();
        let numbered: Vec<_> = sessions.iter().zip(&bodies).map(|(bars, body)| numbered(bars, body.clone())).collect();
        if fresh && self.publisher.put_together(&numbered).await {
            self.held.extend(numbered.iter().map(|message| (message.session, codec::digest(&message.body))));
            return Ok((first..self.publisher.next()).map(Fate::New).collect());
        }
        let mut fates = Vec::with_capacity(sessions.len());
        for (session, body) in sessions.iter().zip(bodies) {
            fates.push(self.add_body(session, body).await?);
        }
        Ok(fates)
    }

    /// Adds a session, unless the log has it or is past it.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub(crate) async fn add(&mut self, session: &Bars) -> Result<Fate> {
        self.add_body(session, codec::encode(session).into()).await
    }

    async fn add_body(&mut self, session: &Bars, body: Bytes) -> Result<Fate> {
        loop {
            if let Some(fate) = settled(&self.held, session.session, &codec::digest(&body)) {
                return Ok(fate);
            }
            match self.publisher.put(&numbered(session, body.clone())).await? {
                Published::Stored(ordinal) => {
                    self.held.insert(session.session, codec::digest(&body));
                    return Ok(Fate::New(ordinal));
                }
                // Somebody else adds to the same universe; what is there now decides anew.
                Published::Overtaken => self.read().await?,
            }
        }
    }

    async fn read(&mut self) -> Result<()> {
        let subject = names::bars_subject(&self.key);
        let entries = history::headers(&self.bus, names::BARS, &subject, 1, usize::MAX).await?;
        self.held = entries
            .iter()
            .filter_map(|entry| {
                let session = entry.header(header::SESSION)?.parse().ok()?;
                Some((session, entry.header(header::DIGEST)?.to_owned()))
            })
            .collect();
        self.publisher.refresh().await
    }
}

fn numbered(session: &Bars, body: Bytes) -> Numbered<'static> {
    Numbered { schema: bars::SCHEMA, scan_id: None, session: session.session, body }
}

/// The fate of a session the log has or is past; `None` when it comes next.
fn settled(held: &Held, session: Date, digest: &str) -> Option<Fate> {
    match (held.get(&session), held.last_key_value()) {
        (Some(known), _) if known == digest => Some(Fate::Unchanged),
        (Some(_), _) => {
            let expected = "the bars already stored for it (changing stored sessions is not possible yet)";
            Some(Fate::Refused(Refusal::new("session", format!("{session} with other bars"), expected)))
        }
        (None, Some((last, _))) if session < *last => {
            let expected = format!("a date after {last}, the last one stored (filling gaps is not possible yet)");
            Some(Fate::Refused(Refusal::new("session", session, expected)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_next_known_changed_or_too_late() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let held = Held::from([(date("2026-11-18"), "a".to_owned()), (date("2026-11-20"), "b".to_owned())]);
        assert_eq!(settled(&held, date("2026-11-23"), "c"), None);
        assert_eq!(settled(&Held::new(), date("2026-11-23"), "c"), None);
        assert_eq!(settled(&held, date("2026-11-18"), "a"), Some(Fate::Unchanged));
        for (session, digest, said) in [("2026-11-20", "c", "other bars"), ("2026-11-19", "c", "2026-11-20")] {
            let Some(Fate::Refused(refusal)) = settled(&held, date(session), digest) else { panic!("not refused") };
            assert!(refusal.to_string().contains(said), "{refusal}");
        }
    }
}
