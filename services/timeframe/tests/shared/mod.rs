//! The worker as the harness runs it, and market data where that is present.
#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests")]

use bellwether_schemas::{Scan, Stored, bars::Bar, codec, scan::Benchmark, timeframe::Output};
use bellwether_timeframe::{State, TimeframeWorker};
use bellwether_worker::{Carry, Event, Verdict, decide};
use serde::de::IgnoredAny;
use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
};

/// Folds a scan, which must be accepted; returns the stored bytes.
pub(crate) fn put(carry: &mut Carry<State>, scan: &Scan) -> Vec<u8> {
    let event = Event { ordinal: scan.ordinal, body: &[], scan: Ok(scan), deaths: None };
    match decide(&TimeframeWorker::default(), carry, &event) {
        Verdict::Put { body, carry: next, rejected: None } => {
            *carry = next;
            body
        }
        other => panic!("{other:?}"),
    }
}

/// Folds a scan and reads what is stored.
pub(crate) fn fold(carry: &mut Carry<State>, scan: &Scan) -> Stored<Output, IgnoredAny> {
    codec::decode(&put(carry, scan)).unwrap()
}

/// A benchmark with this bar.
pub(crate) fn benchmark(symbol: &str, bar: Bar) -> Benchmark {
    let Bar { open, high, low, close, volume } = bar;
    Benchmark { open, high, low, close, volume, ..bellwether_schemas::fixture::benchmark(symbol, &[close]) }
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
