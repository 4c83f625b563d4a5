//! Benchmarks and breadth for tests, made up or from market data where that is present.
#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests")]

use bellwether_breadth::BreadthWorker;
use bellwether_index::{IndexWorker, State};
use bellwether_indicators::{Table, Trend};
use bellwether_schemas::{
    Scan, Stored,
    bars::Bar,
    codec,
    index::Output,
    scan::{Benchmark, SMA_SPANS},
};
use bellwether_worker::{Carry, Event, Verdict, Worker, decide};
use serde::de::IgnoredAny;
use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
};

/// Both workers, one after the other, as the harness runs them.
#[derive(Default)]
pub(crate) struct Chain {
    breadth: Carry<<BreadthWorker as Worker>::State>,
    pub(crate) index: Carry<State>,
}

impl Chain {
    /// The stored result of `scan`.
    pub(crate) fn put(&mut self, scan: &Scan) -> Vec<u8> {
        let event = put(&BreadthWorker::default(), &mut self.breadth, &[], scan);
        put(&IndexWorker::default(), &mut self.index, &event, scan)
    }

    pub(crate) fn fold(&mut self, scan: &Scan) -> Stored<Output, IgnoredAny> {
        codec::decode(&self.put(scan)).unwrap()
    }
}

/// Folds one event, which must be accepted.
pub(crate) fn put<W: Worker>(worker: &W, carry: &mut Carry<W::State>, body: &[u8], scan: &Scan) -> Vec<u8> {
    match decide(worker, carry, &Event { ordinal: scan.ordinal, body, scan: Ok(scan), deaths: None }) {
        Verdict::Put { body, carry: next, rejected: None } => {
            *carry = next;
            body
        }
        Verdict::Put { rejected: Some(reject), .. } => panic!("{reject}"),
        Verdict::Skip | Verdict::Gap { .. } => panic!("not put"),
    }
}

/// One benchmark, bar by bar, with the scanner's indicators.
pub(crate) struct Made {
    symbol: String,
    table: Table,
    trend: Trend,
}

impl Made {
    pub(crate) fn new(symbol: &str) -> Self {
        let mut table = Table::default();
        table.add();
        Self { symbol: symbol.to_owned(), table, trend: Trend::default() }
    }

    pub(crate) fn push(&mut self, bar: Bar) -> Benchmark {
        let sixty = self.table.close_before_next(0, 60).map(|close| bar.close / close - 1.0);
        let reading = self.table.push(0, &bar);
        self.trend.push(&bar);
        Benchmark {
            symbol: self.symbol.clone(),
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
            bars: reading.bars,
            previous_close: reading.previous_close(),
            sma: (0..SMA_SPANS.len()).map(|index| reading.sma(index)).collect(),
            rsi14: reading.rsi14(),
            atr14: reading.atr14(),
            adx14: self.trend.adx14(),
            macd: self.trend.macd(),
            macd_signal: self.trend.macd_signal(),
            roc: (0..3).map(|index| reading.rate_of_change(index)).chain([sixty]).collect(),
        }
    }
}

/// The data folder: `BELLWETHER_SHARED_DATA`, or `shared/data` in a folder above this crate.
pub(crate) fn data() -> Option<PathBuf> {
    let named = std::env::var_os("BELLWETHER_SHARED_DATA").map(PathBuf::from);
    let above = || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|up| up.join("shared/data"));
    let found = named.into_iter().chain(above()).find(|path| path.is_dir());
    if found.is_none() {
        println!("skipped: no shared/data");
    }
    found
}

/// Rows of a CSV file as maps from column to text.
pub(crate) fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

/// Daily bars of some symbols of a packed table, by date.
pub(crate) fn daily(path: &Path, symbols: &[&str]) -> BTreeMap<String, Vec<(String, Bar)>> {
    let mut by_date: BTreeMap<String, Vec<(String, Bar)>> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(zstd::Decoder::new(File::open(path).unwrap()).unwrap());
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).unwrap() {
        if symbols.contains(&&row[1]) {
            let value = |i: usize| row[i].parse().unwrap();
            let bar = Bar { open: value(2), high: value(3), low: value(4), close: value(5), volume: value(6) };
            by_date.entry(row[0].to_owned()).or_default().push((row[1].to_owned(), bar));
        }
    }
    by_date
}

/// A small market in which nothing but the benchmarks is of interest, on a date.
pub(crate) fn market(ordinal: u64, date: &str, benchmarks: Vec<Benchmark>) -> Scan {
    use bellwether_schemas::fixture;
    let mut scan = fixture::scan(ordinal, &fixture::moved(3, 2, 0));
    scan.session = date.parse().unwrap();
    scan.as_of = format!("{date}T21:00:00Z").parse().unwrap();
    scan.id = format!("test-{date}");
    scan.benchmarks = benchmarks;
    scan
}
