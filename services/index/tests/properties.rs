//! What holds for any valid scans.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod shared;

use bellwether_index::IndexWorker;
use bellwether_schemas::{
    Scan, codec,
    fixture::{intraday, moved, scan},
    scan::Benchmark,
};
use bellwether_worker::load;
use proptest::{collection::vec, prelude::*};
use serde_json::Value;
use shared::Chain;

fn any_price() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.1..1e4, 1 => Just(f64::MAX), 1 => Just(5e-324), 1 => Just(10.0)]
}

fn any_value() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![4 => (0.1..1e4).prop_map(Some), 1 => Just(None), 1 => Just(Some(f64::MAX)), 1 => Just(Some(f64::MIN)), 1 => Just(Some(0.0))]
}

prop_compose! {
    fn any_benchmark()(
        symbol in "[A-D]", prices in prop::array::uniform4(any_price()), bars in 0..400_u32, negative in any::<bool>(),
        sma in vec(any_value(), 0..8), roc in vec(any_value(), 0..6), values in prop::array::uniform6(any_value()),
    ) -> Benchmark {
        let [open, high, low, close] = prices;
        let [previous_close, rsi14, atr14, adx14, macd, macd_signal] = values;
        let low = if negative { -low } else { low };
        Benchmark { symbol, open, high, low, close, volume: 1.0, bars, previous_close, sma, rsi14, atr14, adx14, macd, macd_signal, roc }
    }
}

fn any_scans() -> impl Strategy<Value = Vec<Scan>> {
    let parts = (vec(any_benchmark(), 0..5), 0..40_usize, 0..40_usize, 0..40_u32, prop::bool::weighted(0.8));
    vec(parts, 1..40).prop_map(|parts| parts.into_iter().zip(1..).map(build).collect())
}

type Parts = (Vec<Benchmark>, usize, usize, u32, bool);

fn build(((benchmarks, up, down, missing, closed), ordinal): (Parts, u64)) -> Scan {
    let mut scan = scan(ordinal, &moved(up, down, 1));
    (scan.benchmarks, scan.listed) = (benchmarks, scan.listed + missing);
    let scan = if closed { scan } else { intraday(scan, 30) };
    assert_eq!(scan.check(), Ok(()));
    scan
}

/// A null without its reason is either undocumented or was NaN or infinite.
fn every_null_has_its_reason(value: &Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let reason = map.get(&format!("{name}_reason"));
                if !name.ends_with("_reason") {
                    assert_eq!(value.is_null(), reason.is_some_and(Value::is_string), "{name} in {map:?}");
                }
                every_null_has_its_reason(value);
            }
        }
        Value::Array(items) => items.iter().for_each(every_null_has_its_reason),
        Value::Number(number) => assert!(number.as_f64().is_some_and(f64::is_finite)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_valid_scan_makes_a_nan_a_panic_or_a_null_without_a_reason(scans in any_scans()) {
        let mut chain = Chain::default();
        for scan in &scans {
            let stored = chain.fold(scan);
            every_null_has_its_reason(&serde_json::to_value(&stored.parts).unwrap());
        }
    }

    #[test]
    fn a_fold_resumed_anywhere_gives_the_same_bytes(scans in any_scans()) {
        let (mut whole, mut resumed) = (Chain::default(), Chain::default());
        for scan in &scans {
            let body = whole.put(scan);
            prop_assert_eq!(codec::digest(&resumed.put(scan)), codec::digest(&body));
            resumed.index = load::<IndexWorker>(scan.ordinal, &body).unwrap();
        }
    }
}
