//! Market data against values that others made.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod shared;

use bellwether_schemas::index::{Averages, CrossKind, Motion};
use shared::{Chain, Made, daily, data, market, table};
use std::collections::BTreeMap;

#[test]
fn the_crosses_of_the_s_p_500_fall_on_their_known_days() {
    let Some(data) = data() else { return };
    let (mut chain, mut made, mut found) = (Chain::default(), Made::new("^GSPC"), Vec::new());
    for (ordinal, (date, bars)) in (1..).zip(daily(&data.join("indexes.csv.zst"), &["^GSPC"])) {
        let scan = market(ordinal, &date, vec![made.push(bars[0].1)]);
        let row = chain.fold(&scan).parts.unwrap().sma.benchmarks.remove(0);
        if let Some(cross) = row.cross.filter(|cross| cross.sessions == 0) {
            found.push((date, cross.kind));
        }
    }
    let known = [
        ("2007-12-21", CrossKind::Death),
        ("2009-06-23", CrossKind::Golden),
        ("2010-07-02", CrossKind::Death),
        ("2010-10-22", CrossKind::Golden),
        ("2011-08-12", CrossKind::Death),
        ("2012-01-31", CrossKind::Golden),
    ];
    let of_those_years = found.iter().filter(|(date, _)| ("2007-12-01".."2013-01-01").contains(&date.as_str()));
    let of_those_years: Vec<_> = of_those_years.map(|(date, kind)| (date.as_str(), *kind)).collect();
    assert_eq!(of_those_years, known);
}

#[test]
fn five_stocks_agree_with_ta_lib() {
    let Some(data) = data() else { return };
    let golden = table(&data.join("reference/golden-indicators.csv"));
    let golden: BTreeMap<(&str, &str), _> =
        golden.iter().map(|row| ((row["date"].as_str(), row["symbol"].as_str()), row)).collect();
    let symbols = ["AAPL", "GE", "IBM", "MSFT", "XOM"];
    let mut made: BTreeMap<&str, Made> = symbols.iter().map(|symbol| (*symbol, Made::new(symbol))).collect();
    let (mut chain, mut compared) = (Chain::default(), 0);
    for (ordinal, (date, bars)) in (1..).zip(daily(&data.join("us-broad/daily.csv.zst"), &symbols)) {
        let rows = bars.iter().map(|(symbol, bar)| made.get_mut(symbol.as_str()).unwrap().push(*bar)).collect();
        let parts = chain.fold(&market(ordinal, &date, rows)).parts.unwrap();
        for (averages, motion) in parts.sma.benchmarks.iter().zip(&parts.momentum.benchmarks) {
            let Some(row) = golden.get(&(date.as_str(), averages.symbol.as_str())) else { continue };
            compare(row, averages, motion, ordinal);
            compared += 1;
        }
    }
    assert_eq!(compared, golden.len());
}

fn compare(row: &BTreeMap<String, String>, averages: &Averages, motion: &Motion, bars: u64) {
    let close = averages.close;
    let mut pairs = vec![
        ("sma20", averages.sma[0].value),
        ("sma50", averages.sma[1].value),
        ("sma200", averages.sma[3].value),
        ("rsi14", motion.rsi14),
        ("atr14", motion.atr14_share.map(|share| share * close)),
    ];
    // TA-Lib starts these averages otherwise; after 250 bars it makes no difference.
    if bars > 250 {
        pairs.extend([
            ("macd", motion.macd),
            ("macd_signal", motion.macd_signal),
            ("macd_hist", motion.macd_histogram),
            ("adx14", motion.adx14),
        ]);
    }
    for (column, value) in pairs {
        match (row[column].parse::<f64>().ok(), value) {
            (Some(expected), Some(value)) => {
                assert!((value - expected).abs() < 1e-6, "{column} {value} is not {expected}")
            }
            (expected, value) => assert_eq!(expected, value, "{column} on {}", row["date"]),
        }
    }
}
