//! What is called implausible in real markets.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod shared;

use bellwether_scanner::Scanner;
use bellwether_schemas::Scan;
use std::{collections::BTreeSet, path::Path};

fn scans(data: &Path, universe: &str) -> Vec<Scan> {
    let mut scanner = Scanner::new(universe);
    let sessions = shared::sessions(universe, &data.join(universe).join("daily.csv.zst"));
    (1..).zip(&sessions).map(|(ordinal, bars)| scanner.fold(ordinal, bars).unwrap()).collect()
}

/// Suspects over eligible bars.
fn share(scans: &[Scan]) -> f64 {
    let suspects: usize = scans.iter().map(|scan| scan.suspects.len()).sum();
    let bars: usize = scans.iter().map(|scan| scan.symbols.len()).sum();
    suspects as f64 / bars as f64
}

#[test]
fn every_bar_that_contradicts_itself_is_found_and_a_crash_is_none() {
    let Some(data) = shared::data() else { return };
    let scans = scans(&data, "us-broad");
    let reasons = || scans.iter().flat_map(|scan| &scan.suspects).map(|suspect| suspect.reason.as_str());
    let misshapen = reasons().filter(|reason| reason.contains(" below ") || reason.contains(" above "));
    assert_eq!(misshapen.count(), 31);
    assert!(share(&scans) < 1e-4, "{}", share(&scans));
    let worst = scans.iter().map(|scan| scan.suspects.len() as f64 / scan.symbols.len() as f64).fold(0.0, f64::max);
    assert!(worst < 0.01, "2008 was no data fault, but one scan has {worst} suspects");
}

#[test]
fn most_splits_nobody_applied_are_found() {
    let Some(data) = shared::data() else { return };
    let scans = scans(&data, "us-raw-market");
    let found: BTreeSet<(&str, String)> = scans
        .iter()
        .flat_map(|scan| scan.suspects.iter().map(|suspect| (suspect.symbol.as_str(), scan.session.to_string())))
        .collect();
    let actions = shared::table(&data.join("us-raw-market/actions.csv"));
    let split = |factor: f64| !(0.8..=1.25).contains(&factor);
    let splits: Vec<_> = actions.iter().filter(|row| split(row["factor"].parse().unwrap())).collect();
    let hits = splits.iter().filter(|row| found.contains(&(&row["symbol"], row["effective_date"].clone()))).count();
    // The rest are spin-offs, whose factor is no simple ratio, and rows dated a day off.
    assert!(hits as f64 >= 0.75 * splits.len() as f64, "{hits} of {}", splits.len());
    assert!(share(&scans) < 5e-4, "{}", share(&scans));
}
