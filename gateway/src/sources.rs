//! What the gateway asks of others: a worker's past, and to publish an uploaded scan.

use bellwether_schemas::{Key, Ordinal, Refusal};
use bytes::Bytes;
use futures::future::BoxFuture;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

/// Reads a worker's past from its log.
pub trait History: Send + Sync + 'static {
    /// Stored values of `key` with ordinals from `from`, in order, at most `limit`.
    fn range<'a>(
        &'a self,
        section: &'a str,
        key: &'a Key,
        from: Ordinal,
        limit: usize,
    ) -> BoxFuture<'a, anyhow::Result<Vec<Bytes>>>;
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
