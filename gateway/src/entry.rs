//! One result of one worker, decoded without knowing the worker and encoded once for every reader.

use bellwether_schemas::{Coverage, Key, Ordinal, Quality, Refusal, ScanRef, Status, Stored, codec};
use bytes::Bytes;
use serde::{Serialize, de::IgnoredAny};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Everything of a result but its data; the same in REST and in the stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Envelope"))]
pub struct Head {
    /// `ok`, `rejected`, or, in REST only, `stale`.
    pub status: &'static str,
    /// Why it is not `ok`.
    pub reason: Option<String>,
    /// Name of the worker.
    pub section: Arc<str>,
    /// Set of symbols.
    pub universe: String,
    /// `live`, or a replay's or a what-if's.
    pub lane: String,
    /// The scan the data speaks of.
    pub scan: ScanRef,
    /// Sequence in the worker's stream.
    pub revision: u64,
    /// Creation of that stream: revisions of two epochs cannot be compared.
    pub epoch: Arc<str>,
    /// How much of the universe the scan could see.
    pub coverage: Option<Coverage>,
    /// How far the data can be trusted.
    pub quality: Quality,
    /// Why not fully.
    pub quality_reason: Option<String>,
}

/// One endpoint's share of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Name of the endpoint.
    pub name: String,
    /// The data as JSON; a slice of [`Entry::frame`].
    pub json: Bytes,
}

/// The newest result of one section and key.
#[derive(Debug, PartialEq)]
pub struct Entry {
    /// Lane and universe.
    pub key: Key,
    /// Ordinal of the scan this is the result of; after a rejected one `head.scan` is an earlier scan.
    pub ordinal: Ordinal,
    /// All but the data.
    pub head: Head,
    /// The data, one part per endpoint, in the worker's order. When the newest scan was rejected these are the parts
    /// of the last one that was not, and `head.scan` is that one.
    pub parts: Vec<Part>,
    /// Server-sent events, one per part, complete but for the `id:` line and the blank line that end the last.
    pub frame: Bytes,
}

/// A value of a worker's log as the board receives it.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Lane and universe.
    pub key: Key,
    /// Sequence in the worker's stream.
    pub revision: u64,
    /// The stored bytes.
    pub body: Bytes,
}

/// Decodes a stored value of any worker; the state, which only the worker reads, is skipped.
///
/// # Errors
/// Refuses what is not a stored value or cannot be said in JSON.
pub fn decode(body: &[u8]) -> Result<Stored<Map<String, Value>, IgnoredAny>, Refusal> {
    codec::decode(body)
}

impl Entry {
    /// Reads an arrival. `before` is the entry it replaces: its data stays when the new scan was rejected.
    ///
    /// # Errors
    /// As [`decode`].
    pub fn read(
        section: &Arc<str>,
        epoch: &Arc<str>,
        arrival: Arrival,
        before: Option<&Self>,
    ) -> Result<Self, Refusal> {
        let stored = decode(&arrival.body)?;
        let ordinal = stored.scan.ordinal;
        let mut head = Head {
            status: status(stored.status),
            reason: stored.reason,
            section: section.clone(),
            universe: arrival.key.universe().to_owned(),
            lane: arrival.key.lane().to_owned(),
            scan: stored.scan,
            revision: arrival.revision,
            epoch: epoch.clone(),
            coverage: stored.coverage,
            quality: stored.quality,
            quality_reason: stored.quality_reason,
        };
        let parts = match (stored.parts, before) {
            (Some(parts), _) => encode(&parts)?,
            (None, Some(before)) if !before.parts.is_empty() => {
                keep_last_good(&mut head, &before.head);
                before.parts.iter().map(|part| (part.name.clone(), part.json.to_vec())).collect()
            }
            (None, _) => Vec::new(),
        };
        Ok(Self::framed(arrival.key, ordinal, head, parts))
    }

    fn framed(key: Key, ordinal: Ordinal, head: Head, parts: Vec<(String, Vec<u8>)>) -> Self {
        let _span = bellwether_harness::telemetry::within("frame").entered();
        if parts.is_empty() {
            let mut frame = Vec::new();
            event(&mut frame, &head, None, b"null");
            return Self { key, ordinal, head, parts: Vec::new(), frame: frame.into() };
        }
        let mut frame = Vec::with_capacity(parts.iter().map(|(_, json)| json.len() + 512).sum());
        let mut spans = Vec::with_capacity(parts.len());
        for (name, json) in parts {
            if !frame.is_empty() {
                frame.push(b'\n');
            }
            spans.push((event(&mut frame, &head, Some(&name), &json), name));
        }
        let frame = Bytes::from(frame);
        let parts = spans.into_iter().map(|(span, name)| Part { name, json: frame.slice(span) }).collect();
        Self { key, ordinal, head, parts, frame }
    }

