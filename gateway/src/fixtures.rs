//! Stored values made up for tests.

use bellwether_schemas::{Basis, Coverage, Quality, ScanRef, Status, Stored, codec};
use serde_json::{Value, json};

/// A stored value of the universe `sp500` with the given parts and a state that must never be served.
pub(crate) fn stored(ordinal: u64, parts: Value) -> Vec<u8> {
    codec::encode(&Stored {
        schema: "regime/1".to_owned(),
        status: Status::Ok,
        reason: None,
        scan: scan(ordinal),
        coverage: Some(Coverage { listed: 500, eligible: 493, share: 0.986 }),
        quality: Quality::Ok,
        quality_reason: None,
        parts: Some(parts),
        state: Some(json!({"secret": 1})),
    })
}

/// A stored value whose scan was rejected.
pub(crate) fn rejected(ordinal: u64, reason: &str) -> Vec<u8> {
    codec::encode(&Stored::<Value, Value> {
        schema: "regime/1".to_owned(),
        status: Status::Rejected,
        reason: Some(reason.to_owned()),
        scan: scan(ordinal),
        coverage: None,
        quality: Quality::Insufficient,
        quality_reason: Some("the scan was rejected".to_owned()),
        parts: None,
        state: None,
    })
}

pub(crate) fn scan(ordinal: u64) -> ScanRef {
    ScanRef {
        ordinal,
        id: Some("sp500-2024-03-14".to_owned()),
        session: Some("2024-03-14".parse().unwrap()),
        as_of: Some("2024-03-14T20:00:00Z".parse().unwrap()),
        basis: Some(Basis::Close),
        exchange: Some("XNYS".to_owned()),
        sample: false,
    }
}
