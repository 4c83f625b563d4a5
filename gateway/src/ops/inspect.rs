//! What the broker says of itself: its streams, how full they are, who reads them.

use bellwether_harness::Bus;
use futures::{FutureExt, future::BoxFuture};
use serde::Serialize;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Health checks come often, and from several at once; the broker is asked no oftener.
const FRESH: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(3);

/// Asks the broker.
pub trait Inspect: Send + Sync + 'static {
    /// Looks, or gives what was seen a moment ago.
    fn look(&self) -> BoxFuture<'_, Inspection>;
}

/// What was found.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Inspection {
    /// Whether the link is up.
    pub connected: bool,
    /// Version of the broker; null while it was never reached.
    pub version: Option<String>,
    /// Connections made since the gateway started.
    pub connections: u64,
    /// Why the rest may be missing.
    pub trouble: Option<String>,
    /// Bytes on disk and the most there may be; null when unlimited or not known.
    pub storage: Storage,
    /// Every stream of the account.
    pub streams: Vec<StreamState>,
}

/// Room on the broker's disk.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Storage {
    /// Bytes held.
    pub bytes: Option<u64>,
    /// The most that may be held.
    pub limit: Option<u64>,
}

/// One stream.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StreamState {
    /// Its name.
    pub stream: String,
    /// Messages it holds.
    pub messages: u64,
    /// Bytes it holds.
    pub bytes: u64,
    /// Bytes it may hold; null when unlimited.
    pub limit_bytes: Option<u64>,
    /// Share of that which is used, 0 to 1.
    pub used: Option<f64>,
    /// Sequence of its last message.
    pub last_sequence: u64,
    /// Who reads it now.
    pub consumers: usize,
    /// Subjects with a message.
    pub subjects: u64,
    /// `old` for the one stream that forgets, else `new`: what is full refuses writes.
    pub discard: &'static str,
}

/// Looks through the bus.
pub(crate) struct BusInspect {
    bus: Bus,
    seen: Mutex<Option<(Instant, Inspection)>>,
}

impl BusInspect {
    pub(crate) fn new(bus: Bus) -> Self {
        Self { bus, seen: Mutex::new(None) }
    }

    async fn ask(&self) -> Inspection {
        let version = self.bus.client().server_info().version;
        let mut inspection = Inspection {
            connected: self.bus.connected(),
            version: Some(version).filter(|version| !version.is_empty()),
            connections: *self.bus.connections().borrow(),
            ..Inspection::default()
        };
        if !inspection.connected {
            inspection.trouble = Some("no link to the broker".to_owned());
            return inspection;
        }
        match tokio::time::timeout(LIMIT, bellwether_harness::inspect::streams(&self.bus)).await {
            Err(_) => inspection.trouble = Some(format!("the broker did not answer within {} s", LIMIT.as_secs())),
            Ok(Err(error)) => inspection.trouble = Some(format!("{error:#}")),
            Ok(Ok(found)) => {
                inspection.storage = Storage { bytes: Some(found.bytes), limit: found.limit };
                inspection.streams = found.streams.into_iter().map(StreamState::from).collect();
            }
        }
        inspection
    }
}

impl From<bellwether_harness::inspect::StreamState> for StreamState {
    fn from(found: bellwether_harness::inspect::StreamState) -> Self {
        let used = found.limit.map(|limit| (found.bytes as f64 / limit.max(1) as f64 * 1e4).round() / 1e4);
        Self {
            stream: found.name,
            messages: found.messages,
            bytes: found.bytes,
            limit_bytes: found.limit,
            used,
            last_sequence: found.last_sequence,
            consumers: found.consumers,
            subjects: found.subjects,
            discard: if found.forgets { "old" } else { "new" },
        }
    }
}

impl Inspect for BusInspect {
    fn look(&self) -> BoxFuture<'_, Inspection> {
        async {
            let mut seen = self.seen.lock().await;
            if let Some((at, found)) = &*seen
                && at.elapsed() < FRESH
            {
                return found.clone();
            }
            let found = self.ask().await;
            *seen = Some((Instant::now(), found.clone()));
            found
        }
        .boxed()
    }
}
