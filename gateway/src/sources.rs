//! What the gateway asks of others: what a log holds, and to publish an uploaded scan.

use bellwether_schemas::{Key, Ordinal, Refusal, names};
use bytes::Bytes;
use futures::future::BoxFuture;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

pub use bellwether_harness::history::Ends;

/// A log that is numbered per key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Log {
    /// What the worker of that name put into its bucket.
    Results(Arc<str>),
    /// Completed scans.
    Scans,
}

impl Log {
    /// The stream it is kept in.
    pub fn stream(&self) -> String {
        match self {
            Self::Results(worker) => names::bucket_stream(worker),
            Self::Scans => names::SCANS.to_owned(),
        }
    }

    /// The subject of a key.
    pub fn subject(&self, key: &Key) -> String {
        match self {
            Self::Results(worker) => names::state_subject(worker, key),
            Self::Scans => names::scan_subject(key),
        }
    }
}

/// One stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Subject it was published to.
    pub subject: String,
    /// Sequence in its stream.
    pub sequence: u64,
    /// Position within its key.
    pub ordinal: Option<Ordinal>,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
    /// The stored bytes.
    pub body: Bytes,
}

/// What asking a log gives.
pub type Asked<'a, T> = BoxFuture<'a, anyhow::Result<T>>;

/// Reads the past from the logs.
pub trait History: Send + Sync + 'static {
    /// Where the row of a key begins and ends; `None` when there is none.
    fn ends<'a>(&'a self, log: &'a Log, key: &'a Key) -> Asked<'a, Option<Ends>>;

    /// Messages of a key with ordinals `from`, `from` + 1 …, at most `limit`.
    fn row<'a>(&'a self, log: &'a Log, key: &'a Key, from: Ordinal, limit: usize) -> Asked<'a, Vec<Record>>;

    /// The message at a sequence of a stream.
    fn message<'a>(&'a self, stream: &'a str, sequence: u64) -> Asked<'a, Option<Record>>;
}

/// No past at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHistory;

impl History for NoHistory {
    fn ends<'a>(&'a self, _: &'a Log, _: &'a Key) -> Asked<'a, Option<Ends>> {
        Box::pin(async { anyhow::bail!("this gateway reads no logs") })
    }

    fn row<'a>(&'a self, _: &'a Log, _: &'a Key, _: Ordinal, _: usize) -> Asked<'a, Vec<Record>> {
        Box::pin(async { anyhow::bail!("this gateway reads no logs") })
    }

    fn message<'a>(&'a self, _: &'a str, _: u64) -> Asked<'a, Option<Record>> {
        Box::pin(async { anyhow::bail!("this gateway reads no logs") })
    }
}

/// Reads and publishes a scan somebody else made.
pub type Submit = Arc<dyn Fn(Upload) -> BoxFuture<'static, Result<Accepted, SubmitError>> + Send + Sync>;

/// Form of an uploaded scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// `application/json`
    Json,
    /// `text/csv`
    Csv,
}

/// A scan as it was uploaded, unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Form of the body.
    pub content: Content,
    /// Query parameters: what a CSV cannot say itself (universe, session, as_of …).
    pub parameters: BTreeMap<String, String>,
    /// The bytes, at most 8 MB.
    pub body: Bytes,
}

/// A scan that is in the log now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// Its universe.
    pub universe: String,
    /// Its id.
    pub scan: String,
    /// Its position within lane and universe.
    pub ordinal: Ordinal,
    /// Whether the same scan was already there and nothing was written.
    pub duplicate: bool,
}

/// Why an uploaded scan is not in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitError {
    /// It is not a scan; every field that is wrong.
    Invalid(Vec<Refusal>),
    /// It contradicts the log: an older session, or the same scan with other content.
    Conflict(Refusal),
    /// It could not be stored now; the same upload may be sent again.
    Unavailable(String),
}
