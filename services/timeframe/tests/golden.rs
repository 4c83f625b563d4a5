//! Weekly and monthly bars of market data against those of pandas.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod shared;

use bellwether_schemas::timeframe::{Bar, Frame};
use bellwether_worker::Carry;
use shared::{benchmark, daily, data, fold, market, table};
use std::collections::BTreeMap;

/// Completed bars by symbol, frame and first session.
type Bars = BTreeMap<(String, &'static str, String), Bar>;

#[test]
fn every_weekly_and_monthly_bar_of_two_stocks_is_that_of_pandas() {
    let Some(data) = data() else { return };
    let mut bars = Bars::new();
    let mut carry = Carry::default();
    let mut last = String::new();
    for (ordinal, (date, rows)) in (1..).zip(daily(&data.join("us-broad/daily.csv.zst"), &["AAPL", "XOM"])) {
        let rows = rows.iter().map(|(symbol, bar)| benchmark(symbol, *bar)).collect();
        let parts = fold(&mut carry, &market(ordinal, &date, rows)).parts.unwrap();
        collect(&mut bars, "1W", &parts.weekly);
        collect(&mut bars, "1M", &parts.monthly);
        last = date;
    }
    let mut compared = 0;
    for row in table(&data.join("reference/golden-timeframes.csv")) {
        let Some(frame) = ["1W", "1M"].into_iter().find(|frame| *frame == row["timeframe"]) else { continue };
        if row["last_date"] == last && !bars.contains_key(&(row["symbol"].clone(), frame, row["first_date"].clone())) {
            continue; // The data ends within this bar.
        }
        let bar = &bars[&(row["symbol"].clone(), frame, row["first_date"].clone())];
        let values = [("open", bar.open), ("high", bar.high), ("low", bar.low), ("close", bar.close)];
        for (column, value) in values {
            assert_eq!(value, row[column].parse::<f64>().unwrap(), "{column} in {row:?}");
        }
        assert_eq!((bar.to.to_string(), bar.sessions.to_string()), (row["last_date"].clone(), row["bars"].clone()));
        compared += 1;
    }
    assert!(compared > 200, "{compared}");
}

fn collect(bars: &mut Bars, name: &'static str, frame: &Frame) {
    for row in &frame.benchmarks {
        if let Some(bar) = row.completed {
            bars.insert((row.symbol.clone(), name, bar.from.to_string()), bar);
        }
    }
}
