use crate::{
    Bus, Entry,
    health::Health,
    log::{Appended, Draft, Kind, OutputLog, Provenance},
};
use anyhow::{Result, bail};
use async_nats::HeaderMap;
use bellwether_schemas::{Key, Ordinal, names, names::header};
use bytes::Bytes;

/// One log of a lane: a worker's results, or the lane's own scans.
#[derive(Debug)]
pub struct LaneLog {
    log: OutputLog,
    health: crate::health::Track,
    last: Ordinal,
}

/// Where something in a lane came from: the recorded message it was made from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Stream.
    pub stream: String,
    /// Sequence.
    pub sequence: u64,
    /// Ordinal.
    pub ordinal: Ordinal,
}

/// A message to store in a lane.
#[derive(Debug, Clone)]
pub struct Made {
    /// Its ordinal.
    pub ordinal: Ordinal,
    /// Id of the scan it speaks of, if that can be read.
    pub scan_id: Option<String>,
    /// Schema of the body.
    pub schema: String,
    /// `Bw-Code`.
    pub code: String,
    /// What it was made from.
    pub origin: Origin,
    /// The bytes.
    pub body: Bytes,
}

impl LaneLog {
    /// The log of `what` (a worker, or [`names::LANE_SCANS`]) in the lane of `key`.
    pub fn new(bus: &Bus, what: &str, key: &Key) -> Self {
        let (stream, subject) = (names::lane_stream(key.lane()), names::lane_subject(what, key));
        let log = OutputLog::new(bus.clone(), Kind::Own, stream, subject);
        Self { log, health: Health::default().track(key), last: 0 }
    }

    /// Reads its end, on which the next [`LaneLog::store`] builds.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    pub async fn load(&mut self) -> Result<Option<Entry>> {
        let last = self.log.load().await?;
        self.last = last.as_ref().and_then(|entry| entry.ordinal).unwrap_or(0);
        Ok(last)
    }

    /// Ordinal of the last message; 0 when there is none.
    pub fn last(&self) -> Ordinal {
        self.last
    }

    /// Stores messages in order, together where that pays; those the log holds already are left out.
    ///
    /// # Errors
    /// When somebody else writes the log, too, or the link was lost: load again and go on from there.
    pub async fn store(&mut self, messages: &[Made]) -> Result<()> {
        let drafts: Vec<_> = messages.iter().filter(|made| made.ordinal > self.last).map(Made::draft).collect();
        self.put(&drafts).await
    }

    /// Stores messages as they were stored elsewhere, with their headers.
    ///
    /// # Errors
    /// As [`LaneLog::store`].
    pub async fn copy(&mut self, messages: &[(Ordinal, HeaderMap, Bytes)]) -> Result<()> {
        let fresh = messages.iter().filter(|(ordinal, ..)| *ordinal > self.last);
        let drafts: Vec<_> = fresh
            .map(|(ordinal, headers, body)| Draft { ordinal: *ordinal, headers: headers.clone(), body: body.clone() })
            .collect();
        self.put(&drafts).await
    }

    async fn put(&mut self, drafts: &[Draft]) -> Result<()> {
        let Some(last) = drafts.last() else { return Ok(()) };
        if !self.log.append_batch(drafts).await {
            for draft in drafts {
                match self.log.append(draft, &self.health).await? {
                    Appended::Stored => {}
                    Appended::Newer(_) | Appended::Differs(_) => bail!("somebody else writes this lane, too"),
                }
            }
        }
        self.last = last.ordinal;
        Ok(())
    }
}

impl Made {
    fn draft(&self) -> Draft {
        let (schema, code, body) = (&self.schema, &self.code, &self.body);
        let provenance = Provenance { ordinal: self.ordinal, scan_id: self.scan_id.as_deref(), schema, code, body };
        let mut headers = provenance.headers();
        headers.insert(header::CAUSE, format!("{}:{}", self.origin.stream, self.origin.sequence));
        headers.insert(header::CAUSE_ORDINAL, self.origin.ordinal.to_string());
        if self.origin.stream == names::SCANS {
            headers.insert(header::ROOT, self.origin.sequence.to_string());
        }
        Draft { ordinal: self.ordinal, headers, body: body.clone() }
    }
}