    /// The part of that name.
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }
}

/// The data shown is that of the last good scan, so all that is said about data must be, too.
fn keep_last_good(head: &mut Head, good: &Head) {
    let ordinal = head.scan.ordinal;
    let reason = head.reason.take().unwrap_or_else(|| "no reason given".to_owned());
    head.reason = Some(format!("scan {ordinal} was rejected: {reason}"));
    head.scan = good.scan.clone();
    head.coverage = good.coverage;
    head.quality = good.quality;
    head.quality_reason.clone_from(&good.quality_reason);
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Rejected => "rejected",
    }
}

fn encode(parts: &Map<String, Value>) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let json = |value| serde_json::to_vec(value).map_err(|error| Refusal::new("parts", error, "values JSON can say"));
    parts.iter().map(|(name, value)| Ok((name.clone(), json(value)?))).collect()
}

/// Appends one event and returns where its data lies.
fn event(out: &mut Vec<u8>, head: &Head, part: Option<&str>, json: &[u8]) -> std::ops::Range<usize> {
    #[derive(Serialize)]
    struct Named<'a> {
        part: Option<&'a str>,
        #[serde(flatten)]
        head: &'a Head,
    }
    out.extend_from_slice(b"event: snapshot\ndata: ");
    open_object(out, &Named { part, head }, "value");
    let start = out.len();
    out.extend_from_slice(json);
    let span = start..out.len();
    out.extend_from_slice(b"}\n");
    span
}

/// Writes a struct as JSON, left open after the name of one more field whose value is already JSON.
pub(crate) fn open_object(out: &mut Vec<u8>, fields: &impl Serialize, name: &str) {
    // Strings, numbers and options: these types always encode.
    let _ = serde_json::to_writer(&mut *out, fields);
    out.pop();
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{rejected, stored};
    use serde_json::json;

    fn read(body: Vec<u8>, revision: u64, before: Option<&Entry>) -> Result<Entry, Refusal> {
        let arrival = Arrival { key: Key::live("sp500").unwrap(), revision, body: body.into() };
        Entry::read(&"regime".into(), &"e1".into(), arrival, before)
    }

    #[test]
    fn parts_are_json_in_the_workers_order_and_the_state_is_not_there() {
        let entry = read(stored(7, json!({"zeta": {"b": 1, "a": null}, "alpha": [1.5]})), 9, None).unwrap();
        let names: Vec<_> = entry.parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["zeta", "alpha"]);
        assert_eq!(entry.parts[0].json, r#"{"b":1,"a":null}"#);
        let frame = String::from_utf8(entry.frame.to_vec()).unwrap();
        assert!(frame.ends_with("\"value\":[1.5]}\n"), "{frame}");
        assert_eq!(frame.matches("event: snapshot\ndata: {").count(), 2);
        assert!(!frame.contains("secret"), "{frame}");
    }

    #[test]
    fn after_a_rejected_scan_the_last_good_data_stays_and_says_whose_it_is() {
        let good = read(stored(7, json!({"current": {"class": "uptrend"}})), 9, None).unwrap();
        let bad = read(rejected(8, "older session"), 10, Some(&good)).unwrap();
        assert_eq!((bad.head.status, bad.head.scan.ordinal, bad.ordinal, bad.head.revision), ("rejected", 7, 8, 10));
        assert_eq!(bad.head.reason.as_deref(), Some("scan 8 was rejected: older session"));
        assert_eq!(bad.parts[0].json, r#"{"class":"uptrend"}"#);
        let worse = read(rejected(9, "older still"), 11, Some(&bad)).unwrap();
        assert_eq!((worse.head.scan.ordinal, worse.parts.len()), (7, 1));
    }

    #[test]
    fn a_rejected_scan_with_nothing_before_has_no_parts_but_is_told() {
        let entry = read(rejected(1, "no symbol"), 1, None).unwrap();
        assert!(entry.parts.is_empty());
        assert!(String::from_utf8_lossy(&entry.frame).contains(r#""part":null,"status":"rejected""#));
    }

    #[test]
    fn bytes_that_are_no_stored_value_are_refused() {
        assert!(read(b"\xc1".to_vec(), 1, None).is_err());
        assert!(read(vec![], 1, None).is_err());
    }
}
