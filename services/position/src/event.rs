//! What the worker follows: the results of the regime worker.

use crate::Known;
use bellwether_schemas::{Quality, Refusal, Scan, Status, Stored, codec, regime::Class};
use bellwether_worker::{Reject, Source, Trigger};
use serde::{Deserialize, de::IgnoredAny};

const REGIME: &str = "regime";

/// A stored result of the regime worker, as far as it is needed here.
#[derive(Debug, Clone)]
pub struct OnRegime(Stored<Parts, IgnoredAny>);

#[derive(Debug, Clone, Deserialize)]
struct Parts {
    current: Current,
}

#[derive(Debug, Clone, Deserialize)]
struct Current {
    class: Option<Class>,
    class_reason: Option<String>,
    breadth: Option<Breadth>,
    breadth_reason: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Breadth {
    opposing_share: Option<f64>,
    opposing_share_reason: Option<String>,
    conflict: bool,
}

impl Trigger for OnRegime {
    const SOURCE: Source = Source::Bucket(REGIME);

    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let stored: Stored<Parts, IgnoredAny> = codec::decode(body)?;
        match stored.schema.split_once('/') {
            Some((REGIME, _)) => Ok(Self(stored)),
            _ => Err(Refusal::new("schema", stored.schema, "that of a result of the regime worker")),
        }
    }
}

/// Where the market stands, as the regime worker sees it.
#[derive(Debug, Clone)]
pub(crate) struct Regime {
    pub(crate) class: Known<Class>,
    /// Whether most symbols move against the class.
    pub(crate) conflict: Known<bool>,
    /// Share of symbols that do.
    pub(crate) opposing_share: Known<f64>,
    pub(crate) quality: Quality,
    pub(crate) quality_reason: Option<String>,
}

impl OnRegime {
    /// The regime of `scan`; refuses the result of another scan and one that is a refusal itself.
    pub(crate) fn of(&self, scan: &Scan) -> Result<Regime, Reject> {
        let Self(stored) = self;
        if stored.scan.ordinal != scan.ordinal {
            let expected = format!("{}, that of the scan", scan.ordinal);
            return Err(Refusal::new("scan.ordinal of the regime", stored.scan.ordinal, expected).into());
        }
        if stored.status == Status::Rejected {
            let reason = stored.reason.clone().unwrap_or_else(|| "no reason given".to_owned());
            return Err(Reject::Upstream { worker: REGIME, reason });
        }
        let Some(parts) = &stored.parts else {
            return Err(Refusal::new("parts of the regime", "null", "its parts, as the status is ok").into());
        };
        Ok(parts.current.regime(stored.quality, stored.quality_reason.clone()))
    }
}

impl Current {
    fn regime(&self, quality: Quality, quality_reason: Option<String>) -> Regime {
        let or = |reason: &Option<String>| reason.clone().unwrap_or_else(|| "the regime gives no reason".to_owned());
        let breadth = self.breadth.as_ref().ok_or_else(|| or(&self.breadth_reason));
        let opposing = |breadth: &Breadth| {
            let share = breadth.opposing_share.filter(|share| share.is_finite());
            share.ok_or_else(|| or(&breadth.opposing_share_reason))
        };
        Regime {
            class: self.class.ok_or_else(|| or(&self.class_reason)),
            conflict: breadth.clone().map(|breadth| breadth.conflict),
            opposing_share: breadth.and_then(opposing),
            quality,
            quality_reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_results_of_the_regime_worker_are_read() {
        let result = |schema: &str| {
            codec::encode(&json!({
                "schema": schema, "status": "ok", "reason": null, "quality": "ok", "quality_reason": null,
                "scan": { "ordinal": 7, "id": null, "session": null, "as_of": null, "basis": null, "exchange": null },
                "coverage": null, "parts": null, "state": { "anything": 1 },
            }))
        };
        assert!(OnRegime::read(&result("regime/9")).is_ok());
        assert_eq!(OnRegime::read(&result("breadth/1")).unwrap_err().field, "schema");
        assert_eq!(OnRegime::read(b"nonsense").unwrap_err().field, "body");
    }
}
