//! The contract of a worker: a fold over a log into a log.
//!
//! A worker is a type with one pure function, [`Worker::step`]. Everything else (delivery, storage, restarts, copies of
//! the worker, bad input) is the harness's business, and every subtle rule of it is [`decide`], a plain function.

pub mod benchmarks;
pub mod beta;
mod check;
mod closed;
mod decide;
mod folder;
mod settings;
mod volatility;

pub use check::{Check, Checked, Checker};
pub use closed::Closed;
pub use decide::{Carry, Corrupt, Event, Verdict, decide, load, panic_text};
pub use folder::{Folded, Folder, Folding};
pub use settings::{BadSetting, Settings};
pub use volatility::Volatility;

use bellwether_schemas::{Assessment, Ordinal, Refusal, Scan};
use serde::{Serialize, de::DeserializeOwned};

/// One step of the chain: folds an event into the state carried under one key.
pub trait Worker: Send + Sync + 'static {
    /// Names the bucket, the metric label, the log field and the section of the API. `[a-z]+`.
    const NAME: &'static str;

    /// Version of the bytes this worker writes. Raise it with any change that changes a byte of a result.
    const VERSION: u32;

    /// What triggers a step.
    type Event: Trigger;

    /// What is carried on from one scan to the next. Kept small: a stored result stays under 16 kB.
    type State: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;

    /// What is shown: one top-level field per endpoint, `/api/<NAME>/<field>`.
    type Output: Serialize + Send + 'static;

    /// Computes the next state and what is shown of it.
    ///
    /// Must be a function of its arguments alone: no clock, no randomness, no environment; equal input must give equal
    /// bytes on every machine. `state` is `None` on the first scan of a universe.
    ///
    /// # Errors
    /// A [`Reject`] when the event contradicts what came before (e.g. an older session). The state is then carried on
    /// unchanged and the chain goes on.
    fn step(
        &self,
        state: Option<&Self::State>,
        event: &Self::Event,
        scan: &Scan,
    ) -> Result<Step<Self::State, Self::Output>, Reject>;
}

/// A worker that can be built from the settings of its service.
pub trait FromSettings: Worker + Sized {
    /// Every setting it reads, `<worker>.<setting>`.
    const KNOWN: &'static [&'static str];

    /// Builds the worker with its settings.
    ///
    /// # Errors
    /// Names the first setting that cannot be used and what would do.
    fn from_settings(settings: &Settings) -> Result<Self, BadSetting>;
}

/// What one step gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Step<S, O> {
    /// Carried on to the next event.
    pub state: S,
    /// Shown for this one.
    pub output: O,
    /// How far it can be trusted; start from [`Assessment::of`] the scan.
    pub assessment: Assessment,
}

/// Where a worker's events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Every completed scan.
    Scans,
    /// Every result of another worker, by name.
    Bucket(&'static str),
}

/// What triggers a step, read from the bytes of the source.
pub trait Trigger: Sized + Send + Sync + 'static {
    /// Where the events come from.
    const SOURCE: Source;

    /// Reads the event. For a worker on scans `body` is the scan's, already decoded.
    ///
    /// # Errors
    /// Refuses bytes that are not of the expected schema.
    fn read(body: &[u8]) -> Result<Self, Refusal>;
}

/// The trigger of a worker that needs nothing but the scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnScan;

impl Trigger for OnScan {
    const SOURCE: Source = Source::Scans;

    fn read(_body: &[u8]) -> Result<Self, Refusal> {
        Ok(Self)
    }
}

/// Why an event was not folded. It becomes a stored result with `status: rejected` and an entry in REJECTS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// The event or its scan is not what it should be.
    #[error("{0}")]
    Invalid(#[from] Refusal),
    /// The step panicked; the text is the panic's.
    #[error("the worker panicked: {0}")]
    Panicked(String),
    /// Processes died on this event, again and again.
    #[error("the worker died on this event {0} times")]
    Crashed(u32),
    /// The worker upstream rejected the scan; there is nothing to build on.
    #[error("{worker} rejected the scan: {reason}")]
    Upstream {
        /// Name of the worker upstream.
        worker: &'static str,
        /// Its reason.
        reason: String,
    },
}

impl Reject {
    /// Reads the number of deaths back from the text of [`Reject::Crashed`].
    pub fn deaths(reason: &str) -> Option<u32> {
        reason.strip_prefix("the worker died on this event ")?.strip_suffix(" times")?.parse().ok()
    }
}

/// A fold whose state is too large to store with every result (the scanner's holds years of bars). It is rebuilt by
/// folding its source again from the first message, and must come to the same bytes.
pub trait Refold: Send + Sync + 'static {
    /// Folds one message of the source. `ordinal` is the one the produced message will get.
    ///
    /// # Errors
    /// A [`Reject`] when the message cannot be folded: nothing is produced, the state is as before.
    fn fold(&mut self, ordinal: Ordinal, body: &[u8]) -> Result<Produced, Reject>;
}

/// A message made by a [`Refold`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Produced {
    /// Schema of the body.
    pub schema: &'static str,
    /// Scan id, for the header.
    pub scan_id: String,
    /// The bytes to publish.
    pub body: Vec<u8>,
}

/// A value, or why there is none, as the two fields of the wire.
pub fn split<T>(value: Result<T, String>) -> (Option<T>, Option<String>) {
    match value {
        Ok(value) => (Some(value), None),
        Err(reason) => (None, Some(reason)),
    }
}
