//! Rows of a log with some of their fields, column by column.

use crate::past::{Cell, Ends, Of, Past, Row, Unreachable};
use bellwether_schemas::Ordinal;
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::{collections::BTreeSet, fmt::Write, ops::RangeInclusive};

/// Names of the columns every table has.
const FIXED: [&str; 4] = ["ordinal", "session", "as_of", "scan"];
/// So many names of fields are told to one who asked for a field there is not.
const TOLD: usize = 200;

/// Rows, and one column per field.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    pub(super) columns: Vec<(String, Vec<Cell>)>,
    /// A field that no row has, and those there are.
    pub(super) unknown: Option<(String, Vec<String>)>,
}

impl Table {
    /// Reads the fields of a range of ordinals, piece by piece.
    pub(super) async fn read(
        past: &Past,
        of: &Of,
        ends: &Ends,
        range: RangeInclusive<Ordinal>,
        fields: &[String],
    ) -> Result<Self, Unreachable> {
        let columns = fields.iter().map(|field| (field.clone(), Vec::new())).collect();
        let mut table = Self { columns, ..Self::default() };
        let (mut known, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut next = *range.start();
        while next <= *range.end() {
            let chunk = past.chunk(of, next, ends).await?;
            let Some((from, _)) = chunk.row(next) else { break };
            let upto = chunk.rows.len().min(from + (*range.end() - next + 1) as usize);
            table.rows.extend_from_slice(&chunk.rows[from..upto]);
            for (field, column) in &mut table.columns {
                match chunk.columns.get(field) {
                    Some(cells) => {
                        column.extend_from_slice(&cells[from..upto]);
                        seen.insert(field.clone());
                    }
                    None => column.resize(table.rows.len(), Cell::Null),
                }
            }
            let plain = |name: &&String| !name.split('.').any(|step| step.bytes().all(|b| b.is_ascii_digit()));
            known.extend(chunk.columns.keys().filter(plain).take(TOLD).cloned());
            next += (upto - from) as u64;
        }
        let unseen = fields.iter().find(|field| !seen.contains(*field));
        // A range in which every scan was rejected knows no field.
        table.unknown = unseen.filter(|_| !known.is_empty()).map(|f| (f.clone(), known.into_iter().collect()));
        Ok(table)
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The columns that hold numbers, as such.
    pub(super) fn numbers(&self) -> Vec<Vec<Option<f64>>> {
        self.columns.iter().map(|(_, cells)| cells.iter().map(Cell::number).collect()).collect()
    }

    /// Keeps these rows only.
    pub(super) fn keep(&mut self, rows: &[usize]) {
        self.rows = rows.iter().map(|&row| self.rows[row].clone()).collect();
        for (_, cells) in &mut self.columns {
            *cells = rows.iter().map(|&row| cells[row].clone()).collect();
        }
    }

    /// As CSV (RFC 4180): a line of names, then one per row; what is missing is empty.
    pub(super) fn csv(&self) -> Vec<u8> {
        let mut out = String::new();
        let names = FIXED.into_iter().chain(self.columns.iter().map(|(name, _)| name.as_str()));
        line(&mut out, names.map(str::to_owned));
        for (index, row) in self.rows.iter().enumerate() {
            let text = |value: Option<String>| value.unwrap_or_default();
            let fixed = [
                row.ordinal.to_string(),
                text(row.session.map(|session| session.to_string())),
                text(row.as_of.map(|as_of| as_of.to_string())),
                text(row.id.clone()),
            ];
            line(&mut out, fixed.into_iter().chain(self.columns.iter().map(|(_, cells)| plain(&cells[index]))));
        }
        out.into_bytes()
    }
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Bool(value) => value.to_string(),
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) => value.to_string(),
        Cell::Text(value) => value.to_string(),
    }
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            // Writing into a string cannot fail.
            let _ = write!(out, "\"{}\"", cell.replace('"', "\"\""));
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(FIXED.len() + self.columns.len()))?;
        let rows = || self.rows.iter();
        map.serialize_entry("ordinal", &rows().map(|row| row.ordinal).collect::<Vec<_>>())?;
        map.serialize_entry("session", &rows().map(|row| row.session).collect::<Vec<_>>())?;
        map.serialize_entry("as_of", &rows().map(|row| row.as_of).collect::<Vec<_>>())?;
        map.serialize_entry("scan", &rows().map(|row| row.id.as_deref()).collect::<Vec<_>>())?;
        for (name, cells) in &self.columns {
            map.serialize_entry(name, cells)?;
        }
        map.end()
    }
}

/// What a table looks like: every column is as long as every other.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "describes the form alone")]
pub(crate) struct Columns {
    ordinal: Vec<Ordinal>,
    session: Vec<Option<bellwether_schemas::Date>>,
    as_of: Vec<Option<bellwether_schemas::Timestamp>>,
    scan: Vec<Option<String>>,
    #[schemars(flatten)]
    fields: std::collections::BTreeMap<String, Vec<Option<serde_json::Value>>>,
}
