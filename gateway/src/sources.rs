//! What the gateway asks of others: what a log holds, and to publish an uploaded scan.

use crate::pace::Speed;
use bellwether_schemas::{Key, Ordinal, Refusal, names};
use bytes::Bytes;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
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
    /// The stream it is kept in for a key.
    pub fn stream(&self, key: &Key) -> String {
        self.place(key).0
    }

    /// The subject of a key.
    pub fn subject(&self, key: &Key) -> String {
        self.place(key).1
    }

    /// A replay's results are in a stream of its own; the scans they speak of are those of the running market.
    fn place(&self, key: &Key) -> (String, String) {
        match self {
            Self::Results(worker) => names::results(worker, key),
            Self::Scans if names::has_own_stream(key.lane()) => {
                let live = Key::live(key.universe());
                live.map_or_else(|_| names::scans(key), |live| names::scans(&live))
            }
            Self::Scans => names::scans(key),
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// What is asked of a new lane.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedReplay {
    /// Set of symbols.
    pub universe: String,
    /// First session or ordinal.
    #[serde(default)]
    pub from: Option<String>,
    /// Last session or ordinal.
    #[serde(default)]
    pub to: Option<String>,
    /// `max` by default.
    #[serde(default)]
    pub speed: Option<Speed>,
    /// Its name; the next number by default.
    #[serde(default)]
    pub lane: Option<String>,
    /// Workers; all by default.
    #[serde(default)]
    pub services: Vec<String>,
    /// Settings that differ, `<worker>.<name>=<value>`.
    #[serde(default)]
    pub set: Vec<String>,
    /// Whether bars are scanned again.
    #[serde(default)]
    pub from_bars: bool,
}

/// What is to happen to a lane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// Nothing.
    Show,
    /// It stays where it is.
    Pause,
    /// It goes on, perhaps at another speed.
    Resume(Option<Speed>),
    /// It never goes on.
    Cancel,
    /// It is gone.
    Delete,
}

/// Makes lanes and changes them. A [`Refusal`] inside an error says what was wrong with what was asked.
pub trait Replays: Send + Sync + 'static {
    /// Every lane.
    fn list(&self) -> BoxFuture<'_, anyhow::Result<Vec<Value>>>;

    /// Makes a lane that is run by the replay service.
    fn create(&self, wanted: WantedReplay) -> BoxFuture<'_, anyhow::Result<Value>>;

    /// Changes a lane and shows it; `None` when there is none of that name.
    fn act<'a>(&'a self, lane: &'a str, action: Action) -> BoxFuture<'a, anyhow::Result<Option<Value>>>;

    /// Whether the record of a key is what comes out again, as far as that is known by now.
    fn verify<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, anyhow::Result<Value>>;
}
