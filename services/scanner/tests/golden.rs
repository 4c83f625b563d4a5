//! Scans of real markets against counts made with independent libraries.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod shared;

use bellwether_scanner::Scanner;
use bellwether_schemas::{Scan, scan::flag};
use std::collections::BTreeMap;

#[test]
fn every_count_of_752_stocks_over_six_years_is_exact() {
    compare("us-broad", "golden-breadth.csv", 25);
}

#[test]
fn every_count_of_a_raw_market_with_stray_days_is_exact() {
    compare("us-raw-market", "golden-breadth-raw-market.csv", 10);
}

fn compare(universe: &str, reference: &str, dates: usize) {
    let Some(data) = shared::data() else { return };
    let golden: BTreeMap<String, BTreeMap<String, String>> = shared::table(&data.join("reference").join(reference))
        .into_iter()
        .map(|row| (row["date"].clone(), row))
        .collect();
    let mut scanner = Scanner::new(universe);
    let mut compared = 0;
    for (ordinal, bars) in (1..).zip(shared::sessions(universe, &data.join(universe).join("daily.csv.zst"))) {
        let scan = scanner.fold(ordinal, &bars).unwrap();
        scan.check().unwrap();
        if let Some(row) = golden.get(&scan.session.to_string()) {
            compared += 1;
            for (column, found) in counts(&scan) {
                assert_eq!(found, row[column].parse::<f64>().unwrap(), "{column} of {}", scan.id);
            }
        }
    }
    assert_eq!(compared, dates);
}

fn counts(scan: &Scan) -> Vec<(&'static str, f64)> {
    let count = |wanted: u32| scan.flags.iter().filter(|&&flags| flags & wanted == wanted).count() as f64;
    let volume = |wanted: u32| {
        let marked = scan.flags.iter().zip(&scan.volume).filter(|(flags, _)| **flags & wanted == wanted);
        marked.map(|(_, volume)| volume).sum()
    };
    vec![
        ("symbols", scan.symbols.len() as f64),
        ("advances", count(flag::ADVANCE)),
        ("declines", count(flag::DECLINE)),
        ("unchanged", count(flag::UNCHANGED)),
        ("up_volume", volume(flag::ADVANCE)),
        ("down_volume", volume(flag::DECLINE)),
        ("unchanged_volume", volume(flag::UNCHANGED)),
        ("above_sma20", count(flag::above_sma(2))),
        ("have_sma20", count(flag::have_sma(2))),
        ("above_sma50", count(flag::above_sma(3))),
        ("have_sma50", count(flag::have_sma(3))),
        ("above_sma200", count(flag::above_sma(5))),
        ("have_sma200", count(flag::have_sma(5))),
        ("have_252", count(flag::HAVE_EXTREMES)),
        ("new_high_252", count(flag::NEW_HIGH)),
        ("new_low_252", count(flag::NEW_LOW)),
        ("new_high_close_252", count(flag::NEW_HIGH_CLOSE)),
        ("new_low_close_252", count(flag::NEW_LOW_CLOSE)),
    ]
}
