//! What triggers the worker: the breadth worker's result for the same scan.

use bellwether_schemas::{Assessment, Refusal, Scan, Status, Stored, breadth::Output, codec};
use bellwether_worker::{Reject, Source, Trigger};
use serde::de::IgnoredAny;

/// Name of the worker upstream and of its bucket.
const UPSTREAM: &str = "breadth";

/// A stored result of the breadth worker.
#[derive(Debug, Clone)]
pub struct BreadthResult(Stored<Output, IgnoredAny>);

impl Trigger for BreadthResult {
    const SOURCE: Source = Source::Bucket(UPSTREAM);

    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let stored: Stored<Output, IgnoredAny> = codec::decode(body)?;
        if stored.schema.split('/').next() != Some(UPSTREAM) {
            return Err(Refusal::new("schema", &stored.schema, "breadth/<version>"));
        }
        Ok(Self(stored))
    }
}

impl BreadthResult {
    /// The breadth of `scan`.
    pub(crate) fn of(&self, scan: &Scan) -> Result<&Output, Reject> {
        let stored = &self.0;
        if stored.scan.ordinal != scan.ordinal {
            return Err(
                Refusal::new("scan.ordinal", stored.scan.ordinal, format!("{}, the scan's", scan.ordinal)).into()
            );
        }
        if stored.status == Status::Rejected {
            let reason = stored.reason.clone().unwrap_or_else(|| "without a reason".to_owned());
            return Err(Reject::Upstream { worker: UPSTREAM, reason });
        }
        if stored.scan.id.as_ref() != Some(&scan.id) {
            let found = stored.scan.id.as_deref().unwrap_or("null");
            return Err(Refusal::new("scan.id", found, format!("{}, the scan's", scan.id)).into());
        }
        stored.parts.as_ref().ok_or_else(|| Refusal::new("parts", "null", "the breadth of an accepted scan").into())
    }

    /// How far the breadth can be trusted.
    pub(crate) fn assessment(&self) -> Assessment {
        Assessment { quality: self.0.quality, reason: self.0.quality_reason.clone() }
    }
}
