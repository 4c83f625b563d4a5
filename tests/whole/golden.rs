//! Real bars through the whole chain, against values made with independent libraries.

use crate::processes::{Process, succeed};
use bellwether_harness::{Entry, history};
use bellwether_schemas::{Key, names};
use bellwether_tests::{Broker, eventually_async, shared_data};
use serde_json::Value;
use std::{collections::HashMap, path::Path, time::Duration};

/// One row of a file of expected values.
type Row = HashMap<String, String>;

/// Columns whose values are counts or sums of whole numbers: no tolerance.
const EXACT: [(&str, &str); 7] = [
    ("advances", "/current/advances"),
    ("declines", "/current/declines"),
    ("unchanged", "/current/unchanged"),
    ("up_volume", "/volume/up_volume"),
    ("down_volume", "/volume/down_volume"),
    ("unchanged_volume", "/volume/unchanged_volume"),
    ("ad_line", "/current/ad_line"),
];
const EXTREMES: [(&str, &str); 4] = [
    ("new_high_252", "/current/new_highs"),
    ("new_low_252", "/current/new_lows"),
    ("new_high_close_252", "/current/new_highs_close"),
    ("new_low_close_252", "/current/new_lows_close"),
];
const CLOSE: [(&str, &str); 6] = [
    ("rana", "/current/rana"),
    ("ema19_rana", "/current/mcclellan_ema19"),
    ("ema39_rana", "/current/mcclellan_ema39"),
    ("mcclellan_ratio_adjusted", "/current/mcclellan_oscillator"),
    ("mcclellan_summation", "/current/mcclellan_summation"),
    ("trin", "/volume/trin"),
];
const TOLERANCE: f64 = 1e-6;

fn rows(file: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(file).expect("a file of expected values");
    let mut lines = text.lines();
    let names: Vec<_> = lines.next().expect("a header").split(',').map(str::to_owned).collect();
    lines.map(|line| names.iter().cloned().zip(line.split(',').map(str::to_owned)).collect()).collect()
}

async fn results(universe: &str, arguments: &[&str], sessions: u64) -> HashMap<String, Value> {
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    let _services = ["scanner", "breadth"].map(|service| Process::start(&broker, service));
    succeed(&broker, arguments);
    let (bus, key) = (broker.bus().await, Key::live(universe).expect("a key"));
    let (stream, subject) = (names::bucket_stream("breadth"), names::state_subject("breadth", &key));
    eventually_async("every session is folded", Duration::from_secs(300), async || {
        (history::last(&bus, &stream, &subject).await.ok()??.ordinal? >= sessions).then_some(())
    })
    .await;
    let entries = history::range(&bus, &stream, &subject, 1, usize::MAX).await.expect("history");
    assert_eq!(entries.len() as u64, sessions, "a result for every session");
    entries.iter().map(parts).collect()
}

fn parts(entry: &Entry) -> (String, Value) {
    let stored: Value = rmp_serde::from_slice(&entry.body).expect("a stored value");
    let session = stored["scan"]["session"].as_str().expect("a session").to_owned();
    (session, stored["parts"].clone())
}

fn compare(results: &HashMap<String, Value>, expected: &[Row]) {
    for row in expected {
        let found = &results[&row["date"]];
        let extremes = EXTREMES.iter().filter(|_| row["have_252"] != "0");
        for (column, path) in EXACT.iter().chain(extremes) {
            check(row, column, number(found, path), 0.0);
        }
        for (column, path) in CLOSE {
            check(row, column, number(found, path), TOLERANCE);
        }
        for average in found["sma"]["averages"].as_array().expect("averages") {
            let n = average["n"].as_u64().expect("a span");
            if [20, 50, 200].contains(&n) {
                check(row, &format!("above_sma{n}"), average["above"].as_f64(), 0.0);
                check(row, &format!("have_sma{n}"), average["have"].as_f64(), 0.0);
            }
        }
    }
}

fn number(found: &Value, path: &str) -> Option<f64> {
    found.pointer(path).and_then(Value::as_f64)
}

fn check(row: &Row, column: &str, found: Option<f64>, tolerance: f64) {
    let expected: f64 = row[column].parse().expect("a number");
    let found = found.unwrap_or_else(|| panic!("{} {column}: nothing; expected {expected}", row["date"]));
    let allowed = tolerance * expected.abs().max(1.0);
    assert!((found - expected).abs() <= allowed, "{} {column}: {found}; expected {expected}", row["date"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn breadth_of_752_adjusted_stocks_equals_the_reference_on_25_dates() {
    let Some(data) = shared_data() else { return };
    let bars = data.join("us-broad/daily.csv.zst");
    let arguments = ["import", bars.to_str().expect("a path"), "--universe", "us_broad", "--adjusted"];
    let results = results("us_broad", &arguments, 1510).await;
    let expected = rows(&data.join("reference/golden-breadth.csv"));
    assert_eq!(expected.len(), 25);
    compare(&results, &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn breadth_of_a_whole_raw_market_equals_the_reference_on_10_dates() {
    let Some(data) = shared_data() else { return };
    let bars = data.join("us-raw-market/daily.csv.zst");
    let arguments = ["import", bars.to_str().expect("a path"), "--universe", "us_raw", "--raw"];
    let results = results("us_raw", &arguments, 100).await;
    let expected = rows(&data.join("reference/golden-breadth-raw-market.csv"));
    assert_eq!(expected.len(), 10);
    compare(&results, &expected);
}
