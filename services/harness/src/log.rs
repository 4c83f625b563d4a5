//! The log a fold writes: one key of a bucket, or one subject of a stream.

use crate::{
    Bus, Entry,
    backoff::Backoff,
    batch,
    broker::{Broker, Unstored},
    health::Track,
    locate,
};
use anyhow::{Context as _, Result, bail, ensure};
use async_nats::HeaderMap;
use bellwether_schemas::{Ordinal, codec, names, names::header};
use bytes::Bytes;
use std::time::Duration;

/// Where the next value goes.
#[derive(Debug)]
pub(crate) struct OutputLog<B = Bus> {
    bus: B,
    kind: Kind,
    stream: String,
    subject: String,
    /// Sequence of the last message on the subject; the next put names it.
    revision: u64,
    /// Connections counted when the last value was read: after another one it has to be read again.
    connection: u64,
}

/// Who writes a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Copies of one worker alone; what cannot be read there is a fault.
    Own,
    /// Anybody may publish there; it is never cut at its start.
    Shared,
}

/// What became of a put.
pub(crate) enum Appended {
    /// Stored, by us or byte for byte the same by another copy of us.
    Stored,
    /// The ordinal holds other bytes; what is stored is the truth.
    Differs(Entry),
    /// Another copy of us is further.
    Newer(Entry),
}

/// A message to be stored.
pub(crate) struct Draft {
    pub(crate) ordinal: Ordinal,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl<B: Broker> OutputLog<B> {
    pub(crate) fn new(bus: B, kind: Kind, stream: String, subject: String) -> Self {
        Self { bus, kind, stream, subject, revision: 0, connection: 0 }
    }

    /// Whether the connection was replaced since the last value was read.
    pub(crate) fn reconnected(&self) -> bool {
        *self.bus.connections().borrow() != self.connection
    }

    /// Reads the last value from the leader and remembers which revision the next put has to follow.
    pub(crate) async fn load(&mut self) -> Result<Option<Entry>> {
        let connection = *self.bus.connections().borrow();
        let (entry, revision) = match self.kind {
            Kind::Shared => locate::end_of_row(&self.bus, &self.stream, &self.subject).await?,
            Kind::Own => {
                let last = self.bus.last_of_leader(&self.stream, &self.subject).await?;
                let revision = last.as_ref().map_or(0, |entry| entry.sequence);
                (last, revision)
            }
        };
        // Only now: after a read that failed, what we remember is still of the connection before.
        (self.connection, self.revision) = (connection, revision);
        Ok(entry)
    }

    /// Stores the next value; waits for room and through outages, and never stores it twice.
    pub(crate) async fn append(&mut self, draft: &Draft, health: &Track) -> Result<Appended> {
        let mut pause = Backoff::new(Duration::from_millis(20), Duration::from_secs(2));
        loop {
            // Rule 5: from a new connection on, what we remember of our own log may be wrong.
            ensure!(!self.reconnected(), "reconnected");
            match self.attempt(draft).await? {
                Ok(revision) => {
                    self.revision = revision;
                    return Ok(Appended::Stored);
                }
                Err(Unstored::Refused) => {}
                #[cfg(test)]
                Err(Unstored::Unknown(_)) if crate::sim::left_out(crate::sim::Mutant::UnansweredIsStored) => {
                    return Ok(Appended::Stored);
                }
                Err(Unstored::Unknown(error)) => {
                    tracing::debug!(self.subject, error, "no answer to a put; looking");
                    pause.wait().await;
                }
                Err(Unstored::Full(error)) => {
                    tracing::warn!(self.subject, error, "the broker has no room; holding");
                    health.hold(format!("the broker has no room: {error}"));
                    pause.wait().await;
                    continue;
                }
            }
            if let Some(appended) = self.look(draft).await? {
                return Ok(appended);
            }
            pause.wait().await;
        }
    }

    /// Stores many values at once, if that pays and succeeds. `false` says that nothing is known: put each.
    pub(crate) async fn append_batch(&mut self, drafts: &[Draft]) -> bool {
        let limit = self.bus.max_payload();
        let (count, bytes) = (drafts.len(), drafts.iter().map(|draft| draft.body.len()).sum::<usize>());
        let fits = (batch::FROM..=batch::MOST).contains(&count) && bytes <= batch::MOST_BYTES;
        if !fits || drafts.iter().any(|draft| draft.body.len() > limit) || self.reconnected() {
            return false;
        }
        match self.bus.put_batch(&self.subject, drafts, self.revision).await {
            Ok(revision) => {
                self.revision = revision;
                true
            }
            Err(error) => {
                tracing::debug!(self.subject, error = format!("{error:#}"), "a batch was not taken; putting each");
                false
            }
        }
    }

    /// Rule 9: after a put that was refused or not answered, what is stored decides. `None`: put it again.
    async fn look(&mut self, draft: &Draft) -> Result<Option<Appended>> {
        let before = self.revision;
        let last = self.load().await.context("look")?;
        let ordinal = last.as_ref().and_then(|entry| entry.ordinal).unwrap_or(0);
        ensure!(ordinal + 1 >= draft.ordinal, "our own log went back: it ends at {ordinal}");
        ensure!(self.revision >= before, "our own log went back: it ends at sequence {}", self.revision);
        Ok(match last {
            Some(entry) if ordinal > draft.ordinal => Some(Appended::Newer(entry)),
            Some(entry) if ordinal == draft.ordinal && entry.body != draft.body => Some(Appended::Differs(entry)),
            Some(_) if ordinal == draft.ordinal => Some(Appended::Stored),
            _ => None,
        })
    }

    /// Fails for what the broker will never take.
    pub(crate) fn check_size(&self, draft: &Draft) -> Result<()> {
        let limit = self.bus.max_payload();
        if limit > 0 && draft.body.len() > limit {
            bail!("{} bytes for {}; the broker takes at most {limit} (max_payload)", draft.body.len(), self.subject);
        }
        Ok(())
    }

    async fn attempt(&self, draft: &Draft) -> Result<Result<u64, Unstored>> {
        self.check_size(draft)?;
        Ok(self.bus.put(&self.subject, draft.headers.clone(), draft.body.clone(), self.revision).await)
    }
}

/// The headers every stored message of ours carries.
pub(crate) struct Provenance<'a> {
    pub(crate) ordinal: Ordinal,
    pub(crate) scan_id: Option<&'a str>,
    pub(crate) schema: &'a str,
    pub(crate) code: &'a str,
    pub(crate) body: &'a [u8],
}

impl Provenance<'_> {
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORDINAL, self.ordinal.to_string());
        if let Some(id) = self.scan_id {
            headers.insert(header::SCAN, id);
        }
        headers.insert(header::SCHEMA, self.schema);
        headers.insert(header::CODE, self.code);
        headers.insert(header::DIGEST, codec::digest(self.body));
        headers.insert(header::CONTENT_TYPE, names::MSGPACK);
        headers
    }

    /// Adds where the message came from. `root` is the sequence of the scan in SCANS.
    pub(crate) fn caused_by(&self, cause: &Entry, stream: &str, root: Option<u64>) -> HeaderMap {
        let mut headers = self.headers();
        headers.insert(header::CAUSE, format!("{stream}:{}", cause.sequence));
        if let Some(ordinal) = cause.ordinal {
            headers.insert(header::CAUSE_ORDINAL, ordinal.to_string());
        }
        if let Some(root) = root {
            headers.insert(header::ROOT, root.to_string());
        }
        crate::telemetry::pass_on(&cause.headers, &mut headers);
        headers
    }
}
