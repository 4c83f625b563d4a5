//! What was refused on the way in, for the summary and for REJECTS.

use anyhow::Result;
use bellwether_harness::{Bus, history, rejects, rejects::Rejected};
use bellwether_scanner::sources::BadRow;
use bellwether_schemas::{Key, Refusal, codec, names, names::header};
use bytes::Bytes;
use std::collections::{BTreeMap, HashSet};

/// Who refuses.
const SERVICE: &str = "import";
/// Bad rows that are recorded one by one; of a file that is bad all through, the rest is recorded in bundles.
const RECORDED: usize = 1_000;
/// Bad rows of a bundle: one line each, the reason, a tab, the row.
const BUNDLE: u64 = 10_000;
/// The harness cuts reasons at this length.
const LONGEST: usize = 400;

/// Refusals of one import.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// Bad rows by reason, without the values.
    pub(super) by_reason: BTreeMap<String, u64>,
    /// Reason and original bytes.
    kept: Vec<(String, Vec<u8>)>,
    /// The bundle being filled, and its rows.
    bundle: (u64, Vec<u8>),
}

impl Refused {
    /// Takes a row.
    pub(super) fn row(&mut self, row: BadRow) {
        let reason = format!("{} is not {}", row.refusal.field, row.refusal.expected);
        *self.by_reason.entry(reason).or_default() += 1;
        if self.kept.len() < RECORDED {
            self.kept.push((row.to_string(), row.raw));
        } else {
            self.bundle.0 += 1;
            self.bundle.1.extend(row.to_string().into_bytes());
            self.bundle.1.push(b'\t');
            self.bundle.1.extend(row.raw);
            self.bundle.1.push(b'\n');
            if self.bundle.0 == BUNDLE {
                self.close_bundle();
            }
        }
    }

    /// A bundle is known by its content, so that the same file again records nothing again.
    fn close_bundle(&mut self) {
        let (rows, body) = std::mem::take(&mut self.bundle);
        if rows > 0 {
            self.kept.push((format!("{rows} further bad rows together, digest {}", codec::digest(&body)), body));
        }
    }

    /// Takes a session.
    pub(super) fn session(&mut self, refusal: &Refusal, body: Vec<u8>) {
        self.kept.push((refusal.to_string(), body));
    }

    /// The first refusals, to be shown.
    pub(super) fn first(&self, count: usize) -> impl Iterator<Item = &str> {
        self.kept.iter().take(count).map(|(reason, _)| reason.as_str())
    }

    /// Writes to REJECTS what an earlier import has not written.
    pub(super) async fn record(mut self, bus: &Bus, key: &Key) -> Result<()> {
        self.close_bundle();
        if self.kept.is_empty() {
            return Ok(());
        }
        let subject = names::reject_subject(SERVICE, key);
        let held = history::headers(bus, names::REJECTS, &subject, 1, usize::MAX).await?;
        let mut held: HashSet<String> =
            held.iter().filter_map(|entry| entry.header(header::REASON).map(str::to_owned)).collect();
        for (reason, body) in self.kept {
            let reason: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
            if held.insert(reason.clone()) {
                let body = Bytes::from(body);
                rejects::record(bus, &Rejected { service: SERVICE, key, reason: &reason, cause: None, body }).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_rows_are_counted_by_reason_without_their_values() {
        let mut refused = Refused::default();
        for (line, value) in [(2, "-1"), (9, "-7")] {
            let refusal = Refusal::new("close", value, "a price above 0");
            refused.row(BadRow { file: "a.csv".into(), line, refusal, raw: b"x".to_vec() });
        }
        assert_eq!(refused.by_reason, BTreeMap::from([("close is not a price above 0".to_owned(), 2)]));
        for line in 10..RECORDED as u64 + 30 {
            let refusal = Refusal::new("close", "x", "a number");
            refused.row(BadRow { file: "a.csv".into(), line: line as _, refusal, raw: b"x".to_vec() });
        }
        refused.close_bundle();
        let (reason, body) = refused.kept.last().unwrap();
        assert!(reason.starts_with("22 further bad rows together"), "{reason}");
        assert_eq!(body.split(|byte| *byte == b'\n').count(), 23);
        assert_eq!(refused.first(1).collect::<Vec<_>>(), ["a.csv:2: close is -1; expected a price above 0"]);
    }
}
