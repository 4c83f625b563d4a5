//! Market data for tests, where it is present.
#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests")]

use bellwether_schemas::{
    Bars, Basis, Date, Panel, Timestamp,
    bars::{self, Bar},
    scan::NO_SECTOR,
};
use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
};

/// The data folder: `BELLWETHER_SHARED_DATA`, or `shared/data` in a folder above this crate.
pub(crate) fn data() -> Option<PathBuf> {
    let named = std::env::var_os("BELLWETHER_SHARED_DATA").map(PathBuf::from);
    let above =
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|up| up.join("shared/data")).find(|p| p.is_dir());
    let found = named.filter(|path| path.is_dir()).or_else(above);
    if found.is_none() {
        println!("skipped: no shared/data");
    }
    found
}

/// Rows of a CSV file as maps from column to text.
pub(crate) fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// Sessions of a daily.csv.zst, in order.
pub(crate) fn sessions(universe: &str, path: &Path) -> Vec<Bars> {
    let mut by_date: BTreeMap<String, BTreeMap<String, Bar>> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(zstd::Decoder::new(File::open(path).unwrap()).unwrap());
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).unwrap() {
        let price = |i: usize| row[i].parse().unwrap();
        let bar = Bar { open: price(2), high: price(3), low: price(4), close: price(5), volume: price(6) };
        by_date.entry(row[0].to_owned()).or_default().insert(row[1].to_owned(), bar);
    }
    by_date.iter().map(|(date, bars)| session(universe, date.parse().unwrap(), bars)).collect()
}

/// One closed session.
pub(crate) fn session(universe: &str, session: Date, bars: &BTreeMap<String, Bar>) -> Bars {
    let mut stocks = Panel::default();
    for (symbol, bar) in bars {
        stocks.push(symbol, *bar).unwrap();
    }
    Bars {
        schema: bars::SCHEMA.to_owned(),
        universe: universe.to_owned(),
        session,
        as_of: format!("{session}T21:00:00Z").parse::<Timestamp>().unwrap(),
        basis: Basis::Close,
        exchange: "XNYS".to_owned(),
        adjusted: true,
        sample: false,
        sector: vec![NO_SECTOR; stocks.symbols.len()],
        stocks,
        sectors: Vec::new(),
        refused: Vec::new(),
        benchmarks: Panel::default(),
    }
}
