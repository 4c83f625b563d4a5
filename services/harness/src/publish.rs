//! Publishing to a numbered log, each ordinal once.

use crate::{
    Bus, Entry,
    backoff::Backoff,
    broker::Broker,
    health::Health,
    log::{Appended, Draft, Kind, OutputLog, Provenance},
};
use anyhow::{Result, ensure};
use bellwether_schemas::{Date, Key, Ordinal, codec, names::header};
use std::time::Duration;
use tracing::Instrument as _;

/// Publishes to one subject of BARS or SCANS.
#[derive(Debug)]
pub struct Publisher<B = Bus> {
    log: OutputLog<B>,
    health: crate::health::Track,
    last: Option<Last>,
    code: String,
}

/// The last message of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// Its ordinal.
    pub ordinal: Ordinal,
    /// Its session, if it says so.
    pub session: Option<Date>,
    /// Digest of its body.
    pub digest: String,
    /// Ordinal of the message that triggered it; `None` when it came from outside.
    pub cause_ordinal: Option<Ordinal>,
}

/// A message to publish.
#[derive(Debug, Clone)]
pub struct Numbered<'a> {
    /// `bars/1` or `scan/1`.
    pub schema: &'a str,
    /// Scan id, where there is one.
    pub scan_id: Option<&'a str>,
    /// Session it speaks of.
    pub session: Date,
    /// The bytes.
    pub body: bytes::Bytes,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// Stored under this ordinal, by this call or an earlier one whose answer was lost.
    Stored(Ordinal),
    /// Another publisher was first; [`Publisher::last`] tells where the log stands now. Nothing was stored.
    Overtaken,
}

impl Publisher {
    /// Finds the end of the log of `key` on `subject`. `code` names who publishes, for `Bw-Code`.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    pub async fn attach(bus: &Bus, stream: &str, subject: &str, key: &Key, code: &str) -> Result<Self> {
        Self::attach_on(bus, stream, subject, key, code).await
    }
}

#[expect(private_bounds, reason = "outside this crate there is only the bus")]
impl<B: Broker> Publisher<B> {
    /// [`Publisher::attach`], on any broker.
    pub(crate) async fn attach_on(broker: &B, stream: &str, subject: &str, key: &Key, code: &str) -> Result<Self> {
        let log = OutputLog::new(broker.clone(), Kind::Shared, stream.to_owned(), subject.to_owned());
        let mut publisher = Self { log, health: Health::default().track(key), last: None, code: code.to_owned() };
        publisher.refresh().await?;
        Ok(publisher)
    }

    /// Reads the end of the log again.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    pub async fn refresh(&mut self) -> Result<()> {
        self.last = self.log.load().await?.as_ref().map(Last::of);
        Ok(())
    }

    /// The last message of the log, if any.
    pub fn last(&self) -> Option<&Last> {
        self.last.as_ref()
    }

    /// The ordinal the next message will have.
    pub fn next(&self) -> Ordinal {
        self.last.as_ref().map_or(0, |last| last.ordinal) + 1
    }

    /// Publishes many messages together, if that pays and succeeds: all of them, or none. `false` says that nothing is
    /// known; [`Publisher::put`] each, which finds out.
    pub async fn put_together(&mut self, messages: &[Numbered<'_>]) -> bool {
        let first = self.next();
        let drafts: Vec<_> = messages.iter().zip(first..).map(|(message, at)| self.draft(message, at)).collect();
        if !self.log.append_batch(&drafts).await {
            return false;
        }
        self.last = messages.last().map(|message| Last::published(message, first + messages.len() as u64 - 1));
        true
    }

    fn draft(&self, message: &Numbered<'_>, ordinal: Ordinal) -> Draft {
        let Numbered { schema, scan_id, session, body } = message;
        let provenance = Provenance { ordinal, scan_id: *scan_id, schema, code: &self.code, body };
        let mut headers = provenance.headers();
        headers.insert(header::SESSION, session.to_string());
        crate::telemetry::begin(&mut headers);
        Draft { ordinal, headers, body: body.clone() }
    }

    /// The last message of the log, as soon as the broker tells.
    async fn end(&mut self) -> Option<Entry> {
        let mut pause = Backoff::new(Duration::from_millis(20), Duration::from_secs(2));
        loop {
            match self.log.load().await {
                Ok(last) => return last,
                Err(error) => {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "the broker does not tell where the log ends; holding"
                    );
                }
            }
            pause.wait().await;
        }
    }

    /// Publishes a message as the next ordinal; waits while the broker is away or has no room.
    ///
    /// # Errors
    /// When the body is larger than the broker takes, or the log went back.
    pub async fn put(&mut self, message: &Numbered<'_>) -> Result<Published> {
        // A trace begins here, unless the caller has begun one.
        self.put_traced(message).instrument(crate::telemetry::within("publish")).await
    }

    async fn put_traced(&mut self, message: &Numbered<'_>) -> Result<Published> {
        let ordinal = self.next();
        let draft = self.draft(message, ordinal);
        loop {
            match self.log.append(&draft, &self.health).await {
                Ok(Appended::Stored) => {
                    self.last = Some(Last::published(message, ordinal));
                    return Ok(Published::Stored(ordinal));
                }
                Ok(Appended::Newer(entry) | Appended::Differs(entry)) => {
                    self.last = Some(Last::of(&entry));
                    return Ok(Published::Overtaken);
                }
                Err(error) => {
                    self.log.check_size(&draft)?;
                    tracing::debug!(error = format!("{error:#}"), "publishing again");
                }
            }
            // What was last stored may be this very message, its answer lost on the way.
            let last = self.end().await;
            let stored = last.as_ref().and_then(|entry| entry.ordinal).unwrap_or(0);
            ensure!(stored + 1 >= ordinal, "the log went back: it ends at {stored}");
            if stored >= ordinal {
                let same = last.as_ref().is_some_and(|entry| stored == ordinal && entry.body == draft.body);
                self.last = last.as_ref().map(Last::of);
                return Ok(if same { Published::Stored(ordinal) } else { Published::Overtaken });
            }
        }
    }
}

impl Last {
    fn published(message: &Numbered<'_>, ordinal: Ordinal) -> Self {
        let digest = codec::digest(&message.body);
        Self { ordinal, session: Some(message.session), digest, cause_ordinal: None }
    }

    fn of(entry: &Entry) -> Self {
        Self {
            ordinal: entry.ordinal.unwrap_or(0),
            session: entry.header(header::SESSION).and_then(|session| session.parse().ok()),
            digest: codec::digest(&entry.body),
            cause_ordinal: entry.cause_ordinal(),
        }
    }
}
