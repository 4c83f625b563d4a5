//! Made-up scans for the tests and benches of the workers.

use crate::{Basis, Date, Ordinal, Scan, Side, Symbol, Symbols, Timestamp, scan};

/// A symbol of that text, which must be one.
pub fn symbol(text: &str) -> Symbol {
    Symbol::checked(text)
}

/// What one symbol did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Bits of [`scan::flag`].
    pub flags: u32,
    /// The same of the bar before.
    pub previous: u32,
    /// Close.
    pub close: f64,
    /// Units traded.
    pub volume: f64,
    /// Index of the sector, one of `Sector 0` to `Sector 10`, or [`scan::NO_SECTOR`].
    pub sector: u8,
}

impl Row {
    /// A symbol without a sector that closed at 10 on 100 units traded.
    pub const fn with(flags: u32) -> Self {
        Self { flags, previous: 0, close: 10.0, volume: 100.0, sector: scan::NO_SECTOR }
    }
}

/// `advances`, then `declines`, then `unchanged` symbols.
pub fn moved(advances: usize, declines: usize, unchanged: usize) -> Vec<Row> {
    let row = |flags, count| std::iter::repeat_n(Row::with(flags), count);
    let rows = row(scan::flag::ADVANCE, advances).chain(row(scan::flag::DECLINE, declines));
    rows.chain(row(scan::flag::UNCHANGED, unchanged)).collect()
}

/// The day on which the scan with this ordinal falls: one a day from 2020-01-01 on, weekends included.
pub fn session(ordinal: Ordinal) -> Date {
    Date::constant(2019, 12, 31).saturating_add(jiff::Span::new().days(ordinal.min(1_000_000) as i64))
}

/// A close scan of these symbols, named `S00000` and on, without hits.
pub fn scan(ordinal: Ordinal, rows: &[Row]) -> Scan {
    let session = session(ordinal);
    let midnight = session.to_zoned(jiff::tz::TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
    Scan {
        schema: scan::SCHEMA.to_owned(),
        id: format!("test-{session}"),
        universe: "test".to_owned(),
        ordinal,
        session,
        as_of: midnight.saturating_add(jiff::SignedDuration::from_hours(21)).unwrap_or(midnight),
        basis: Basis::Close,
        origin: scan::Origin::Bars,
        exchange: "XNYS".to_owned(),
        on_calendar: true,
        sample: false,
        listed: rows.len() as u32,
        symbols: Symbols::new((0..rows.len()).map(|i| format!("S{i:05}"))).unwrap_or_default(),
        flags: rows.iter().map(|row| row.flags).collect(),
        previous: rows.iter().map(|row| row.previous).collect(),
        close: rows.iter().map(|row| row.close).collect(),
        volume: rows.iter().map(|row| row.volume).collect(),
        rules: vec![0; rows.len()],
        sector: rows.iter().map(|row| row.sector).collect(),
        sectors: (0..11).map(|i| format!("Sector {i}")).collect(),
        failed: Vec::new(),
        suspects: Vec::new(),
        hits: Vec::new(),
        outcomes: Vec::new(),
        benchmarks: Vec::new(),
        mean_log_return: None,
    }
}

/// The scan with so many long and short hits in place of its own.
pub fn with_hits(mut scan: Scan, long: u32, short: u32) -> Scan {
    let hit = |i: u32| scan::Hit {
        symbol: symbol(&format!("S{i:05}")),
        side: if i < long { Side::Long } else { Side::Short },
        score: Some(5),
        entry: Some(10.0),
        stop: Some(if i < long { 9.0 } else { 11.0 }),
    };
    scan.hits = (0..long + short).map(hit).collect();
    scan
}

/// The scan `minutes` before its close, of the unfinished session.
pub fn intraday(mut scan: Scan, minutes: i64) -> Scan {
    scan.basis = Basis::Intraday;
    scan.as_of = scan.as_of.saturating_sub(jiff::SignedDuration::from_mins(minutes)).unwrap_or(scan.as_of);
    scan.id = format!("{}T{}", scan.id, scan.as_of.strftime("%H%MZ"));
    scan
}

/// A benchmark that closed like this, with no indicator but its change; highs and lows are 1 % around the close.
pub fn benchmark(symbol: &str, closes: &[f64]) -> scan::Benchmark {
    let close = closes.last().copied().unwrap_or(1.0);
    scan::Benchmark {
        symbol: symbol.to_owned(),
        open: close,
        high: close * 1.01,
        low: close * 0.99,
        close,
        volume: 1e6,
        bars: closes.len() as u32,
        previous_close: closes.len().checked_sub(2).map(|before| closes[before]),
        sma: vec![None; scan::SMA_SPANS.len()],
        rsi14: None,
        atr14: None,
        adx14: None,
        macd: None,
        macd_signal: None,
        roc: vec![None; 4],
    }
}
