//! A piece of a log, decoded once and kept as columns.

use super::leaves::{Cell, Leaves};
use crate::sources::{Log, Record};
use bellwether_schemas::{Basis, Date, Ordinal, Refusal, Scan, ScanRef, Status, Stored, Timestamp, codec};
use serde::de::IgnoredAny;
use std::{collections::BTreeMap, sync::Arc};

/// One message of the log, without what it found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) ordinal: Ordinal,
    /// Sequence in its stream.
    pub(crate) sequence: u64,
    pub(crate) id: Option<String>,
    pub(crate) session: Option<Date>,
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) basis: Option<Basis>,
    /// `None` when the message cannot be read.
    pub(crate) status: Option<Status>,
}

/// Neighbouring messages of a log: rows and one column per field, of equal length.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chunk {
    pub(crate) rows: Vec<Row>,
    pub(crate) columns: BTreeMap<String, Vec<Cell>>,
    /// Everything up to this sequence of the stream was seen.
    pub(crate) seen: u64,
}

impl Chunk {
    /// How many ordinals a chunk spans. Scans are ten times as large as results.
    pub(crate) const fn span(log: &Log) -> u64 {
        match log {
            Log::Results(_) => 256,
            Log::Scans => 64,
        }
    }

    /// This chunk with what came after it.
    pub(crate) fn extended(&self, log: &Log, records: &[Record], seen: u64) -> Self {
        let mut longer = self.clone();
        longer.seen = seen;
        for record in records {
            longer.push(log, record);
        }
        longer
    }

    fn push(&mut self, log: &Log, record: &Record) {
        let Some(ordinal) = record.ordinal else { return };
        let read = match log {
            Log::Results(_) => result(&record.body),
            Log::Scans => scan(&record.body),
        };
        let (scan, status, leaves) = match read {
            Ok((scan, status, leaves)) => (scan, Some(status), leaves),
            Err(refusal) => {
                tracing::warn!(subject = record.subject, record.sequence, %refusal, "a stored message cannot be read");
                (ScanRef::unreadable(ordinal), None, Leaves::default())
            }
        };
        let before = self.rows.len();
        let ScanRef { id, session, as_of, basis, .. } = scan;
        self.rows.push(Row { ordinal, sequence: record.sequence, id, session, as_of, basis, status });
        for (path, cell) in leaves.0 {
            match self.columns.get_mut(&path) {
                Some(column) => column.push(cell),
                None => {
                    let mut column = vec![Cell::Null; before];
                    column.push(cell);
                    self.columns.insert(path, column);
                }
            }
        }
        for column in self.columns.values_mut() {
            column.resize(before + 1, Cell::Null);
        }
    }

    /// The row of an ordinal.
    pub(crate) fn row(&self, ordinal: Ordinal) -> Option<(usize, &Row)> {
        let first = self.rows.first()?.ordinal;
        let index = usize::try_from(ordinal.checked_sub(first)?).ok()?;
        self.rows.get(index).map(|row| (index, row))
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        let names: usize = self.columns.keys().map(|name| name.len() + 64).sum();
        self.rows.len() * (size_of::<Row>() + 24) + names + self.columns.len() * self.rows.len() * size_of::<Cell>()
    }
}

type Read = (ScanRef, Status, Leaves);

fn result(body: &[u8]) -> Result<Read, Refusal> {
    let stored: Stored<Leaves, IgnoredAny> = codec::decode(body)?;
    Ok((stored.scan, stored.status, stored.parts.unwrap_or_default()))
}

/// Of a scan only what a list of scans shows.
fn scan(body: &[u8]) -> Result<Read, Refusal> {
    let scan = Scan::decode(body)?;
    let (coverage, (long, short)) = (scan.coverage(), scan.hit_counts());
    let counts = [
        ("listed", coverage.listed.into()),
        ("eligible", coverage.eligible.into()),
        ("long_hits", long.into()),
        ("short_hits", short.into()),
        ("outcomes", scan.outcomes.len() as i64),
    ];
    let leaves = counts.into_iter().map(|(name, count)| (name.to_owned(), Cell::Int(count))).collect();
    Ok((ScanRef::of(&scan), Status::Ok, Leaves(leaves)))
}

/// Chunks as they are handed around.
pub(crate) type Shared = Arc<Chunk>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{rejected, stored};
    use serde_json::{Value, json};

    fn record(ordinal: u64, body: Vec<u8>) -> Record {
        Record {
            subject: "$KV.regime.live.sp500".to_owned(),
            sequence: ordinal + 100,
            ordinal: Some(ordinal),
            headers: BTreeMap::new(),
            body: body.into(),
        }
    }

    #[test]
    fn columns_are_as_long_as_rows_whatever_a_message_lacks() {
        let log = Log::Results("regime".into());
        let first = [record(1, stored(1, json!({"current": {"n": 1}}))), record(2, rejected(2, "bad"))];
        let chunk = Chunk::default().extended(&log, &first, 102);
        let later = [record(3, b"\xc1".to_vec()), record(4, stored(4, json!({"current": {"m": "x"}})))];
        let chunk = chunk.extended(&log, &later, 104);
        let column = |name: &str| -> Vec<Value> { chunk.columns[name].iter().map(|cell| json!(cell)).collect() };
        assert_eq!(column("current.n"), [json!(1), json!(null), json!(null), json!(null)]);
        assert_eq!(column("current.m"), [json!(null), json!(null), json!(null), json!("x")]);
        let statuses: Vec<_> = chunk.rows.iter().map(|row| row.status).collect();
        assert_eq!(statuses, [Some(Status::Ok), Some(Status::Rejected), None, Some(Status::Ok)]);
        assert_eq!(chunk.row(3).map(|(index, row)| (index, row.sequence)), Some((2, 103)));
        assert!(chunk.row(5).is_none() && chunk.row(0).is_none() && Chunk::default().row(1).is_none());
    }
}
