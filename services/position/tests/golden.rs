//! The formulas against published and independently made values. The files are not part of this repository.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop and tell why")]

mod shared;

use bellwether_position::PositionWorker;
use bellwether_schemas::{Scan, Side, fixture::benchmark, regime::Class};
use bellwether_worker::{FromSettings, Settings};
use shared::{Stance, after, fold, market, outcome, results};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

const UP: Stance = Stance { class: Some(Class::Uptrend), opposing: Some(0.4) };

/// A file of the shared market data.
fn shared_file(path: &str) -> Option<Vec<u8>> {
    let named = std::env::var_os("BELLWETHER_SHARED_DATA").map(PathBuf::from);
    let above = || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/data"));
    let bytes = named.into_iter().chain(above()).find_map(|folder| std::fs::read(folder.join(path)).ok());
    if bytes.is_none() {
        println!("skipped: no shared/data/{path}; name the folder in BELLWETHER_SHARED_DATA");
    }
    bytes
}

fn text(path: &str) -> Option<String> {
    shared_file(path).map(|bytes| String::from_utf8(bytes).unwrap())
}

/// Closes of every index by date.
fn indexes() -> Option<BTreeMap<String, BTreeMap<String, f64>>> {
    let text = String::from_utf8(zstd::decode_all(&shared_file("indexes.csv.zst")?[..]).unwrap()).unwrap();
    let mut closes: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for fields in text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()) {
        closes.entry(fields[1].to_owned()).or_default().insert(fields[0].to_owned(), fields[5].parse().unwrap());
    }
    Some(closes)
}

/// Kelly's fraction at the win rate of these results.
fn kelly_raw(results: impl Iterator<Item = f64>) -> f64 {
    let outcomes = results.map(|r| outcome(Side::Long, 5, r)).collect();
    after(outcomes, UP).output.kelly.kelly_raw.unwrap()
}

#[test]
fn published_bets_have_their_published_fractions() {
    let Some(table) = text("reference/published-kelly.csv") else { return };
    let mut compared = 0;
    for fields in table.lines().map(|line| line.split(',').collect::<Vec<_>>()).filter(|fields| fields[1] == "binary") {
        let inputs: BTreeMap<&str, f64> = fields[2]
            .split(';')
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(k, v)| (k, v.parse().unwrap()))
            .collect();
        let wins = (100.0 * inputs["p"]).round() as u32;
        let fraction = kelly_raw(results(Side::Long, 5, 100, wins, inputs["b"]).iter().map(|outcome| outcome.r));
        let expected: f64 = fields[4].parse().unwrap();
        assert!((fraction - expected).abs() < 1e-9, "{fraction} is not {expected} in {fields:?}");
        compared += 1;
    }
    assert_eq!(compared, 4);
}

#[test]
fn fractions_of_daily_returns_agree_with_pandas() {
    let (Some(table), Some(indexes)) = (text("reference/golden-kelly.csv"), indexes()) else { return };
    let mut compared = 0;
    for fields in table.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()) {
        let days = indexes[fields[0]].range(fields[1].to_owned()..=fields[2].to_owned());
        let closes: Vec<f64> = days.map(|(_, close)| *close).collect();
        let returns = closes.windows(2).map(|pair| pair[1] / pair[0] - 1.0);
        // The reference leaves days without a change out.
        let fraction = kelly_raw(returns.filter(|r| *r != 0.0));
        let expected: f64 = fields[12].parse().unwrap();
        assert!((fraction - expected).abs() < 1e-6, "{fraction} is not {expected} in {fields:?}");
        compared += 1;
    }
    assert_eq!(compared, 24);
}

#[test]
fn the_deepest_drawdown_of_the_sp_500_is_the_one_on_record() {
    let (Some(table), Some(indexes)) = (text("reference/published-bear-markets-sp500.csv"), indexes()) else { return };
    let closes: Vec<f64> = indexes["^GSPC"].values().copied().collect();
    let day = |(pair, ordinal): (&[f64], u64)| {
        let scan = Scan { benchmarks: vec![benchmark("^GSPC", pair)], ..market(ordinal, Vec::new()) };
        (scan, UP)
    };
    let scans: Vec<_> = closes.windows(2).zip(1..).map(day).collect();
    let settings = Settings::parse(["position.benchmark=^GSPC"]).unwrap();
    let worker = PositionWorker::from_settings(&settings).unwrap();
    let deepest = fold(&worker, &scans).pop().unwrap().output.risk.max_drawdown.unwrap();
    assert!(table.contains("2007-10-09"), "{table}");
    // 1,565.15 on 2007-10-09 to 676.53 on 2009-03-09.
    assert!((deepest - (1.0 - 676.53 / 1565.15)).abs() < 1e-4, "{deepest}");
}
