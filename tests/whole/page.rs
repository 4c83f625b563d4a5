//! What a new user sees: one command, a broker of its own, a page that shows the market and moves.

use bellwether_tests::{Product, eventually};
use serde_json::Value;
use std::{path::PathBuf, process::Command, time::Duration};

/// Debian's Chromium, or `BELLWETHER_TEST_CHROMIUM`; without one the test skips, and says so.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("BELLWETHER_TEST_CHROMIUM").map(PathBuf::from);
    let found = named.or_else(|| Some(PathBuf::from("/usr/bin/chromium"))).filter(|program| program.is_file());
    if found.is_none() {
        eprintln!("skipped: no Chromium");
    }
    found
}

/// The page as a browser has it a moment after it was opened.
fn opened(chromium: &PathBuf, url: &str) -> String {
    let profile = tempfile::tempdir().expect("a folder for the browser");
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--timeout=4000", "--dump-dom", url])
        .output()
        .expect("run Chromium");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn ordinal(product: &Product) -> Option<u64> {
    let regime: Value = product.json("/api/regime/current")?;
    regime["scan"]["ordinal"].as_u64()
}

#[test]
fn up_shows_a_made_up_market_that_moves() {
    let folder = tempfile::tempdir().expect("a data folder");
    let product = Product::up(folder.path(), &["--sample-pace", "0.5"]);
    eventually("1,200 sessions and more", Duration::from_secs(120), || ordinal(&product).filter(|n| *n > 1200));
    let first = ordinal(&product).expect("a scan");
    eventually("the market goes on", Duration::from_secs(30), || ordinal(&product).filter(|n| *n > first + 2));
    let Some(chromium) = chromium() else { return };
    let page = opened(&chromium, &format!("http://{}/", product.address));
    // The first screen; what is below it is loaded after the first paint.
    for text in ["SAMPLE DATA", "Market regime", "Confidence", "Kelly position", "Market breadth", "investment advice"]
    {
        assert!(page.contains(text), "{text:?} is not on the page");
    }
    assert!(!page.contains("NaN") && !page.contains("undefined"), "a value that is none on the page");
}

#[test]
fn an_uploaded_scan_goes_through_the_chain_and_a_bad_one_is_refused_by_field() {
    let folder = tempfile::tempdir().expect("a data folder");
    let product = Product::up(folder.path(), &["--no-sample"]);
    let bad = r#"{"universe":"mine","session":"2024-01-04","rows":[{"symbol":"AAA","side":"sideways"}]}"#;
    let (status, body) = product.post("/api/scans", bad).expect("an answer");
    assert_eq!(status, 422, "{body}");
    assert!(body.contains("rows[0].side"), "{body}");
    let rows: Vec<_> = (0..8)
        .map(|i| format!(r#"{{"symbol":"S{i}","side":"long","close":{},"previous_close":10,"volume":5}}"#, 9 + i))
        .collect();
    let good = format!(r#"{{"universe":"mine","session":"2024-01-04","rows":[{}]}}"#, rows.join(","));
    let (status, body) = product.post("/api/scans", &good).expect("an answer");
    assert!((200..300).contains(&status), "{status} {body}");
    let regime = eventually("the regime of the uploaded scan", Duration::from_secs(30), || {
        product.json("/api/regime/current?universe=mine").filter(|regime| regime["data"].is_object())
    });
    assert_eq!((&regime["scan"]["session"], &regime["data"]["long_hits"]), (&"2024-01-04".into(), &8.into()));
    let breadth = eventually("the breadth of the uploaded scan", Duration::from_secs(30), || {
        product.json("/api/breadth/current?universe=mine").filter(|breadth| breadth["data"].is_object())
    });
    assert_eq!((&breadth["data"]["advances"], &breadth["data"]["declines"]), (&6.into(), &1.into()));
}

#[test]
fn everything_it_started_ends_with_it_even_by_sigkill() {
    let folder = tempfile::tempdir().expect("a data folder");
    let product = Product::up(folder.path(), &["--no-sample"]);
    let record = std::fs::read_to_string(product.data.join("run/processes.json")).expect("run/processes.json");
    let record: Value = serde_json::from_str(&record).expect("JSON");
    let pids = pids(&record);
    assert!(pids.len() >= 4, "broker and services are on record: {record}");
    drop(product);
    eventually("all of them are gone", Duration::from_secs(10), || {
        pids.iter().all(|pid| !std::path::Path::new(&format!("/proc/{pid}/exe")).exists()).then_some(())
    });
}

/// Every process id in the record, wherever it stands.
fn pids(value: &Value) -> Vec<u64> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| if name == "pid" { value.as_u64().into_iter().collect() } else { pids(value) })
            .collect(),
        Value::Array(items) => items.iter().flat_map(pids).collect(),
        _ => Vec::new(),
    }
}
