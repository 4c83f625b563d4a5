use super::{
    ForeignScan, Heading,
    cell::{Cell, Cells},
    faults::Faults,
    heading::Checked,
    merge::Merged,
};
use bellwether_schemas::Refusal;
use serde_json::Value;

/// Reads a foreign scan from JSON; the fields are described at [the module](super).
///
/// # Errors
/// Everything wrong with it, up to 20 faults, each with the path of its field, e.g. `rows[3].close`: what is missing,
/// malformed or out of range; no rows; more symbols than a scan may hold; a symbol twice on one side; a symbol whose
/// two sides disagree about its prices.
pub fn parse_json(bytes: &[u8]) -> Result<ForeignScan, Vec<Refusal>> {
    let root: Value = serde_json::from_slice(without_mark(bytes)).map_err(|error| vec![not_json(&error)])?;
    let mut faults = Faults::default();
    let heading = heading_of(&root, &mut faults).check(&mut faults);
    let merged = match root.get("rows") {
        Some(Value::Array(rows)) => merge(rows.iter().enumerate().map(json_row), &mut faults),
        other => {
            let value = other.map_or_else(|| "missing".to_owned(), Value::to_string);
            faults.add(Refusal::new("rows", value, "a list of rows"));
            Merged::default()
        }
    };
    finish(heading, merged, faults)
}

/// Reads a foreign scan from CSV with a header line, in UTF-8; `heading` says what JSON has beside its rows.
///
/// # Errors
/// As [`parse_json`]; rows are counted from 0 after the header. Also a missing `symbol` or `side` column.
pub fn parse_csv(bytes: &[u8], heading: &Heading) -> Result<ForeignScan, Vec<Refusal>> {
    let mut faults = Faults::default();
    let heading = heading.check(&mut faults);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(without_mark(bytes));
    let header = reader.headers().map_err(|error| not_csv("header", &error)).and_then(columns);
    let header = header.map_err(|refusal| vec![refusal])?;
    let rows = reader.records().enumerate().map(|(index, record)| {
        let record = record.map_err(|error| not_csv(&format!("rows[{index}]"), &error))?;
        Ok(Cells::of(|name| {
            let column = Cells::NAMES.iter().position(|known| *known == name).and_then(|at| header[at]);
            column.and_then(|column| record.get(column)).map_or(Cell::Missing, Cell::of_text)
        }))
    });
    let merged = merge(rows, &mut faults);
    finish(heading, merged, faults)
}

fn merge(rows: impl Iterator<Item = Result<Cells, Refusal>>, faults: &mut Faults) -> Merged {
    let mut merged = Merged::default();
    for (index, row) in rows.enumerate() {
        if faults.full() {
            break;
        }
        if let Some(cells) = faults.keep(row) {
            merged.add(index, &cells, faults);
        }
    }
    merged.check(faults);
    merged
}

fn finish(heading: Option<Checked>, merged: Merged, mut faults: Faults) -> Result<ForeignScan, Vec<Refusal>> {
    let checked = heading.filter(|_| faults.none());
    let scan = checked.and_then(|heading| faults.keep(merged.into_scan(heading)));
    scan.ok_or_else(|| faults.into_list())
}

fn heading_of(root: &Value, faults: &mut Faults) -> Heading {
    let mut text = |field: &str| match root.get(field) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => {
            faults.add(Refusal::new(field, other, "text"));
            None
        }
    };
    Heading {
        universe: text("universe"),
        session: text("session"),
        as_of: text("as_of"),
        exchange: text("exchange"),
        basis: text("basis"),
    }
}

fn json_row((index, row): (usize, &Value)) -> Result<Cells, Refusal> {
    match row {
        Value::Object(fields) => Ok(Cells::of(|name| Cell::of_json(fields.get(name)))),
        other => Err(Refusal::new(format!("rows[{index}]"), other, "an object with at least a symbol")),
    }
}

/// Where each of [`Cells::NAMES`] stands.
fn columns(header: &csv::StringRecord) -> Result<[Option<usize>; 6], Refusal> {
    let at = Cells::NAMES.map(|name| header.iter().position(|column| column.eq_ignore_ascii_case(name)));
    let missing = Cells::NAMES.iter().zip(at).take(2).find(|(_, at)| at.is_none());
    match missing {
        None => Ok(at),
        Some((name, _)) => {
            let found = header.iter().collect::<Vec<_>>().join(",");
            Err(Refusal::new("header", format!("{found:?}"), format!("a column {name:?}")))
        }
    }
}

/// The bytes after a UTF-8 byte order mark, which spreadsheets put in front.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn not_json(error: &serde_json::Error) -> Refusal {
    Refusal::new("body", error, "JSON: an object with universe, session and rows")
}

fn not_csv(field: &str, error: &csv::Error) -> Refusal {
    Refusal::new(field, error, "comma-separated values in UTF-8, as many as the header has")
}
