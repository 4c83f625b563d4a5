use super::{ForeignScan, cell::Cells, faults::Faults, heading::Checked};
use crate::{log_mean::LogMean, order::scan_id, stocks::direction};
use bellwether_schemas::{
    MAX_SYMBOLS, Refusal, Scan, Side, Symbol, Symbols,
    scan::{self, Hit, NO_SECTOR, Origin, Unavailable},
};
use std::collections::BTreeMap;

/// Rows by symbol: both sides of one symbol are one line of the scan.
#[derive(Debug, Default)]
pub(super) struct Merged {
    rows: usize,
    symbols: BTreeMap<Symbol, Line>,
}

#[derive(Debug, Default)]
struct Line {
    close: Option<f64>,
    previous_close: Option<f64>,
    volume: Option<f64>,
    /// Sides seen, none included, in order.
    sides: BTreeMap<Option<Side>, Option<u8>>,
}

impl Merged {
    /// Adds row `index`, or notes what is wrong with it.
    pub(super) fn add(&mut self, index: usize, cells: &Cells, faults: &mut Faults) {
        self.rows += 1;
        let path = |field: &str| format!("rows[{index}].{field}");
        let symbol = faults.keep(cells.symbol.symbol(&path("symbol")));
        let side = faults.keep(cells.side.side(&path("side")));
        let close = faults.keep(cells.close.price(&path("close")));
        let before = faults.keep(cells.previous_close.price(&path("previous_close")));
        let volume = faults.keep(cells.volume.volume(&path("volume")));
        let score = faults.keep(cells.score.score(&path("score")));
        let (Some(symbol), Some(side), Some(score)) = (symbol, side, score) else { return };
        if self.symbols.len() > MAX_SYMBOLS {
            return;
        }
        let line = self.symbols.entry(symbol).or_default();
        if line.sides.insert(side, score).is_some() {
            faults.add(Refusal::new(path("symbol"), format!("{symbol:?} again"), "each symbol once per side"));
        }
        let columns = [
            ("close", close, &mut line.close),
            ("previous_close", before, &mut line.previous_close),
            ("volume", volume, &mut line.volume),
        ];
        for (field, value, known) in columns {
            if let Some(other) = agree(value.flatten(), known) {
                let expected = format!("{other}, as in the other row of {symbol}");
                faults.add(Refusal::new(path(field), value.flatten().unwrap_or_default(), expected));
            }
        }
    }

    /// Notes what is wrong with the rows as a whole.
    pub(super) fn check(&self, faults: &mut Faults) {
        if self.rows == 0 && !faults.full() {
            faults.add(Refusal::new("rows", "empty", "at least one row"));
        }
        if self.symbols.len() > MAX_SYMBOLS {
            let value = format!("more than {MAX_SYMBOLS} symbols");
            faults.add(Refusal::new("rows", value, format!("at most {MAX_SYMBOLS}")));
        }
    }

    /// The scan of these rows, with ordinal 1 for the time being.
    pub(super) fn into_scan(self, heading: Checked) -> Result<ForeignScan, Refusal> {
        let mut scan = blank(heading);
        scan.listed = self.symbols.len() as u32;
        let (mut unpriced, mut returns) = (Symbols::default(), LogMean::EMPTY);
        for (symbol, line) in self.symbols {
            scan.hits.extend(line.hits(symbol));
            let Some(close) = line.close else {
                unpriced.push(&symbol)?;
                continue;
            };
            if let Some(before) = line.previous_close {
                returns.add(close, before);
            }
            scan.symbols.push(&symbol)?;
            scan.flags.push(direction(close, line.previous_close));
            scan.previous.push(0);
            scan.close.push(close);
            scan.volume.push(line.volume.unwrap_or(0.0));
            scan.rules.push(0);
            scan.sector.push(NO_SECTOR);
        }
        if !unpriced.is_empty() {
            scan.failed.push(Unavailable { reason: "no close".to_owned(), symbols: unpriced });
        }
        scan.mean_log_return = returns.mean();
        Ok(ForeignScan { scan })
    }
}

impl Line {
    /// Its hits, long before short.
    fn hits(&self, symbol: Symbol) -> impl Iterator<Item = Hit> {
        self.sides.iter().filter_map(move |(side, &score)| {
            side.map(|side| Hit { symbol, side, score, entry: self.close, stop: None })
        })
    }
}

/// Takes a value over; the known one when the two differ.
fn agree(value: Option<f64>, known: &mut Option<f64>) -> Option<f64> {
    match (value, *known) {
        (Some(value), Some(known)) if value != known => Some(known),
        (Some(value), None) => {
            *known = Some(value);
            None
        }
        _ => None,
    }
}

fn blank(heading: Checked) -> Scan {
    Scan {
        schema: scan::SCHEMA.to_owned(),
        id: scan_id(&heading.universe, heading.session, heading.basis, heading.as_of),
        universe: heading.universe,
        ordinal: 1,
        session: heading.session,
        as_of: heading.as_of,
        basis: heading.basis,
        origin: Origin::Foreign,
        exchange: heading.exchange,
        on_calendar: heading.on_calendar,
        sample: false,
        listed: 0,
        symbols: Symbols::default(),
        flags: Vec::new(),
        previous: Vec::new(),
        close: Vec::new(),
        volume: Vec::new(),
        rules: Vec::new(),
        sector: Vec::new(),
        sectors: Vec::new(),
        failed: Vec::new(),
        suspects: Vec::new(),
        hits: Vec::new(),
        outcomes: Vec::new(),
        benchmarks: Vec::new(),
        mean_log_return: None,
    }
}
